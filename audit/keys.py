"""Verifying a file of keys: from the founding root keys to whoever may sign now, offline.

The file holds the streams `authority` and `rules` with their proofs (docs/formats/keys.md). Whoever
trusts the root keys of the founding, or of any later rotation, learns today's log key and root keys
from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from audit.bundle import CHECKPOINT, MANIFEST
from audit.container import names_in, read_container
from audit.keychain import check_checkpoint, check_inclusion, find_log_key, read_entries, replay
from audit.policy import NO_POLICY, Policy, check_policy, exit_code
from audit.verdict import Checks, Verdict, unusable
from domain.authority import Authority, key_name
from domain.errors import Invalid
from ledger.note import VerifierKey

NOT_PROVED = (
    "that nothing came later: a rotation or a revocation after this checkpoint; ask for a newer",
    "that no entry about keys between the last one here and this checkpoint was withheld: an audit "
    "of the whole ledger shows all of them",
)
_NAME = re.compile(rf"{CHECKPOINT}|(?:authority|rules)/[0-9]{{10}}\.(?:entry|tlog-proof)")


def is_keys(raw: bytes) -> bool:
    """Whether the file is one of keys and not a bundle: a container without a manifest."""
    names = names_in(raw) or _read_otherwise(raw)
    return MANIFEST not in names and any(_NAME.fullmatch(name) for name in names)


def _read_otherwise(raw: bytes) -> Iterable[str]:
    try:
        return read_container(raw).files
    except Invalid:
        return ()


def verify_keys(raw: bytes, trust: Sequence[VerifierKey], policy: Policy = NO_POLICY) -> Verdict:
    """Verify a file of keys; never raises for what is in it."""
    try:
        container = read_container(raw)
    except Invalid as error:
        return unusable(str(error))
    checks, judged = Checks(), Checks()
    for defect in container.defects:
        checks.fails("the container has its one form", defect.message, file=defect.file)
    files = container.files
    _check_names(files, checks)
    entries = read_entries(files)
    replayed = replay(entries, judged)
    log_key = find_log_key(files, replayed, trust, checks, policy.together)
    if log_key is not None:
        check_checkpoint(files, log_key, checks)
        check_inclusion(files, entries, log_key, checks)
    checks.made += judged.made
    check_policy(files.get(CHECKPOINT, b""), policy, checks)
    if replayed.authority is not None:
        _tell(replayed.authority, checks)
    return Verdict("", ("", ""), tuple(checks.made), (), exit_code(checks))


def _check_names(files: Mapping[str, bytes], checks: Checks) -> None:
    for name in files:
        if not _NAME.fullmatch(name):
            checks.fails("the file holds keys only", "no such file belongs here", file=name)


def _tell(authority: Authority, checks: Checks) -> None:
    """Who may sign now, one line each: the whole point of following the keys."""
    log, roots = authority.log_keys[-1], authority.root_sets[-1]
    checks.holds("signs for the log", f"{log.vkey}, since entry {log.since}")
    for vkey in roots.keys:
        together = f"{roots.threshold} of {len(roots.keys)} together"
        checks.holds("is a root key", f"{vkey}, {together}, since entry {roots.since}")
    for key in authority.keys.values():
        one = key.current
        if one.until is None:
            roles = ", ".join(one.roles)
            checks.holds("may sign", f"{key.vkey} as {roles}, since entry {one.since}")
        else:
            why = one.revocation or "enrolled anew"
            checks.holds("may sign no more", f"{key_name(key.vkey)}, since {one.until} ({why})")
