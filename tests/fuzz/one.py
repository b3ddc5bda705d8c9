"""One target in a process of its own, driven by atheris, whose options follow the target's name."""

import random
import sys

import atheris

with atheris.instrument_imports(include=["api", "audit", "domain", "ledger"]):
    from audit.container import read_container, write_container
    from domain.errors import Invalid
    from tests.fuzz.targets import TARGETS, refused


def repack(raw: bytes, largest: int, seed: int) -> bytes:
    """Mutate a file within a bundle, so that the container's own checks are passed."""
    draw = random.Random(seed)
    if draw.random() < 0.2:
        return bytes(atheris.Mutate(raw, largest))
    try:
        files = dict(read_container(raw).files)
        name = draw.choice(sorted(files))
        files[name] = bytes(atheris.Mutate(files[name], len(files[name]) + 200))
        packed = write_container(files)
    except (Invalid, IndexError):
        return bytes(atheris.Mutate(raw, largest))
    return packed if len(packed) <= largest else raw


def main() -> None:
    name = sys.argv.pop(1)
    target = TARGETS[name]
    target.seeds()
    mutators = {"custom_mutator": repack} if name == "bundle" else {}
    atheris.Setup(sys.argv, refused(target.run), **mutators)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
