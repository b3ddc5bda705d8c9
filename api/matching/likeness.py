"""How names agree: part by part, then as a whole, across spellings and scripts."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

from rapidfuzz.distance import OSA

from api.matching.names import Name, Part

# Sounds that Latin letters spell for one another; each pair is sorted.
_CONFUSED = frozenset({"gj", "gk", "gx", "hx", "kx"})
# Letters that are written for one another by ear.
_HEARD = str.maketrans("ظذز", "ضدد")


class Likeness(IntEnum):
    """How two parts agree. NEAR is no evidence: a slip of the pen, or another name."""

    DIFFERENT = 0
    NEAR = 1
    ALIKE = 2
    SAME = 3


_LIKENESSES = tuple(Likeness)


class Agreement(IntEnum):
    """How two whole names agree, weakest first."""

    NONE = 0
    RELATIVES = 1  # all but the given name: brothers and sisters who died together
    GIVEN_NEAR = 2  # as well twins, Hasan and Hussein
    GIVEN_ONLY = 3  # nothing else to compare
    PARTIAL = 4  # the given name and another, but not all
    REST_NEAR = 5
    REORDERED = 6
    ALIKE = 7
    SAME = 8


@lru_cache(maxsize=1 << 20)
def compare_parts(one: Part, other: Part) -> Likeness:
    """How two parts of names agree."""
    if one.letters == other.letters:
        return Likeness.SAME
    if one.consonants == other.consonants and (
        one.consonants or (any(one.vowels) and any(other.vowels))
    ):
        places = enumerate(zip(one.vowels, other.vowels, strict=True))
        clash = any(_clash(a, b, first=place < 2) for place, (a, b) in places)
        return Likeness.NEAR if clash else Likeness.SAME
    if one.arabic and one.letters.translate(_HEARD) == other.letters.translate(_HEARD):
        return Likeness.ALIKE
    shorter = min(len(one.consonants), len(other.consonants))
    edits = OSA.distance(one.consonants, other.consonants, score_cutoff=2)
    if edits > 1 or shorter < 2:
        return Likeness.DIFFERENT
    if shorter >= 4 or (edits == 1 and shorter >= 3 and _confused(one, other)):
        return Likeness.ALIKE
    return Likeness.NEAR if shorter >= 3 else Likeness.DIFFERENT


def _confused(one: Part, other: Part) -> bool:
    """Whether the one letter that differs is one that sounds like the other."""
    if len(one.consonants) != len(other.consonants):
        return False
    pairs = zip(one.consonants, other.consonants, strict=True)
    return all("".join(sorted(pair)) in _CONFUSED for pair in pairs if pair[0] != pair[1])


_COLOURS = str.maketrans({"A": "a", "I": "i", "U": "uu", "Y": "ai", "o": "u", "e": None, "E": None})
_LONG_U = "uu"


def _clash(one: str, other: str, *, first: bool) -> bool:
    """Whether two spellings of one place between consonants cannot be the same vowel.

    e is any short vowel said carelessly. A long vowel that the other leaves out clashes too: Arabic
    writes it, and so سالم is not سلم.
    """
    if not one or not other:
        written = one or other
        # Moustafa is Mustafa in a French hand, but the last vowel of Mahmoud is long.
        short = len(written) == 1 or (first and written == "ou")
        return bool(written) and (written.isupper() or not short)
    a, b = set(one.translate(_COLOURS)), set(other.translate(_COLOURS))
    if a and b:
        return not a & b
    return _LONG_U in (one.translate(_COLOURS), other.translate(_COLOURS))


def share_script(one: Name, other: Name) -> bool:
    """Whether two names are both known in one script, so that nothing need be transliterated."""
    scripts = ({spelling.parts[0].arabic for spelling in name.spellings} for name in (one, other))
    return bool(set.intersection(*scripts))


def compare_names(one: Name, other: Name) -> Agreement | None:
    """How two names agree at best over their spellings; None when either is not known.

    A script that both are known in is asked first: it says more than a transliteration.
    """
    if not one or not other:
        return None
    pairs = [(a, b) for a in one.spellings for b in other.spellings]
    same_script = [(a, b) for a, b in pairs if a.parts[0].arabic == b.parts[0].arabic]
    return max(_compare(a.parts, b.parts) for a, b in same_script or pairs)


def _compare(one: tuple[Part, ...], other: tuple[Part, ...]) -> Agreement:
    given = compare_parts(one[0], other[0])
    rest = _align(one[1:], other[1:])
    agreed = sum(likeness >= Likeness.ALIKE for likeness in rest)
    refused = len(rest) - agreed
    if given >= Likeness.ALIKE:
        found = _same_given(given, rest, agreed)
    # A father's name is within his child's: only as many parts can be the same ones moved.
    elif len(one) == len(other) > 1 and min(_align(one, other)) >= Likeness.ALIKE:
        found = Agreement.REORDERED
    elif agreed and not refused:
        found = Agreement.GIVEN_NEAR if given == Likeness.NEAR else Agreement.RELATIVES
    else:
        found = Agreement.NONE
    return found


def _same_given(given: Likeness, rest: list[Likeness], agreed: int) -> Agreement:
    if not rest:
        return Agreement.GIVEN_ONLY
    if min(rest) == Likeness.DIFFERENT:
        return Agreement.PARTIAL if agreed else Agreement.NONE
    if not agreed:
        return Agreement.REST_NEAR
    return Agreement.SAME if min(given, *rest) == Likeness.SAME else Agreement.ALIKE


def _align(one: tuple[Part, ...], other: tuple[Part, ...]) -> list[Likeness]:
    """The likeness of each part of the shorter row with one of the other's: best ones first."""
    pairs = [
        # Told apart without regard to which row is which, so that either order gives one answer.
        (-likeness, abs(i - j), i + j, i, j)
        for i, a in enumerate(one)
        for j, b in enumerate(other)
        if (likeness := compare_parts(a, b))
    ]
    pairs.sort()
    used: tuple[set[int], set[int]] = (set(), set())
    found: list[Likeness] = []
    for negative, _, _, i, j in pairs:
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            found.append(_LIKENESSES[-negative])
    return found + [Likeness.DIFFERENT] * (min(len(one), len(other)) - len(found))
