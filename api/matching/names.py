"""Names of persons, read into parts that the Arabic and the Latin script share.

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
from functools import lru_cache
from typing import NamedTuple

MAX_NAME = 500  # characters that are read; longer ones are no name
MAX_PARTS = 8


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

    def __hash__(self) -> int:
        # The rest follows from the letters, and parts are looked up by the million.
        return hash(self.letters)


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
# Short vowels that Arabic leaves out and everybody knows, where leaving them out makes one of two:
# Muhammad of Mahmud, Umar of Amir, Hasan of Husayn.
_SAID = {"محمد": ("", "u", "a", "a", ""), "عمر": ("u", "a", ""), "حسن": ("", "a", "a", "")}
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


def part_keys(name: Name) -> frozenset[str]:
    """The consonants of every part: what two spellings of a name are likely to share."""
    return frozenset(
        part.consonants for spelling in name.spellings for part in spelling.parts if part.consonants
    )


def place_key(name: str) -> str:
    """The consonants of a place's name: one for its spellings in both scripts."""
    found = _read(name).parts
    return " ".join(sorted(part.consonants for part in found))
