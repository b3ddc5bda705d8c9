"""A report after it was frozen: published by a second person, corrected by another report, bundled.

The second person signs what she has recounted: the bundle that was frozen is verified, and every
figure is counted again from the entries, by the audit's own fold.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from api.bundling import Covered, bundle_report, linked_reports
from api.freeze import Frozen, Pinned, freeze
from api.plan import ReportPlan
from api.prove import covering_checkpoint
from audit.bundle import figure_of_file
from audit.container import read_container
from audit.hidden import Hiding
from audit.recount import Past, Recount
from audit.reports import Recounting, read_definitions
from audit.verify import verify_bundle
from domain.errors import Conflict, Invalid, NotFound, SijillError
from domain.event import Seen
from domain.life import PUBLISHER
from domain.report import FROZEN, Correction, Report, ReportFrozen, changed_figures
from domain.suspicion import SUSPECT
from ledger.application import RecordedEvent, recorded
from ledger.author import Head, compose
from ledger.entry import parse_entry
from ledger.ledger import Ledger
from ledger.note import VerifierKey
from ledger.signer import Signer
from projections.members import members
from projections.registry import Registry
from projections.trace import trace

MOST_EVENTS = 1000
_PAGE = 2000  # entries read at a time


class Published(NamedTuple):
    """`supersedes` is the report that this one corrects; `again`: nothing was recorded now."""

    bundle: bytes
    log_index: int
    supersedes: str | None
    again: bool
    remarks: tuple[str, ...] = ()


class Cause(NamedTuple):
    """Why a report is corrected; without `events`, those that moved its figures are looked up."""

    reason_code: str
    reason: str
    events: Sequence[int] = ()


def publish(
    ledger: Ledger,
    name: str,
    bundle: bytes,
    publisher: Signer,
    at: str,
    *,
    openings: Sequence[bytes] = (),
) -> Published:
    """Publish a frozen report with a second person's key; `at` is her clock.

    `openings` show her what hidden rows hide; what they do not is in the `remarks`.
    Raises NotFound for no such report, Conflict when the bundle does not verify or the entries do
    not make its figures, Rejected when the ledger refuses her.
    """
    report = report_of(ledger, name)
    _require_publisher(ledger, publisher)
    if report.standing == SUSPECT:
        raise Conflict(
            f"{name} was frozen with a key that is suspect since: freeze it anew, by another name",
            version=1,
            signed_by=report.publisher.key,
            where="key",
        )
    files = check_frozen(ledger, name, bundle)
    remarks = recount(ledger, name, report.frozen, bundle, openings)
    stream, key = f"report/{name}", _key(publisher)
    corrects = report.frozen.corrects
    again = any(one.key == key for one in report.published)
    said: list[tuple[str, str, dict[str, Any]]] = []
    if not again:
        said.append((stream, "ReportPublished", {"figures": len(report.frozen.figures)}))
    if corrects is not None and report_of(ledger, corrects.report).superseded_by is None:
        told = corrects.to_json() | {"by": name}
        del told["report"]
        said.append((f"report/{corrects.report}", "ReportCorrected", told))
    notes = [_compose(ledger, *one, signer=publisher, at=at) for one in said]
    if notes:
        ledger.accept_all(notes, whole=True)
    raw = bundle_report(ledger, name, _covering(ledger, name), files, publisher)
    log_index = ledger.history(stream)[-1].log_index
    supersedes = None if corrects is None else corrects.report
    return Published(raw, log_index, supersedes, not notes, remarks)


def correct(
    ledger: Ledger,
    registry: Registry,
    name: str,
    plan: ReportPlan,
    publisher: Signer,
    *,
    at: str,
    cause: Cause,
    pinned: Pinned,
) -> Frozen:
    """Freeze a report that corrects another one: the new plan, under a name of its own.

    Raises as `freeze` does; Invalid when more entries moved the figures than a correction names.
    """
    before = report_of(ledger, name).frozen
    if plan.name == name:
        raise Invalid(
            f"name: a correction is a report of its own, and {name} stays what it is; give the "
            f"plan another name, such as {name}-2"
        )
    registry.catch_up()

    def correcting(frozen: ReportFrozen) -> Correction:
        events = sorted(set(cause.events)) or _moved_by(ledger, registry, before, frozen, plan)
        if len(events) > MOST_EVENTS:
            raise Invalid(
                f"{len(events)} entries moved its figures, of which a correction names at most "
                f"{MOST_EVENTS}: say which with --event"
            )
        changes = changed_figures(before, frozen)
        return Correction(name, changes, tuple(events), cause.reason_code, cause.reason)

    return freeze(
        ledger, registry, plan, publisher, at, pinned=pinned._replace(correcting=correcting)
    )


def bundle_again(
    ledger: Ledger, name: str, bundle: bytes, signer: Signer, size: int | None = None
) -> bytes:
    """The bundle as of a later checkpoint: with what happened since, and the cosignatures at hand.

    `size` names the checkpoint; without it, the newest that is cosigned and covers the report's
    entries, or else the first that covers them. The same bytes for the same checkpoint and signer.
    """
    report = report_of(ledger, name)
    signed = [one.key for one in (report.publisher, *report.published)]
    if _key(signer) not in signed:
        raise Conflict(
            f"the manifest is signed by who froze or published the report, {' or '.join(signed)}; "
            f"{_key(signer)} did neither",
            version=len(signed),
            signed_by=signed[0],
            where="key",
        )
    files = check_frozen(ledger, name, bundle)
    covering = _covering(ledger, name)
    if size is None:
        sizes = [one for one in ledger.recorder.checkpoint_sizes() if one >= covering.size]
        cosigned = [one for one in sizes if ledger.recorder.cosignatures(one)]
        size = cosigned[-1] if cosigned else covering.size
    first = ledger.history(f"report/{name}")[0].log_index
    if size <= first:
        raise Invalid(f"a checkpoint of {size} entries does not cover entry {first}, the report's")
    at = Covered(size, ledger.cosigned_checkpoint(size))
    return bundle_report(ledger, name, at, files, signer)


def report_of(ledger: Ledger, name: str) -> Report:
    """A report as it stands, without what suspect keys did; raises NotFound."""
    found: Report | None = ledger.trusted(f"report/{name}")
    if found is None:
        known = ", ".join(one.partition("/")[2] for one in ledger.recorder.streams_of("report"))
        raise NotFound(f"{name} is no report of this ledger; there are: {known or 'none'}")
    return found


def check_frozen(ledger: Ledger, name: str, bundle: bytes) -> Mapping[str, bytes]:
    """The files of a bundle's figures, once it verifies as this ledger's; raises Conflict."""
    authority = ledger.authority
    keys = (*authority.roots, *(one.vkey for one in authority.log_keys))
    verdict = verify_bundle(bundle, [VerifierKey.parse(key) for key in keys])
    if verdict.report != f"{ledger.origin}/reports/{name}" or not verdict.verified:
        failed = verdict.failures[0] if verdict.failures else None
        why = f"it is of {verdict.report}" if failed is None else f"{failed.what}: {failed.detail}"
        raise Conflict(
            f"the bundle of {name} does not verify ({why}); make it again with sijill freeze",
            version=1,
            signed_by="",
            where="bundle",
        )
    files = read_container(bundle).files
    return files.only(lambda file: figure_of_file(file) is not None)


def recount(
    ledger: Ledger,
    name: str,
    report: ReportFrozen,
    bundle: bytes,
    openings: Sequence[bytes] = (),
) -> tuple[str, ...]:
    """Count every figure again from the entries; raises Conflict naming the first that differs.

    Returns in words what hidden rows did not let be looked into.
    """

    def reread(first: int, end: int, stream: str | None) -> Iterator[Past]:
        for one in _entries(ledger, first, end) if stream is None else ledger.history(stream):
            if first <= one.log_index < end:
                signers = tuple(
                    f"{line.name}+{line.key_id.hex()}"
                    for line in parse_entry(one.state).note.signatures
                )
                yield Past(one.log_index, one.event, signers)

    fold = Recount(reread)
    for one in _entries(ledger, 0, report.ledger.size):
        fold.take(one.log_index, one.event)
    rules = ledger.rules_at(report.ledger.size)
    recounting = Recounting((ledger.origin, name), report, fold, rules)
    definitions, remarks = read_definitions([bundle]), []
    hiding = Hiding([bundle], openings)
    for figure in report.figures:
        try:
            again = recounting.check(figure, definitions[figure.definition], hiding)
            if again.closed:
                remarks.append(f"{figure.name}: {again.closed}")
        except (SijillError, KeyError) as error:
            raise Conflict(
                f"{name}/{figure.name} is not what the entries make, and is not published: {error}",
                version=1,
                signed_by="",
                where="figures",
            ) from None
    return tuple(remarks)


def _entries(ledger: Ledger, first: int, end: int) -> Iterator[RecordedEvent]:
    for start in range(first, end, _PAGE):
        for row in ledger.recorder.select_entries(start, min(_PAGE, end - start)):
            yield recorded(row)


def _moved_by(
    ledger: Ledger,
    registry: Registry,
    before: ReportFrozen,
    after: ReportFrozen,
    plan: ReportPlan,
) -> list[int]:
    """The entries between the two states that moved a figure which counts what it counted."""
    rules = ledger.rules_at(after.ledger.size)
    definitions = {one.name: one.definition for one in before.figures}
    changed = {one.figure for one in changed_figures(before, after)}
    between = range(before.ledger.size, after.ledger.size)
    found: set[int] = set()
    for figure, planned in zip(after.figures, plan.figures, strict=True):
        if figure.name in changed and definitions.get(figure.name) == figure.definition:
            definition = plan.definition(planned, rules)
            steps = trace(registry, definition, rules, after.ledger.size)
            found.update(one.log_index for one in steps)
            # What was revised of somebody who is counted all the same.
            lines = members(registry, definition, rules, after.ledger.size)
            found.update(one.log_index for one in lines)
    return sorted(index for index in found if index in between)


def _covering(ledger: Ledger, name: str) -> Covered:
    """The first checkpoint that covers all that happened to a report and to those linked to it."""
    streams: Iterable[str] = linked_reports(ledger, name, ledger.checkpoint().size)
    last = max(ledger.history(stream)[-1].log_index for stream in streams)
    return Covered(*covering_checkpoint(ledger, last))


def _compose(
    ledger: Ledger, stream: str, kind: str, body: dict[str, Any], *, signer: Signer, at: str
) -> bytes:
    found = ledger.stream(stream)
    assert found is not None
    checkpoint = ledger.checkpoint()
    state = Seen(checkpoint.size, b64encode(checkpoint.root).decode())
    note, _ = compose(Head.of(found), kind, body, [signer], ledger=ledger.origin, at=at, seen=state)
    return note


def _require_publisher(ledger: Ledger, signer: Signer) -> None:
    """Said before the work of recounting; the ledger judges it again."""
    key = ledger.authority.keys.get(_key(signer))
    if key is None or key.revoked_at is not None or PUBLISHER not in key.roles:
        raise Invalid(
            f"{_key(signer)} is not enrolled as a publisher here: the root keys enrol one with "
            "sijill key enroll NAME --role publisher"
        )


def _key(signer: Signer) -> str:
    return f"{signer.key.name}+{signer.key.key_id.hex()}"


def is_unpublished(ledger: Ledger, name: str) -> bool:
    """Whether a report is as it was frozen."""
    return report_of(ledger, name).standing == FROZEN
