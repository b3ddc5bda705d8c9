"""A process that records claims one by one and says what was acknowledged: to be killed."""

import sys
from pathlib import Path

from ledger.author import compose, new_stream
from ledger.ledger import Ledger
from tests.scene import AT, DOCUMENTER, LOG, ORIGIN, claim_body


def main() -> None:
    ledger = Ledger(Path(sys.argv[1]), log_keys=[LOG])
    print("ready", flush=True)
    for _ in range(int(sys.argv[2])):
        note, _ = compose(
            new_stream("claim"), "ClaimRecorded", claim_body(), [DOCUMENTER], ledger=ORIGIN, at=AT
        )
        accepted = ledger.accept(note)[0]
        print(accepted.log_index, accepted.leaf_hash.hex(), flush=True)
    ledger.close()


if __name__ == "__main__":
    main()
