"""What a reader asks for beyond the ledger's own word: witnesses, and root keys together."""

from __future__ import annotations

from typing import NamedTuple

from audit.verdict import FAILS, NOT_VERIFIED, POLICY, SOUND, VERIFIED, Checks
from domain.errors import SijillError
from ledger.cosignature import cosigned_at, describe_time
from ledger.note import VerifierKey, parse_note

_WHAT = "enough witnesses have cosigned the checkpoint"
_AGE = "the newest cosignature is young enough"
_AHEAD = 300  # seconds by which a witness's clock may be before the reader's


class Policy(NamedTuple):
    """`quorum` of the witnesses' keys (type byte 0x04) must have cosigned; 0 asks for none.

    `together`: at least so many trusted root keys must have signed the ledger's founding, or a
    rotation, whatever threshold it states: whoever has stolen one can found with a threshold of 1.
    `max_age`: the newest of their cosignatures is at most so many seconds older than `now`, which
    is the reader's clock in unix seconds.
    """

    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0
    together: int = 1
    max_age: int | None = None
    now: int = 0


NO_POLICY = Policy()


def check_policy(checkpoint: bytes, policy: Policy, checks: Checks) -> None:
    """Check the cosignatures under a checkpoint's note."""
    if policy.quorum == 0 and policy.max_age is None:
        return
    try:
        times = cosigned_at(parse_note(checkpoint), policy.witnesses)
    except SijillError as error:
        checks.fails("the cosignatures are of this checkpoint", error)
        return
    if len(times) < policy.quorum:
        checks.fails(
            _WHAT, f"{len(times)} of those you trust did, {policy.quorum} are required", file=""
        )
    elif policy.quorum:
        names = ", ".join(key.name for key in times)
        checks.holds(_WHAT, names, as_of=f"from {describe_time(min(times.values()))} on")
    if policy.max_age is not None:
        _check_age(max(times.values(), default=None), policy.max_age, policy.now, checks)


def _check_age(newest: int | None, max_age: int, now: int, checks: Checks) -> None:
    if newest is None:
        checks.fails(_AGE, "no witness whom you trust says when it was seen")
        return
    when = f"{describe_time(newest)}"
    if newest > now + _AHEAD:
        checks.fails(_AGE, f"{when} lies ahead of this clock ({describe_time(now)})", as_of=when)
    elif now - newest > max_age:
        age = f"{now - newest} seconds old, {max_age} are allowed: ask for a newer checkpoint"
        checks.fails(_AGE, age, as_of=when)
    else:
        checks.holds(_AGE, f"{max(0, now - newest)} seconds old", as_of=when)


def exit_code(checks: Checks, figure: str = "") -> int:
    """0 when everything holds, 3 when only the policy does not, 1 otherwise.

    With `figure`, what is wrong with the other figures alone is left out.
    """
    failed = [
        check
        for check in checks.made
        if check.outcome not in SOUND and (not figure or check.figure in ("", figure))
    ]
    if not failed:
        return VERIFIED
    only_policy = all(check.what in (_WHAT, _AGE) and check.outcome == FAILS for check in failed)
    return POLICY if only_policy else NOT_VERIFIED
