"""The counting rules and vocabularies in force: data that a ledger adopts with `RulesAdopted`.

A term is looked up in the rules in force at the event's own index, so a change of method is as
traceable as a change of fact, and an organisation adds terms without touching code.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from domain.errors import Invalid, Rejected

_TERM = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_MEMBERS = {"version", "massacre_threshold", "massacre_statuses", "measures", "vocabularies"}

# What these count is not a matter of kinds of claims.
_OWN_MEASURES = frozenset({"incidents", "massacres", "violations"})

JOINT = "joint"  # the group of every row that two or more parties share

# A vocabulary whose terms all have their parent in another one.
_PARENTS = {"district": "governorate"}


class Term(NamedTuple):
    """One word of a vocabulary: labels for people and, in a tree, its parent's identifier.

    A district's parent is its governorate; every other parent is of the same vocabulary.
    """

    en: str
    ar: str
    parent: str | None = None


class _AnyTerm(dict[str, "Term"]):
    """A vocabulary that holds every word: for reading again what was accepted once."""

    def __contains__(self, word: object) -> bool:
        return True


class _AnyVocabulary(dict[str, Mapping[str, "Term"]]):
    def get(self, name: str, default: Any = None) -> Mapping[str, Term]:
        return _ANY_TERM


_ANY_TERM = _AnyTerm()


class Rules(NamedTuple):
    """One adopted version. `massacre_threshold` is a number of persons killed in one incident.

    `measures` says which kinds of claims each measure counts, ascending.
    """

    version: int
    massacre_threshold: int
    massacre_statuses: tuple[str, ...]
    vocabularies: Mapping[str, Mapping[str, Term]]
    measures: Mapping[str, tuple[str, ...]]

    def vocabulary(self, name: str) -> Mapping[str, Term]:
        """The terms of a vocabulary by identifier; empty when the rules do not have it."""
        return self.vocabularies.get(name, {})

    def label(self, vocabulary: str, term: str, language: str = "en") -> str:
        """The term for people; a joint row is spelled out, an unknown word is shown as it is."""
        if vocabulary in ("party", "party-group", "source-kind") and "+" in term:
            joiner = " and " if language == "en" else " و"
            return joiner.join(self.label(vocabulary, part, language) for part in term.split("+"))
        found = self.vocabulary("party" if vocabulary == "party-group" else vocabulary).get(term)
        return term if found is None else (found.en if language == "en" else found.ar)

    def lineage(self, party: str) -> tuple[str, ...]:
        """A party and those above it in the tree, the top first; an unknown one stands alone."""
        parties = self.vocabulary("party")
        found = [party]
        while (term := parties.get(found[-1])) is not None and term.parent is not None:
            found.append(term.parent)
        return tuple(reversed(found))

    def group(self, row: str) -> str:
        """The top-level party that a row of a toll by party belongs to.

        A joint row belongs to the one that all its parties are under, or to `joint`.
        """
        tops = {self.lineage(party)[0] for party in row.split("+")}
        return tops.pop() if len(tops) == 1 else JOINT


# An accepted event was judged by the rules of its time; reading it again judges nothing.
ACCEPTED = Rules(0, 1, (), _AnyVocabulary(), {})


def require_term(rules: Rules, vocabulary: str, value: Any, where: str) -> str:
    """Return `value` when the vocabulary in force holds it; otherwise reject, naming near ones."""
    terms = rules.vocabulary(vocabulary)
    if type(value) is str and value in terms:
        return value
    raise Rejected(
        "unknown-term",
        f"{str(value)[:100]!r} is not in the vocabulary {vocabulary!r} of rules version "
        f"{rules.version}; use one of: {', '.join(_near(terms, value))}",
        where=where,
    )


def require_term_under(rules: Rules, vocabulary: str, value: Any, parent: str, where: str) -> str:
    """The same for a term whose parent is given, naming those that are under this parent."""
    terms = rules.vocabulary(vocabulary)
    term = terms.get(value) if type(value) is str else None
    if term is None and type(value) is str and value in terms:
        return value  # rules that judge nothing (ACCEPTED) hold every word and know no parent
    if term is not None and term.parent == parent:
        return str(value)
    under = {name: one for name, one in terms.items() if one.parent == parent}
    if term is None:
        return require_term(
            rules._replace(vocabularies={vocabulary: under or terms}), vocabulary, value, where
        )
    near = ", ".join(f"{name} ({under[name].en})" for name in _near(under, value))
    raise Rejected(
        f"{vocabulary}-elsewhere",
        f"{value} ({term.en}) lies in {term.parent}, not in {parent}; use one of: {near}",
        where=where,
    )


def _near(terms: Mapping[str, Term], value: Any) -> list[str]:
    """The terms nearest to what was written; a label counts: a place's name for its code."""
    written = str(value)[:100]
    if near := difflib.get_close_matches(written, terms, n=3, cutoff=0.5):
        return near
    labels = {
        label.casefold(): name for name, term in terms.items() for label in (term.en, term.ar)
    }
    near = difflib.get_close_matches(written.casefold(), labels, n=3, cutoff=0.7)
    return list(dict.fromkeys(labels[label] for label in near)) or sorted(terms)[:8]


def read_rules(document: Mapping[str, Any]) -> Rules:
    """Read the body of `RulesAdopted`; raises Invalid naming the member that is wrong."""
    if set(document) != _MEMBERS:
        odd = sorted(set(document) ^ _MEMBERS)
        raise Invalid(f"rules: members missing or unknown: {', '.join(odd)}")
    version, threshold = document["version"], document["massacre_threshold"]
    if type(version) is not int or version < 1:
        raise Invalid("rules.version: must be an integer from 1")
    if type(threshold) is not int or not 1 <= threshold <= 1_000_000:
        raise Invalid("rules.massacre_threshold: must be an integer from 1")
    if type(document["vocabularies"]) is not dict:
        raise Invalid("rules.vocabularies: must be an object")
    vocabularies = {
        name: _read_vocabulary(name, terms) for name, terms in document["vocabularies"].items()
    }
    for name, above in _PARENTS.items():
        for identifier, term in vocabularies.get(name, {}).items():
            if term.parent not in vocabularies.get(above, {}):
                raise Invalid(
                    f"rules.vocabularies.{name}.{identifier}: parent {term.parent!r} is not in the "
                    f"vocabulary {above!r}"
                )
    statuses = document["massacre_statuses"]
    known = vocabularies.get("status", {})
    if type(statuses) is not list or not all(type(s) is str and s in known for s in statuses):
        raise Invalid("rules.massacre_statuses: must be a list of terms of the vocabulary status")
    measures = _read_measures(document["measures"], vocabularies)
    return Rules(version, threshold, tuple(statuses), vocabularies, measures)


def _read_measures(
    written: Any, vocabularies: Mapping[str, Mapping[str, Term]]
) -> dict[str, tuple[str, ...]]:
    """Which kinds of claims each measure counts; deaths are counted under any rules."""
    if type(written) is not dict or "deaths" not in written:
        raise Invalid("rules.measures: must be an object that has deaths")
    names, known = vocabularies.get("measure", {}), vocabularies.get("claim-kind", {})
    for name, kinds in written.items():
        where = f"rules.measures.{name}"
        if name not in names or name in _OWN_MEASURES:
            raise Invalid(f"{where}: must be of the vocabulary 'measure', and counted by kind")
        if type(kinds) is not list or not kinds:
            raise Invalid(f"{where}: must be a list of terms of the vocabulary claim-kind")
        for kind in kinds:
            if type(kind) is not str or kind not in known:
                raise Invalid(f"{where}: {str(kind)[:100]!r} is not in the vocabulary 'claim-kind'")
        if len(set(kinds)) != len(kinds):
            raise Invalid(f"{where}: names a kind twice")
    return {name: tuple(sorted(kinds)) for name, kinds in written.items()}


def _read_vocabulary(name: str, terms: Any) -> dict[str, Term]:
    if type(terms) is not dict or not terms:
        raise Invalid(f"rules.vocabularies.{name}: must be an object of terms, not empty")
    read: dict[str, Term] = {}
    for identifier, written in terms.items():
        where = f"rules.vocabularies.{name}.{identifier}"
        if not _TERM.fullmatch(identifier):
            raise Invalid(f"{where}: identifiers are letters, digits and single hyphens")
        if type(written) is not dict or not {"en", "ar"} <= set(written) <= {"en", "ar", "parent"}:
            raise Invalid(f"{where}: must have the members en, ar and at most parent")
        if not all(type(text) is str and text for text in written.values()):
            raise Invalid(f"{where}: labels and parent are non-empty text")
        read[identifier] = Term(written["en"], written["ar"], written.get("parent"))
    if name in _PARENTS:
        return read
    for identifier, term in read.items():
        seen, at = {identifier}, term.parent
        while at is not None:
            if at not in read or at in seen:
                raise Invalid(f"rules.vocabularies.{name}.{identifier}: parent {at!r} is no root")
            seen.add(at)
            at = read[at].parent
    return read


@cache
def shipped_document() -> dict[str, Any]:
    """The rules that this version of the software ships and `sijill init` adopts."""
    text = resources.files("domain").joinpath("rules-1.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
