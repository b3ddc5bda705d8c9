"""A process that erases claims one after another; says `ready`, then each claim when it is done."""

import sys
from pathlib import Path

from api.desk import Desk
from api.folder import Folder

ERASURE = {"reason_code": "safety", "reason": "the family asked for it"}


def main() -> None:
    path, *claims = sys.argv[1:]
    folder = Folder(Path(path))
    looked_at = folder.open_ledger()
    log_keys = folder.log_keys(looked_at.authority, lambda _: "p")
    looked_at.close()
    reviewer = folder.signer("reviewer-1", lambda _: "p")
    ledger = folder.open_ledger(log_keys)
    folder.finish_erasures(ledger)
    vault = folder.open_vault()
    desk = Desk(ledger, vault, lambda: "2020-04-02T09:15:00Z")
    print("ready", flush=True)
    for claim in claims:
        found = ledger.stream(claim)
        if found is not None and not found.state.erased:
            desk.say(claim, "Erased", ERASURE, reviewer)
            print(claim, flush=True)


if __name__ == "__main__":
    main()
