"""Member lines, read strictly in one pass: canonical, ascending, each one that its figure counts.

Most lines of a figure say what others have said before, but for the id and the index. What a line
says is judged in full when it is said first; a line that repeats it, in the one spelling there is,
is known by its bytes. So a figure of a quarter of a million costs hardly more than its hashes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from audit.cells import is_hidden_line
from audit.figure_note import Addend
from audit.publication import Chain
from domain import canonical
from domain.dates import parse_dates
from domain.errors import Invalid
from domain.facets import PARTY_FACETS, REVIEWS, month_by
from domain.fields import UUID4
from domain.figure import Definition
from domain.measures import MASSACRES
from domain.parties import OWN_ROW
from domain.rules import Rules
from domain.stock import held
from ledger.merkle import leaf_hash

_CLAIM = re.compile(rf"claim/{UUID4}")
_INCIDENT = re.compile(rf"incident/{UUID4}")
_ESTIMATE = re.compile(rf"estimate/{UUID4}")
_QUALIFIER = re.compile(r"[a-z-]{1,40}")
_NEEDED = {"facets", "id", "index"}
_ALLOWED = _NEEDED | {"addend", "began", "claims", "date", "ended", "qualifier"}
_REPEATED = re.compile(
    rb'\{("date":"[0-9A-Z~?%./-]{1,60}",)?"facets":(\{[^{}]{0,4000}\}),"id":"(claim/'
    + UUID4.encode()
    + rb')","index":(0|[1-9][0-9]{0,14})\}'
)

Row = tuple[str, ...]


class Member(NamedTuple):
    """A member line: `line` without its newline; `claims` only where massacres are counted, and
    `began` and `ended` only where a stock is, `addend` and `qualifier` only in a sum.
    """

    line: bytes
    id: str
    log_index: int
    facets: Mapping[str, str]
    date: str | None
    claims: tuple[str, ...]
    began: str | None
    ended: str | None
    addend: int | None = None
    qualifier: str | None = None


class CheckedLines(NamedTuple):
    """The leaf hashes of a figure's lines, and those of each row, ascending by the row's values.

    The last `hidden` of the lines are of hidden rows. `addends` are those of a sum, by row.
    """

    leaves: list[bytes]
    rows: dict[Row, list[bytes]]
    hidden: int
    addends: dict[Row, list[Addend]]

    @property
    def every_addend(self) -> list[Addend]:
        return [one for row in self.addends.values() for one in row]


def check_lines(raw: bytes, definition: Definition | None, chain: Chain) -> CheckedLines:
    """Check every line of a figure; raises Invalid naming the first that does not belong.

    Without a definition the lines are read, and nothing more is asked of them.
    """
    leaves: list[bytes] = []
    rows: dict[Row, list[bytes]] = {}
    addends: dict[Row, list[Addend]] = {}
    by = () if definition is None else definition.by
    size = None if chain.report is None else chain.report.ledger.size
    known: dict[tuple[bytes | None, bytes], list[bytes]] = {}
    last, hidden, repeats = b"", b"", _REPEATED.fullmatch
    count = 0
    for number, line in enumerate(split_lines(raw), 1):
        leaf = leaf_hash(line)
        leaves.append(leaf)
        found = repeats(line)
        if found is not None:
            date, facets, name, index = found.groups()
            of_row = known.get((date, facets))
            if (
                of_row is not None
                and not hidden
                and name > last
                and (size is None or int(index) < size)
            ):
                last = name
                of_row.append(leaf)
                continue
        try:
            if is_hidden_line(line):
                _check_hidden(line, hidden, definition)
                hidden, count = line, count + 1
                continue
            if hidden:
                raise Invalid("stands after hidden lines, which are the last")
            member = read_member(line)
            _check_ascends(member, last.decode())
            if definition is not None:
                check_member(member, definition, chain)
        except Invalid as error:
            raise Invalid(f"line {number}: {error}") from None
        last = member.id.encode()
        row = tuple(member.facets[facet] for facet in by)
        of_row = rows.setdefault(row, [])
        of_row.append(leaf)
        if member.addend is not None and member.qualifier is not None:
            addends.setdefault(row, []).append((member.addend, member.qualifier))
        # Without a definition nobody has said yet what such a line may say.
        if found is not None and definition is not None and not member.claims:
            known[found[1], found[2]] = of_row
    return CheckedLines(leaves, dict(sorted(rows.items())), count, addends)


def _check_hidden(line: bytes, last: bytes, definition: Definition | None) -> None:
    if line <= last:
        raise Invalid("a hidden line does not ascend")
    if definition is not None and not definition.by:
        raise Invalid("a line is hidden, and the figure has no rows")


def read_members(raw: bytes) -> Iterator[Member]:
    """Read member lines strictly: canonical, ascending by id, each once; raises Invalid.

    Lines of hidden rows say nothing, and are passed over.
    """
    last = ""
    for number, line in enumerate(split_lines(raw), 1):
        if is_hidden_line(line):
            continue
        try:
            member = read_member(line)
            _check_ascends(member, last)
        except Invalid as error:
            raise Invalid(f"line {number}: {error}") from None
        last = member.id
        yield member


def split_lines(raw: bytes) -> Iterator[bytes]:
    """The lines without their newlines; raises Invalid when the last one has none."""
    if raw and not raw.endswith(b"\n"):
        raise Invalid("the last line has no newline")
    # Line by line: a list of all of them could be many times as large as the file.
    for line in io.BytesIO(raw):
        yield line[:-1]


def _check_ascends(member: Member, last: str) -> None:
    if member.id <= last:
        raise Invalid(f"{member.id} does not ascend: it is there twice or late")


def read_member(line: bytes) -> Member:
    """Read one line strictly; raises Invalid."""
    value = canonical.parse(line)
    if not _NEEDED <= value.keys() <= _ALLOWED:
        raise Invalid(
            f"must have facets, id and index, and at most {', '.join(sorted(_ALLOWED - _NEEDED))}"
        )
    facets, date, claims = value["facets"], value.get("date"), value.get("claims", [])
    if type(value["id"]) is not str or type(value["index"]) is not int or value["index"] < 0:
        raise Invalid("id is text, index a number from 0")
    if type(facets) is not dict or any(type(word) is not str for word in facets.values()):
        raise Invalid("facets are words")
    if any(name in value and type(value[name]) is not str for name in ("began", "date", "ended")):
        raise Invalid("began, date and ended are EDTF texts")
    if type(claims) is not list or not all(
        type(one) is str and _CLAIM.fullmatch(one) for one in claims
    ):
        raise Invalid("claims are claim/<uuid>")
    if claims != sorted(set(claims)) or ("claims" in value) != bool(claims):
        raise Invalid("claims ascend, each once")
    began, ended = value.get("began"), value.get("ended")
    addend, qualifier = value.get("addend"), value.get("qualifier")
    if ("addend" in value or "qualifier" in value) and not (
        type(addend) is int
        and addend >= 0
        and type(qualifier) is str
        and _QUALIFIER.fullmatch(qualifier)
    ):
        raise Invalid("addend is a number from 0, and has a qualifier")
    return Member(
        *(line, value["id"], value["index"], facets, date, tuple(claims), began, ended),
        addend,
        qualifier,
    )


def check_member(member: Member, definition: Definition, chain: Chain) -> None:
    """Raises Invalid for a line that the definition does not count."""
    if not _names(definition).fullmatch(member.id):
        raise Invalid(f"is not what a figure of {definition.measure} counts")
    if chain.report is not None and member.log_index >= chain.report.ledger.size:
        raise Invalid(f"was shaped by entry {member.log_index}, after the frozen state")
    if tuple(sorted(member.facets)) != definition.facets:
        raise Invalid(f"must say the facets {', '.join(definition.facets) or 'none'}")
    if (definition.addend is None) != (member.addend is None):
        raise Invalid("an addend is said where a sum is asked for, and only there")
    _check_facets(member, definition)
    if definition.measure == MASSACRES:
        _check_massacre(member, chain.rules)
    elif member.claims:
        raise Invalid("only a massacre names claims")
    elif definition.on is not None:
        _check_held(member, definition.on, definition.straddling)
    else:
        _check_date(member, definition)


def _names(definition: Definition) -> re.Pattern[str]:
    if definition.of_estimates:
        return _ESTIMATE
    return _INCIDENT if definition.of_incidents else _CLAIM


def _check_facets(member: Member, definition: Definition) -> None:
    for facet, values in definition.where:
        if facet in member.facets and not _among(definition, facet, member.facets[facet], values):
            raise Invalid(f"{facet} is {member.facets[facet]}, outside the filter")
    if member.facets.get("review", REVIEWS[-1]) not in REVIEWS[REVIEWS.index(definition.review) :]:
        raise Invalid(f"review is {member.facets['review']}, below {definition.review}")


def _check_date(member: Member, definition: Definition) -> None:
    if member.began is not None or member.ended is not None:
        raise Invalid("only what is counted on a day says when it began and ended")
    period = definition.dates
    if (period is None) != (member.date is None):
        raise Invalid("a date is said when a period is counted, and only then")
    if period is not None and member.date is not None:
        if not parse_dates(member.date).lies_in(period, definition.straddling):
            raise Invalid(f"{member.date} is not within {period.text}")
        month = month_by(member.date, definition.straddling)
        if member.facets.get("month", month) != month:
            raise Invalid(f"{member.date} is not in {member.facets['month']}")


def _among(definition: Definition, facet: str, value: str, values: tuple[str, ...]) -> bool:
    """Whether a member's word passes a filter; a joint one by any of its parties, if declared."""
    if facet in PARTY_FACETS and definition.joint != OWN_ROW:
        return any(party in values for party in value.split("+"))
    return value in values


def _check_held(member: Member, on: str, rule: str) -> None:
    if member.date is not None or member.began is None:
        raise Invalid("what is counted on a day says when it began, and has no other date")
    if not held(member.began, member.ended, on, rule):
        ended = "" if member.ended is None else f" and ended {member.ended}"
        raise Invalid(f"began {member.began}{ended}: it did not stand on {on}")


def _check_massacre(member: Member, rules: Rules | None) -> None:
    if member.date is not None or member.began is not None or member.ended is not None:
        raise Invalid("a massacre has no date of its own: its deaths have")
    if rules is not None and len(member.claims) < rules.massacre_threshold:
        raise Invalid(
            f"{len(member.claims)} deaths, of which a massacre has {rules.massacre_threshold}"
        )


def group_lines(definition: Definition, members: Iterator[Member]) -> dict[Row, list[bytes]]:
    """The leaf hashes of member lines by the values of the grouping facets, ascending by values."""
    rows: dict[Row, list[bytes]] = {}
    for member in members:
        row = tuple(member.facets[facet] for facet in definition.by)
        rows.setdefault(row, []).append(leaf_hash(member.line))
    return dict(sorted(rows.items()))
