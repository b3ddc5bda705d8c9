"""A process that asks until its time is over: tolls, checkpoints, and that each grew from the last.

Says `signed <size> <root>` of each checkpoint and `toll <size> <root> <total>` of each toll.
"""

import random
import sys
import time
from base64 import b64decode
from pathlib import Path

from api.folder import Folder
from api.questions import Filters, Questions
from ledger.checkpoint import open_checkpoint
from ledger.merkle import leaf_hash, verify_consistency, verify_inclusion
from ledger.note import VerifierKey


def main() -> None:
    path, name, seconds = sys.argv[1:]
    folder = Folder(Path(path))
    ledger = folder.open_ledger()
    registry = folder.open_registry(ledger)
    ask = Questions(ledger, registry)
    key = VerifierKey.parse(ledger.authority.log)
    draw = random.Random(name)
    sys.stdin.readline()  # all begin together
    end = time.monotonic() + float(seconds)
    last = open_checkpoint(ledger.newest_checkpoint(), key)
    while time.monotonic() < end:
        new = open_checkpoint(ledger.newest_checkpoint(), key)
        assert new.size >= last.size
        proof = ledger.consistency_proof(last.size, new.size)
        verify_consistency(
            size1=last.size, size2=new.size, root1=last.root, root2=new.root, proof=proof
        )
        index = draw.randrange(new.size)
        verify_inclusion(
            index=index,
            size=new.size,
            leaf_hash=leaf_hash(ledger.recorder.entry_at(index)[4]),
            proof=ledger.inclusion_proof(index, new.size),
            root=new.root,
        )
        print("signed", new.size, new.root.hex())
        last = new
        answer = ask.toll(Filters(by=["sex"]))
        assert sum(row["deaths"] for row in answer["rows"]) == answer["total"]
        state = answer["ledger"]
        assert state["size"] >= new.size
        print("toll", state["size"], b64decode(state["root"]).hex(), answer["total"], flush=True)
    registry.close()
    ledger.close()


if __name__ == "__main__":
    main()
