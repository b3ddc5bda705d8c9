"""Putting the JavaScript modules into one page that needs no other file and no network.

Every module becomes a function of its own in one inline script, after the modules that it imports.
The page's content security policy names the script and the style by their hashes and allows
nothing else. The same sources make the same bytes.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from importlib import resources
from posixpath import dirname, join, normpath

_IMPORT = re.compile(
    r'^import (?:\{(?P<names>[^}]*)\}|\* as (?P<all>\w+)) from "(?P<path>\./[^"]+)";$', re.M
)
_EXPORT = re.compile(r"^export (?=(?:const|(?:async )?function\*?|class) (\w+))", re.M)
_EXPORTS = re.compile(r"^export \{([^}]*)\};$", re.M)
_DEFAULT = re.compile(r"^export default \w+;$", re.M)
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.M)
_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_LICENCES = ("vendor/noble-ed25519/LICENSE", "vendor/noble-hashes/LICENSE")


def build_page() -> bytes:
    """The whole of `verify.html`."""
    script, style = _bundle("page.js"), _read("page.css")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {
        "policy": policy,
        "licences": "\n".join(_read(name).strip() for name in _LICENCES),
        "style": style,
        "script": script,
    }
    page = re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _read("page.html"))
    return page.encode()


def _read(name: str) -> str:
    return resources.files("audit.web").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _bundle(entry: str) -> str:
    """One script: the modules that `entry` needs, each after those that it imports, then itself."""
    order: dict[str, str] = {}
    _visit(entry, order)
    script = '"use strict";\n' + "".join(order.values())
    if "</script" in script or "<!--" in script:
        raise ValueError("a module holds text that would end the script in the page")
    return script


def _visit(path: str, order: dict[str, str]) -> None:
    text = _read(path)
    for found in _IMPORT.finditer(text):
        needed = _resolve(path, found["path"])
        if needed not in order:
            _visit(needed, order)
    order[path] = _scoped(path, text)


def _resolve(importer: str, path: str) -> str:
    return normpath(join(dirname(importer), path))


def _scoped(path: str, text: str) -> str:
    """A module as a function that returns its exports."""
    exported = {name: name for name in _EXPORT.findall(text)}
    for names in _EXPORTS.findall(text):
        exported |= {public: own for own, public in _names(names)}

    def bound(found: re.Match[str]) -> str:
        module = _variable(_resolve(path, found["path"]))
        if found["all"]:
            return f"const {found['all']} = {module};"
        names = ", ".join(
            name if name == own else f"{name}: {own}" for name, own in _names(found["names"])
        )
        return f"const {{ {names} }} = {module};"

    text = _IMPORT.sub(bound, text)
    for pattern in (_EXPORT, _EXPORTS, _DEFAULT, _SOURCE_MAP):
        text = pattern.sub("", text)
    if odd := re.search(r"^(?:import|export)\b.*", _COMMENT.sub("", text), re.M):
        raise ValueError(f"{path}: cannot be put into the page: {odd[0]}")
    given = ", ".join(f"{public}: {own}" for public, own in exported.items())
    head = f"// {path}\nconst {_variable(path)} = (() => {{"
    return f"{head}\n{text.strip()}\nreturn {{ {given} }};\n}})();\n"


def _names(listed: str) -> list[tuple[str, str]]:
    """(name, the name it goes by) of `a, b as c`."""
    pairs = [part.split(" as ") for part in re.split(r"\s*,\s*", listed.strip()) if part]
    return [(pair[0].strip(), pair[-1].strip()) for pair in pairs]


def _variable(path: str) -> str:
    return "module_" + re.sub(r"\W", "_", path.removesuffix(".js"))
