"""A process that records claims and revises shared ones until its time is over.

Says of each attempt `won <index> <leaf hash> <stream> <version>` or `lost`, and every checkpoint
that it is given as `signed <size> <root>`.
"""

import random
import sys
import time
from pathlib import Path

from api.desk import Desk
from api.folder import Folder
from api.record import read_record
from domain.errors import Conflict, Rejected
from ledger.checkpoint import open_checkpoint

SEXES = ("female", "male", "unknown")
CLAIM = {
    "kind": "killing",
    "status": "civilian",
    "documented_on": "2020-03",
    "attribution": {"mode": "sole", "parties": ["russian-forces"]},
    "sources": [{"kind": "witness"}],
    "person": {"name": "اسم مخترع"},
}


def main() -> None:
    path, name, seconds, *shared = sys.argv[1:]
    folder = Folder(Path(path))
    looked_at = folder.open_ledger()
    log_keys = folder.log_keys(looked_at.authority, lambda _: "p")
    looked_at.close()
    signer = folder.signer(name, lambda _: "p")
    ledger, vault = folder.open_ledger(log_keys), folder.open_vault()
    desk = Desk(ledger, vault, lambda: "2020-04-02T09:15:00Z")
    draw = random.Random(name)
    sys.stdin.readline()  # all begin together
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        try:
            if draw.random() < 0.4:
                done = desk.record(read_record("claim", CLAIM, "a test"), signer)
            else:
                claim = draw.choice(shared)
                to = draw.choice(SEXES)
                reason = {"reason_code": "new-evidence", "reason": "a second document"}
                done = desk.revise(claim, "sex", to, signer, **reason)
        except Rejected as refused:
            # Somebody was faster: the version is taken, or the value is what it was to become.
            if not isinstance(refused, Conflict) and refused.rule != "no-change":
                raise
            print("lost", flush=True)
            continue
        accepted = done.accepted
        print(
            "won", accepted.log_index, accepted.leaf_hash.hex(), accepted.stream, accepted.version
        )
        assert done.receipt.checkpoint is not None
        checkpoint = open_checkpoint(done.receipt.checkpoint, log_keys[0].key)
        print("signed", checkpoint.size, checkpoint.root.hex(), flush=True)
    vault.close()
    ledger.close()


if __name__ == "__main__":
    main()
