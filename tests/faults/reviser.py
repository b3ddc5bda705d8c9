"""A process that tries to revise one claim at every version, and says which attempts it won."""

import sys
from pathlib import Path

from domain.errors import Conflict
from ledger.author import Head, compose
from ledger.ledger import Ledger
from tests.scene import AT, LOG, ORIGIN, OTHER_DOCUMENTER, REVIEWER, WHY


def main() -> None:
    path, name, claim, attempts = sys.argv[1:]
    signer = {"one": OTHER_DOCUMENTER, "other": REVIEWER}[name]
    ledger = Ledger(Path(path), log_keys=[LOG])
    sys.stdin.readline()  # both begin together
    for _ in range(int(attempts)):
        stream = ledger.stream(claim)
        assert stream is not None
        now = "combatant" if stream.state.status == "civilian" else "civilian"
        body = {"field": "status", "from": stream.state.status, "to": now, **WHY}
        head = Head.of(stream)
        note, _ = compose(head, "ClassificationRevised", body, [signer], ledger=ORIGIN, at=AT)
        try:
            ledger.accept(note)
        except Conflict as conflict:
            print("lost", head.version + 1, conflict.version, flush=True)
        else:
            print("won", head.version + 1, flush=True)
    ledger.close()


if __name__ == "__main__":
    main()
