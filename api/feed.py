"""What became of a report, as an Atom feed (RFC 4287): the events that moved it, newest first.

Ids are tag URIs (RFC 4151) of the ledger's origin, the day of the freeze and the log index: whoever
reads the feed twice, here or from a mirror, sees each event once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from xml.etree import ElementTree as Xml

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


class FeedOf(NamedTuple):
    """The report that a feed is of. `title` is English and Arabic, `publisher` who froze it,
    `frozen_at` when the ledger received that, `link` where the feed itself is, if it is anywhere.
    """

    origin: str
    report: str
    title: tuple[str, str]
    publisher: str
    frozen_at: str
    link: str | None = None


class Entry(NamedTuple):
    """One event. `received` is the ledger's time; `figures` are those that it moved."""

    log_index: int
    received: str
    author: str
    title: str
    summary: str
    figures: tuple[str, ...] = ()


def corrections_feed(of: FeedOf, entries: Sequence[Entry]) -> bytes:
    """The feed as UTF-8 XML; the same for the same entries."""
    newest_first = sorted(entries, key=lambda one: one.log_index, reverse=True)
    Xml.register_namespace("", ATOM)
    feed = Xml.Element(f"{{{ATOM}}}feed", {_LANGUAGE: "en"})
    tag = _tag(of)
    _add(feed, "id", tag)
    _add(feed, "title", f"What became of: {of.title[0]}")
    _add(feed, "subtitle", of.title[1], **{_LANGUAGE: "ar"})
    _add(feed, "updated", newest_first[0].received if newest_first else of.frozen_at)
    _add(_add(feed, "author"), "name", of.publisher)
    _add(feed, "generator", "sijill")
    if of.link is not None:
        _add(feed, "link", rel="self", type=MEDIA_TYPE, href=of.link)
    for one in newest_first:
        entry = _add(feed, "entry")
        _add(entry, "id", f"{tag}/entries/{one.log_index}")
        _add(entry, "title", one.title)
        _add(entry, "updated", one.received)
        _add(entry, "published", one.received)
        _add(_add(entry, "author"), "name", one.author)
        _add(entry, "summary", one.summary)
        for figure in one.figures:
            _add(entry, "category", term=figure)
    Xml.indent(feed)
    document: bytes = Xml.tostring(feed, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def entries_of(drift: Mapping[str, Any]) -> Iterator[Entry]:
    """The entries of a drift (`Followed.drift`): each event once, with every figure it moved."""
    moved: dict[int, list[tuple[str, dict[str, Any]]]] = {}
    for figure in drift["figures"]:
        for step in figure["steps"]:
            moved.setdefault(step["index"], []).append((figure["name"], step))
    for index, steps in moved.items():
        first = steps[0][1]
        numbers = "; ".join(f"{name} {_movement(step)}" for name, step in steps)
        reason = f" Reason: {first['reason']}" if first["reason"] else ""
        names = tuple(dict.fromkeys(name for name, _ in steps))
        title = f"{first['type']}: {numbers}"
        summary = f"Entry {index}, {first['member']}: {first['what']}.{reason}"
        yield Entry(index, first["received"], first["holder"], title, summary, names)


def _movement(step: Mapping[str, Any]) -> str:
    if step["change"]:
        return f"{step['value'] - step['change']} → {step['value']}"
    return f"{'/'.join(step['left'])} → {'/'.join(step['entered'])}, still {step['value']}"


def _tag(of: FeedOf) -> str:
    authority, _, path = of.origin.partition("/")
    parts = "/".join(filter(None, (path, "reports", of.report)))
    return f"tag:{authority},{of.frozen_at[:10]}:{parts}"


def _add(parent: Xml.Element, name: str, text: str | None = None, **attributes: str) -> Xml.Element:
    made = Xml.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    made.text = text
    return made
