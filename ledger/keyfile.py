"""Private keys at rest: one JSON file per key, sealed under a passphrase (format sijill/key/v1).

The seed is sealed with secretbox (XSalsa20-Poly1305) under a key that Argon2id derives from the
passphrase. The public half stands beside it in clear. A file that says `"agent": true` has the
public half only: an ssh-agent holds the private one. Two purposes share the form: `signing` (an
Ed25519 key, named by its `vkey`) and `vault` (an X25519 key, by `name` and `public_key`).

Files are never overwritten, and never read while other users of the machine could read them.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from nacl.exceptions import CryptoError
from nacl.exceptions import RuntimeError as SodiumError
from nacl.public import PrivateKey, PublicKey
from nacl.pwhash import argon2id
from nacl.secret import SecretBox
from nacl.utils import random as random_bytes

from domain.errors import Invalid, NotFound, Unverified
from ledger.note import ED25519, VerifierKey, check_name
from ledger.signer import Ed25519Signer, Signer
from ledger.sshagent import AgentSigner

FORMAT = "sijill/key/v1"
SIGNING = "signing"
VAULT = "vault"

# What a file may ask of the machine that opens it, before anything about it is verified.
MAX_OPS = 16
MAX_MEM = 1 << 30
MAX_FILE = 16 * 1024


class Cost(NamedTuple):
    """Argon2id's limits for a key file; `mem` in bytes."""

    ops: int
    mem: int


MODERATE = Cost(argon2id.OPSLIMIT_MODERATE, argon2id.MEMLIMIT_MODERATE)

_SEALED_SEED = SecretBox.NONCE_SIZE + 32 + SecretBox.MACBYTES


class _Sealed(NamedTuple):
    """A seed sealed under a passphrase; `mem` in bytes."""

    ops: int
    mem: int
    salt: bytes
    box: bytes


def new_key_file(
    path: Path,
    name: str,
    passphrase: str,
    *,
    seed: bytes | None = None,
    ops: int = argon2id.OPSLIMIT_MODERATE,
    mem: int = argon2id.MEMLIMIT_MODERATE,
) -> Ed25519Signer:
    """Write a signing key, new or from a 32-byte `seed`, sealed under the passphrase.

    `ops` and `mem` (bytes) are Argon2id's limits. Raise Invalid when the file exists already, its
    folder does not, or the passphrase is empty.
    """
    seed = random_bytes(32) if seed is None else seed
    signer = Ed25519Signer.from_seed(name, seed)
    sealed = _seal(seed, passphrase, ops, mem)
    _create(path, {"format": FORMAT, "purpose": SIGNING, "vkey": str(signer.key), **sealed})
    return signer


def new_agent_key_file(path: Path, key: VerifierKey) -> None:
    """Write down that an ssh-agent holds this Ed25519 key's private half."""
    if key.kind != ED25519:
        raise Invalid(f"key {key.name}: only Ed25519 note keys can be held by an ssh-agent")
    _create(path, {"format": FORMAT, "purpose": SIGNING, "vkey": str(key), "agent": True})


def open_key_file(path: Path, passphrase: Callable[[str], str]) -> Signer:
    """Open a signing key; `passphrase` is called with the key's name if the file is sealed.

    Raise NotFound without such a file, Invalid for a damaged or exposed one, Unverified for a wrong
    passphrase.
    """
    content = _read(path, SIGNING, private=True)
    key = _signing_public(content, path)
    sealed = _sealed(content, {"vkey"}, path)
    if sealed is None:
        return AgentSigner(key)
    signer = Ed25519Signer.from_seed(key.name, _unseal(path, key.name, sealed, passphrase))
    if signer.key != key:
        raise _altered(path)
    return signer


def read_public(path: Path) -> VerifierKey:
    """Read a signing key's public half; needs no passphrase."""
    return _signing_public(_read(path, SIGNING, private=False), path)


def new_vault_key_file(
    path: Path,
    name: str,
    passphrase: str,
    *,
    ops: int = argon2id.OPSLIMIT_MODERATE,
    mem: int = argon2id.MEMLIMIT_MODERATE,
) -> PrivateKey:
    """Write a new X25519 vault key, sealed under the passphrase; otherwise as `new_key_file`."""
    check_name(name)
    private = PrivateKey.generate()
    sealed = _seal(bytes(private), passphrase, ops, mem)
    public = _encode(bytes(private.public_key))
    _create(
        path, {"format": FORMAT, "purpose": VAULT, "name": name, "public_key": public, **sealed}
    )
    return private


def open_vault_key_file(path: Path, passphrase: Callable[[str], str]) -> PrivateKey:
    """Open a vault key; otherwise as `open_key_file`."""
    content = _read(path, VAULT, private=True)
    name, public = _vault_public(content, path)
    sealed = _sealed(content, {"name", "public_key"}, path)
    if sealed is None:
        raise Invalid(f"{path}: a vault key cannot be held by an ssh-agent")
    private = PrivateKey(_unseal(path, name, sealed, passphrase))
    if private.public_key != public:
        raise _altered(path)
    return private


def read_vault_public(path: Path) -> PublicKey:
    """Read a vault key's public half; needs no passphrase."""
    return _vault_public(_read(path, VAULT, private=False), path)[1]


def encode_public(key: PublicKey) -> str:
    """A vault key's public half as it is given out: 44 characters of base64."""
    return _encode(bytes(key))


def _seal(seed: bytes, passphrase: str, ops: int, mem: int) -> dict[str, Any]:
    _check_limits(ops, mem, "new key")
    salt = random_bytes(argon2id.SALTBYTES)
    box = bytes(SecretBox(_derive(passphrase, salt, ops, mem)).encrypt(seed))
    return {"argon2id": {"ops": ops, "mem": mem, "salt": _encode(salt)}, "box": _encode(box)}


def _unseal(path: Path, name: str, sealed: _Sealed, passphrase: Callable[[str], str]) -> bytes:
    key = _derive(passphrase(name), sealed.salt, sealed.ops, sealed.mem)
    try:
        return SecretBox(key).decrypt(sealed.box)
    except CryptoError:
        raise Unverified(
            f"{path}: this passphrase does not open key {name}; check the keyboard layout and retry"
        ) from None


def _derive(passphrase: str, salt: bytes, ops: int, mem: int) -> bytes:
    if not passphrase:
        raise Invalid("the passphrase is empty; a key is never stored without one")
    try:
        # Keyboards differ in how they compose one and the same visible text.
        secret = unicodedata.normalize("NFC", passphrase).encode()
    except UnicodeEncodeError:
        raise Invalid("the passphrase is not valid Unicode text; choose another") from None
    try:
        return argon2id.kdf(SecretBox.KEY_SIZE, secret, salt, opslimit=ops, memlimit=mem)
    except SodiumError:
        raise Invalid(
            f"Argon2id needs {mem >> 20} MiB of free memory for this key; free some and retry"
        ) from None


def _check_limits(ops: object, mem: object, what: str) -> None:
    if type(ops) is not int or not argon2id.OPSLIMIT_MIN <= ops <= MAX_OPS:
        raise Invalid(f"{what}: Argon2id's ops must be from 1 to {MAX_OPS}")
    if type(mem) is not int or not argon2id.MEMLIMIT_MIN <= mem <= MAX_MEM:
        raise Invalid(f"{what}: Argon2id's mem must be from 8 KiB to {MAX_MEM >> 20} MiB")


def _create(path: Path, content: dict[str, Any]) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Invalid(
            f"{path}: exists already, and keys are never overwritten; choose another name"
        ) from None
    except OSError as error:
        raise Invalid(f"{path}: cannot be created ({error.strerror})") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(
                orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
            )
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)
    except BaseException:
        # Half a key file would block its name for ever.
        path.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    # Until its folder is on disk too, a new file can vanish in a power cut.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path, purpose: str, *, private: bool) -> dict[str, Any]:
    try:
        # Without O_NONBLOCK, opening a named pipe would hang.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotFound(f"{path}: there is no such key file; list the keys you have") from None
    except OSError as error:
        raise Invalid(f"{path}: cannot be read ({error.strerror})") from None
    try:
        # Asked of the open file, not of its path, which could meanwhile lead elsewhere.
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise Invalid(f"{path}: is not a regular file")
        if private and mode & 0o077:
            raise Invalid(
                f"{path}: other users of this machine have access to this private key "
                f"(mode {stat.S_IMODE(mode):04o}); run: chmod 600 {path}"
            )
        raw = os.read(handle, MAX_FILE + 1)
    finally:
        os.close(handle)
    if len(raw) > MAX_FILE:
        raise Invalid(f"{path}: is too large for a key file")
    try:
        content = orjson.loads(raw)
    except orjson.JSONDecodeError:
        content = None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise Invalid(f"{path}: is not a key file of format {FORMAT}")
    if content.get("purpose") != purpose:
        raise Invalid(f"{path}: is not a {purpose} key; name the file of one")
    return content


def _signing_public(content: dict[str, Any], path: Path) -> VerifierKey:
    key = VerifierKey.parse(_text(content, "vkey", path))
    if key.kind != ED25519:
        raise Invalid(f"{path}: its vkey is not an Ed25519 note key")
    return key


def _vault_public(content: dict[str, Any], path: Path) -> tuple[str, PublicKey]:
    name = _text(content, "name", path)
    check_name(name)
    return name, PublicKey(_bytes(content, "public_key", PublicKey.SIZE, path))


def _sealed(content: dict[str, Any], public: set[str], path: Path) -> _Sealed | None:
    """Read the sealed seed, or None for a key in an ssh-agent; refuse members nobody knows."""
    in_agent = content.get("agent") is True
    private = {"agent"} if in_agent else {"argon2id", "box"}
    if content.keys() != {"format", "purpose"} | public | private:
        raise Invalid(f"{path}: members are missing, or unknown to format {FORMAT}")
    if in_agent:
        return None
    limits = content["argon2id"]
    if not isinstance(limits, dict) or limits.keys() != {"ops", "mem", "salt"}:
        raise Invalid(f"{path}: argon2id does not hold ops, mem and salt alone")
    _check_limits(limits["ops"], limits["mem"], str(path))
    return _Sealed(
        limits["ops"],
        limits["mem"],
        _bytes(limits, "salt", argon2id.SALTBYTES, path),
        _bytes(content, "box", _SEALED_SEED, path),
    )


def _text(content: dict[str, Any], member: str, path: Path) -> str:
    value = content.get(member)
    if not isinstance(value, str):
        raise Invalid(f"{path}: {member} is missing or not a text")
    return value


def _bytes(content: dict[str, Any], member: str, length: int, path: Path) -> bytes:
    encoded = _text(content, member, path)
    try:
        value = a2b_base64(encoded.encode("ascii"), strict_mode=True)
    except ValueError:
        raise Invalid(f"{path}: {member} is not base64") from None
    if len(value) != length:
        raise Invalid(f"{path}: {member} has {len(value)} bytes instead of {length}")
    return value


def _encode(value: bytes) -> str:
    return b2a_base64(value, newline=False).decode()


def _altered(path: Path) -> Invalid:
    return Invalid(
        f"{path}: its public half does not belong to its private one; the file was altered: "
        "restore it from a copy"
    )
