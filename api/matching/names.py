"""Names of persons, compared across spellings and across the Arabic and the Latin script.

A name is a row of parts: the given name, then the father's, the family's. Each part is kept in the
letters it was written in and as two keys that both scripts share: its consonants, and the vowels
between them. Arabic writes only long vowels and Latin writes any, so a vowel that one side leaves
out says nothing, while one that both write must be of the same colour: Yousef is Yusuf and يوسف,
but Hasan is not Hussein, nor حسن حسين.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

MAX_NAME = 500  # characters that are read; longer ones are no name
MAX_PARTS = 8


class Likeness(IntEnum):
    """How two parts agree. NEAR is no evidence: a slip of the pen, or another name."""

    DIFFERENT = 0
    NEAR = 1
    ALIKE = 2
    SAME = 3


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


class Part(NamedTuple):
    """One part of a name; never printed. `vowels` has one place before, between and after the
    consonants; `arabic` is its script.
    """

    letters: str
    consonants: str
    vowels: tuple[str, ...]
    arabic: bool

    def __repr__(self) -> str:
        return "Part(…)"


class Spelling(NamedTuple):
    """A name in one script."""

    parts: tuple[Part, ...]


class Name(NamedTuple):
    """A person's name in every script it is known in; never printed, see `__repr__`."""

    spellings: tuple[Spelling, ...]

    def __repr__(self) -> str:
        return f"Name({len(self.spellings)} spellings)"

    def __bool__(self) -> bool:
        return bool(self.spellings)


# --- reading

_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]")
_FOLDED = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ىیېئ", "ي"),
        **dict.fromkeys("ؤۆۇ", "و"),
        **dict.fromkeys("ةھہەۃ", "ه"),
        **dict.fromkeys("کڪ", "ك"),
        "گ": "غ",
        "پ": "ب",
        "چ": "ج",
        "ڤ": "ف",
        # Hamza on the line, tatweel, and marks of direction are no letters.
        **dict.fromkeys("ءـ\u200b\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069\ufeff"),
    }
)
# One letter with a mark where others write two: Turkish and scholars' spelling.
_MARKED = str.maketrans(
    {"ş": "sh", "š": "sh", "ç": "ch", "č": "ch", "ḫ": "kh", "ḵ": "kh", "ġ": "gh", "ṯ": "th"}
    | {"ḏ": "dh", "ǧ": "j", "ı": "i", "ʿ": None, "ʾ": None, "ʼ": None, "‘": None, "`": None}
)
# Both scripts are written in these: `x` is خ, `c` is ش; what Latin spells one way is one letter.
_CONSONANTS = {
    **dict(zip("بتثجحخدذرزسشصضطظغفقكلمنه", "bttjhxdzrzscsdtzgfkklmnh", strict=True)),
    "ع": "",
}
_DIGRAPHS = (
    ("sch", "c"),
    ("sh", "c"),
    ("ch", "c"),
    ("kh", "x"),
    ("gh", "g"),
    ("th", "t"),
    ("dh", "d"),
    ("dj", "j"),
    ("ph", "f"),
    ("ck", "k"),
    ("ee", "i"),
    ("oo", "u"),
)
_LATIN = {**{letter: letter for letter in "bdfghjklmnrstz"}, "q": "k", "c": "k", "p": "b", "v": "f"}
# Sounds that Latin letters spell for one another; each pair is sorted.
_CONFUSED = frozenset({"gj", "gk", "gx", "hx", "kx"})
# Short vowels that Arabic leaves out and everybody knows, where leaving them out makes one of two:
# Muhammad of Mahmud, Umar of Amir, Hasan of Husayn.
_SAID = {"محمد": ("", "u", "a", "a", ""), "عمر": ("u", "a", ""), "حسن": ("", "a", "a", "")}
# Letters that are written for one another by ear.
_HEARD = str.maketrans("ظذز", "ضدد")

_LATIN_ARTICLE = re.compile(r"^(?:al|el|ul)(?:-|(?=[bcdfghjklmnpqrstvwyz]))(?=.{3})")
# The article takes on the sound of the letter that follows it: ar-Rifai, ash-Shami.
_SUN_ARTICLE = re.compile(r"^[aeu](sh|th|dh|[rsdtnz])-(?=\1)")
_LATIN_SERVANT = re.compile(r"abd(?:(?:[aeou]|ou)[lrnszdt]?)?-?(.*)")
_LATIN_RELIGION = re.compile(r"(.{2,}?)-?(?:[aeu]l?d?-?)?d+[iy]+n+e?")
_ARTICLES = frozenset({"al", "el", "ul", "ال"})
_SERVANTS = frozenset({"عبد", "abd", "abdul", "abdel", "abdal", "abdol", "abdoul"})
_RELIGION = frozenset({"الدين", "din", "deen", "eddin", "eddine", "uddin", "aldin", "aldeen"})
_PARENTS = frozenset({"ابو", "ابا", "ابي", "ام", "abu", "abo", "abou", "um", "umm", "om", "oum"})
_FILLERS = frozenset({"بن", "ابن", "بنت", "bin", "ibn", "ben", "bint", "ould"})
_TITLES = frozenset(
    {"الشهيد", "شهيد", "الحاج", "حاج", "الحاجه", "دكتور", "الدكتور", "الشيخ", "السيد", "السيده"}
    | {"martyr", "haj", "hajj", "haji", "dr", "sheikh", "sheik", "mr", "mrs", "ms"}
)
_SHORTENED = {"mhd": "mohamad", "mohd": "mohamad", "md": "mohamad", "moh": "mohamad", "طه": "طاها"}


def read_name(*texts: str) -> Name:
    """A name from the texts in which it is known, each in one script; texts without one drop."""
    return Name(tuple(found for text in texts if (found := _read(text)).parts))


def _read(text: str) -> Spelling:
    folded = _fold(text[:MAX_NAME])
    words = [word for word in re.split(r"[^\w'-]+", folded.replace("’", "'")) if word.strip("'-")]
    words = [word.strip("'-") for word in words]
    if len(words) > 2 and words[0] in _TITLES:
        words = words[1:]
    words = [word for word in words if word not in _FILLERS]
    parts = (_part(compound) for compound in _compounds(words))
    return Spelling(tuple(part for part in parts if part.consonants or part.letters)[:MAX_PARTS])


def _fold(text: str) -> str:
    """Lower case, without marks: tashkeel, tatweel, accents, forms that differ only in shape."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_MARKED)).translate(_FOLDED)
    # NFKD takes hamza and madda off their letters as marks, and dots and macrons off Latin ones.
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _compounds(words: Sequence[str]) -> list[str]:
    """Tokens that are one part are joined, and articles dropped: abd al-rahman, abu zayd."""
    joined: list[str] = []
    prefix = ""
    for written in words:
        word = _bare(written) if "-" in written else written
        if word in _ARTICLES:
            continue
        if word in _SERVANTS or word in _PARENTS:
            joined += [prefix] if prefix else []
            prefix = "عبد" if word == "عبد" else "abd" if word in _SERVANTS else word
            continue
        if word in _RELIGION and joined and not prefix:
            joined[-1] += "دين" if _ARABIC.search(word) else "din"
            continue
        if prefix == "عبد" and word.startswith("ال"):
            joined.append(prefix + word[2:])
        else:
            joined.append(prefix + _without_article(word))
        prefix = ""
    return [*joined, prefix] if prefix else joined


def _without_article(word: str) -> str:
    if _ARABIC.match(word):
        if word.startswith("عبدال") and len(word) > 6:
            return "عبد" + word[5:]
        return word[2:] if word.startswith("ال") and len(word) > 4 else _SHORTENED.get(word, word)
    if word in _SHORTENED:
        return _SHORTENED[word]
    if (servant := _LATIN_SERVANT.fullmatch(word)) and len(servant[1]) > 2:
        return "abd" + servant[1]
    if (faith := _LATIN_RELIGION.fullmatch(word)) and len(word) > 6:
        return faith[1].rstrip("-") + "din"
    return _bare(word)


def _bare(word: str) -> str:
    return _LATIN_ARTICLE.sub("", _SUN_ARTICLE.sub("", word))


@lru_cache(maxsize=65536)
def _part(letters: str) -> Part:
    arabic = _ARABIC.search(letters) is not None
    sounds = _arabic_sounds(letters) if arabic else _latin_sounds(letters)
    consonants: list[str] = []
    vowels = [""]
    for sound in sounds:
        if sound[0] in "aeiouAEIUY":
            vowels[-1] += sound
        elif arabic or not consonants or consonants[-1] != sound or vowels[-1]:
            # Latin doubles what Arabic writes once: Abbas is عباس, but ممدوح Mamdouh.
            consonants.append(sound)
            vowels.append("")
    if consonants[-1:] == ["h"] and not vowels[-1] and (len(consonants) > 1 or len(letters) > 2):
        # Fatima and Fatimah, Saleh and صالح: a last h is as often left out as written.
        consonants.pop()
        vowels.pop()
    said = _SAID.get(letters, tuple(vowels))
    return Part(re.sub(r"\W", "", letters), "".join(consonants), said, arabic)


def _arabic_sounds(letters: str) -> list[str]:
    """Long vowels are I, U and A, the rest consonants."""
    sounds: list[str] = []
    for place, letter in enumerate(letters):
        if letter in "وي":
            first = place == 0 and len(letters) > 1
            sounds.append(letter.translate({ord("و"): "w", ord("ي"): "y"}) if first else "")
            if not first:
                sounds[-1] = "U" if letter == "و" else "I"
            if letter == "ي" and place == len(letters) - 1:
                sounds[-1] = "Y"  # ى and ي are written for each other: Mustafa and Ali end alike
        elif letter == "ا":
            # At the beginning it carries some vowel, any: Ahmad, Ibrahim, Usama.
            sounds.append("E" if place == 0 else "A")
        else:
            sounds.append(_CONSONANTS.get(letter, ""))
    return [sound for sound in sounds if sound]


def _latin_sounds(letters: str) -> list[str]:
    """Vowels as written: two that make a long one are I or U."""
    plain = letters
    for written, sound in _DIGRAPHS:
        plain = plain.replace(written, sound.upper())
    sounds: list[str] = []
    for place, letter in enumerate(plain):
        if letter in "wy" and place == 0:
            sounds.append(letter)
        elif letter in "aeiouwy":
            sounds.append("u" if letter == "w" else "i" if letter == "y" else letter)
        elif letter == "x":
            sounds += ["k", "s"]
        elif letter.isupper():
            sounds += [letter.lower() * 2] if letter in "IU" else [letter.lower()]
        else:
            sounds.append(_LATIN.get(letter, ""))
    return [sound for sound in sounds if sound]


# --- comparing


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
    pairs = sorted(
        ((compare_parts(a, b), i, j) for i, a in enumerate(one) for j, b in enumerate(other)),
        # Told apart without regard to which row is which, so that either order gives one answer.
        key=lambda pair: (-pair[0], abs(pair[1] - pair[2]), pair[1] + pair[2]),
    )
    used: tuple[set[int], set[int]] = (set(), set())
    found: list[Likeness] = []
    for likeness, i, j in pairs:
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            found.append(likeness)
    return found


def part_keys(name: Name) -> frozenset[str]:
    """The consonants of every part: what two spellings of a name are likely to share."""
    return frozenset(
        part.consonants for spelling in name.spellings for part in spelling.parts if part.consonants
    )


def place_key(name: str) -> str:
    """The consonants of a place's name: one for its spellings in both scripts."""
    found = _read(name).parts
    return " ".join(sorted(part.consonants for part in found))
