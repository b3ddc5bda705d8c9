"""What a reader asks for beyond the ledger's own word: witnesses, and root keys together."""

from __future__ import annotations

from typing import NamedTuple

from audit.verdict import FAILS, HOLDS, NOT_VERIFIED, POLICY, VERIFIED, Checks
from domain.errors import SijillError
from ledger.cosignature import cosigned_at, describe_time
from ledger.note import VerifierKey, parse_note

_WHAT = "enough witnesses have cosigned the checkpoint"


class Policy(NamedTuple):
    """`quorum` of the witnesses' keys (type byte 0x04) must have cosigned; 0 asks for none.

    `together`: at least so many trusted root keys must have signed the ledger's founding, or a
    rotation, whatever threshold it states: whoever has stolen one can found with a threshold of 1.
    """

    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0
    together: int = 1


NO_POLICY = Policy()


def check_policy(checkpoint: bytes, policy: Policy, checks: Checks) -> None:
    """Check the cosignatures under a checkpoint's note."""
    if policy.quorum == 0:
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
        return
    names = ", ".join(key.name for key in times)
    checks.holds(_WHAT, names, as_of=f"from {describe_time(min(times.values()))} on")


def exit_code(checks: Checks) -> int:
    """0 when everything holds, 3 when only the policy does not, 1 otherwise."""
    failed = {check.what for check in checks.made if check.outcome != HOLDS}
    if not failed:
        return VERIFIED
    only_policy = failed == {_WHAT} and all(
        check.outcome in (HOLDS, FAILS) for check in checks.made
    )
    return POLICY if only_policy else NOT_VERIFIED
