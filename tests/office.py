"""A ledger folder with the four people of the demo, cheap keys, and a clock of April 2020."""

import itertools

from api.desk import Desk, found
from api.folder import Folder
from api.questions import Questions
from api.record import read_record
from ledger.keyfile import Cost

ORIGIN = "register.example/api"
PEOPLE = (
    ("documenter-1", "documenter"),
    ("documenter-2", "documenter"),
    ("reviewer-1", "reviewer"),
    ("publisher-1", "publisher"),
)
CHEAP = Cost(1, 8192)


class Office:
    """A ledger with its people, opened to record at and to ask."""

    def __init__(self, path):
        self.folder = Folder(path, cost=CHEAP)
        ticks = itertools.count()
        self._clock = lambda: f"2020-04-02T09:00:00.{next(ticks):03}Z"
        log_key, self.roots = found(
            self.folder,
            ORIGIN,
            roots=3,
            threshold=2,
            passphrase="p",
            log_passphrase="p",
            clock=self._clock,
            at="2020-04-02T09:00:00Z",
        )
        self.open([log_key])
        self.signers = {}
        for name, role in PEOPLE:
            signer = self.signers[name] = self.folder.new_key(name, "p")
            self.desk.enroll(str(signer.key), [role], name, self.roots[:2])

    def open(self, log_keys):
        """Open everything, to accept with these log keys."""
        self.ledger = self.folder.open_ledger(log_keys, clock=self._clock)
        self.vault = self.folder.open_vault()
        self.registry = self.folder.open_registry(self.ledger)
        self.desk = Desk(self.ledger, self.vault, lambda: "2020-04-02T09:00:00Z")
        self.ask = Questions(self.ledger, self.registry)

    def claim(self, **fields):
        """A claim ready to be recorded."""
        table = {
            "kind": "killing",
            "status": "civilian",
            "documented_on": "2020-03",
            "attribution": {"mode": "sole", "parties": ["russian-forces"]},
            "sources": [{"kind": "witness"}],
            "person": {"name": "اسم مخترع"},
        }
        return read_record("claim", table | fields, "a test")

    def incident(self, **fields):
        """Record an incident; returns its name."""
        party = {"mode": "sole", "parties": ["russian-forces"]}
        table = {"kind": "attack", "attribution": party} | fields
        record = read_record("incident", table, "a test")
        return self.desk.record(record, self.signers["documenter-1"]).stream

    def state_figure(self, value, **fields):
        """Record a stated figure of March 2020's civilians; returns its name."""
        table = {
            "publisher": "A publisher",
            "publication": "A publication",
            "ref": "1",
            "label": "Civilians killed",
            "measure": "deaths",
            "value": value,
            "grade": "documented",
            "unit": "persons",
            "population": "civilians",
            "period": "2020-03",
            "quote": f"{value} civilians",
        }
        record = read_record("estimate", table | fields, "a test")
        return self.desk.record(record, self.signers["documenter-1"]).stream

    def record(self, **fields):
        return self.desk.record(self.claim(**fields), self.signers["documenter-1"])

    def note(self, **fields):
        return self.desk.compose_record(self.claim(**fields), self.signers["documenter-1"])[0]

    def close(self):
        self.registry.close()
        self.vault.close()
        self.ledger.close()
