"""What people do at a ledger, as calls: found it, enrol keys, record, revise, review.

Everything is composed and signed here, in the author's process, and handed to the ledger as
finished notes; keys come in as signers and never leave. Nothing is printed.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from api.folder import Folder
from api.questions import resolve
from api.record import Record
from domain.authority import EVERYTHING, Scope
from domain.catalogue import CATALOGUE
from domain.errors import Invalid, NotFound
from domain.event import Seen
from domain.rules import shipped_document
from ledger.author import Head, compose, new_stream
from ledger.ledger import Ledger
from ledger.signer import Signer
from ledger.vault import Vault
from ledger.view import Accepted, Receipt

# What can be revised: field -> (event type, member that names it, attribute of the state).
CLAIM_REVISIONS: dict[str, tuple[str, dict[str, str], str]] = {
    "attribution": ("AttributionChanged", {}, "attribution"),
    "happened": ("DateRevised", {"date": "happened"}, "happened_on"),
    "documented": ("DateRevised", {"date": "documented"}, "documented_on"),
    "death": ("PlaceRevised", {"place": "death"}, "place"),
    "origin": ("PlaceRevised", {"place": "origin"}, "origin"),
    "incident": ("IncidentAssigned", {}, "incident"),
    "custody": ("CustodyStatusChanged", {}, "custody"),
    "narrative": ("NarrativeRevised", {}, "narrative"),
} | {
    field: ("ClassificationRevised", {"field": field}, field)
    for field in (
        "sex",
        "age_group",
        "status",
        "profession",
        "cause",
        "weapon",
        "control",
    )
}
# What only incidents and stated figures have.
_OTHER_REVISIONS: dict[str, tuple[str, dict[str, str], str]] = {
    "facilities": ("ClassificationRevised", {"field": "facilities"}, "facilities"),
    "injured": ("QuantityRevised", {"quantity": "injured"}, "injured"),
    "munitions": ("QuantityRevised", {"quantity": "munitions"}, "munitions"),
    "value": ("EstimateRevised", {}, "value"),
}
_REVISIONS = CLAIM_REVISIONS | _OTHER_REVISIONS
REVISABLE = tuple(_REVISIONS)


class Done(NamedTuple):
    """An accepted act: where it stands in the log, and the log's signed promises."""

    accepted: Accepted
    receipt: Receipt

    @property
    def stream(self) -> str:
        return self.accepted.stream


def found(
    folder: Folder,
    origin: str,
    *,
    roots: int,
    threshold: int,
    passphrase: str,
    log_passphrase: str,
    clock: Callable[[], str],
    at: str,
) -> tuple[Signer, list[Signer]]:
    """Found a ledger in a new folder with new keys; returns the log key and the root keys.

    The first entries are the founding, signed by a threshold of the roots, and the shipped rules.
    """
    if not 1 <= threshold <= roots <= 32:
        raise Invalid(f"the threshold is from 1 to the number of root keys, {roots} (at most 32)")
    folder.make()
    signers = [folder.new_key(f"root-{number}", passphrase) for number in range(1, roots + 1)]
    log_key = folder.new_log_key(origin, log_passphrase)
    folder.new_vault(passphrase)
    ledger = folder.open_ledger([log_key], clock=clock, create=True)
    founding = {
        "origin": origin,
        "roots": [str(root.key) for root in signers],
        "threshold": threshold,
        "log": str(log_key.key),
        "witnesses": [],
        "quorum": 0,
    }
    try:
        notes = [
            compose(Head(stream), kind, body, signers[:threshold], ledger=origin, at=at)[0]
            for stream, kind, body in (
                ("authority", "LedgerFounded", founding),
                ("rules", "RulesAdopted", shipped_document()),
            )
        ]
        ledger.accept_all(notes, whole=True)
    finally:
        ledger.close()
    return log_key, signers


class Desk:
    """One person's place at a ledger. `clock` is her own: `2020-04-02T09:15:00Z`."""

    def __init__(self, ledger: Ledger, vault: Vault, clock: Callable[[], str]) -> None:
        self.ledger = ledger
        self.vault = vault
        self._clock = clock

    # --- composing

    def compose(
        self, head: Head, event_type: str, body: dict[str, Any], signers: Sequence[Signer]
    ) -> tuple[bytes, Head]:
        """A signed note at its place; `seen` is the newest checkpoint, verified."""
        checkpoint = self.ledger.checkpoint()
        seen = Seen(checkpoint.size, b64encode(checkpoint.root).decode())
        return compose(
            head,
            event_type,
            body,
            signers,
            ledger=self.ledger.origin,
            at=self._clock(),
            seen=seen,
        )

    def compose_record(self, record: Record, signer: Signer) -> tuple[bytes, Head]:
        """Seal and sign a record; what would be refused is refused before anything is sealed."""
        record.check(self.ledger.rules)
        head = new_stream(record.kind)
        digests = self.vault.seal(head.stream, record.secrets)
        return self.compose(head, record.event_type, record.sealed(digests), [signer])

    def compose_revision(
        self, stream: str, field: str, to: Any, signer: Signer, *, reason_code: str, reason: str
    ) -> tuple[bytes, Head]:
        """Sign a revision of one field from the value that it has now."""
        event_type, named, attribute = _REVISIONS[field]
        events = CATALOGUE[stream.partition("/")[0]]
        current = self.head(stream)
        state = self.ledger.stream(stream)
        assert state is not None
        if event_type not in events or not hasattr(state.state, attribute):
            raise Invalid(f"{field} of {stream} cannot be revised: it has no such field")
        body = {
            **named,
            "from": _json(getattr(state.state, attribute)),
            "to": to,
            "reason_code": reason_code,
            "reason": reason,
        }
        return self.compose(current, event_type, body, [signer])

    def compose_unlinking(
        self, stream: str, signer: Signer, *, reason_code: str, reason: str
    ) -> bytes:
        """Sign that what a claim is linked to is not its outcome; raises Invalid when none is."""
        head = self.head(stream)
        found = self.ledger.stream(stream)
        outcome = None if found is None else getattr(found.state, "outcome", None)
        if outcome is None:
            raise Invalid(f"{stream} has no outcome that could be unlinked")
        body = {"claim": outcome.claim, "reason_code": reason_code, "reason": reason}
        return self.compose(head, "OutcomeUnlinked", body, [signer])[0]

    def head(self, stream: str) -> Head:
        """Where the next event of an existing stream goes."""
        found = self.ledger.stream(stream)
        if found is None:
            raise NotFound(f"{stream} is not in this ledger")
        return Head.of(found)

    # --- saying

    def post(self, note: bytes) -> Done:
        """Hand a finished note to the ledger."""
        return Done(*self.ledger.accept(note))

    def say(self, stream: str, event_type: str, body: dict[str, Any], *signers: Signer) -> Done:
        """One more event of an existing stream."""
        return self.post(self.compose(self.head(stream), event_type, body, signers)[0])

    def record(self, record: Record, signer: Signer) -> Done:
        return self.post(self.compose_record(record, signer)[0])

    def revise(
        self, stream: str, field: str, to: Any, signer: Signer, *, reason_code: str, reason: str
    ) -> Done:
        note, _ = self.compose_revision(
            stream, field, to, signer, reason_code=reason_code, reason=reason
        )
        return self.post(note)

    def enroll(
        self,
        vkey: str,
        roles: Sequence[str],
        label: str,
        roots: Sequence[Signer],
        *,
        organisation: bool = False,
        scope: Scope = EVERYTHING,
    ) -> Done:
        """Enrol a key with its roles, signed by a threshold of root keys."""
        body = enrolment(vkey, roles, label, organisation=organisation, scope=scope)
        return self.say("authority", "KeyEnrolled", body, *roots)

    # --- finding

    def resolve(self, name: str, kind: str = "claim") -> str:
        """The stream that a name means: whole, a uuid, or its first eight or more characters."""
        return resolve(self.ledger, name, kind)


def enrolment(
    vkey: str,
    roles: Sequence[str],
    label: str,
    *,
    organisation: bool = False,
    scope: Scope = EVERYTHING,
) -> dict[str, Any]:
    """The body of a KeyEnrolled."""
    return {
        "vkey": vkey,
        "holder": {"kind": "organisation" if organisation else "person", "label": label},
        "roles": sorted(roles),
        "scope": None if scope == EVERYTHING else scope.to_json(),
    }


def _json(value: Any) -> Any:
    if hasattr(value, "to_json"):
        return value.to_json()
    return list(value) if isinstance(value, tuple) else value
