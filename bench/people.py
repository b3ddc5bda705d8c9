"""Invented people and the claims that two careless lists would make of them, with the truth kept.

Given names are common ones, families and places are made of random syllables, so nobody here is a
person. A name is kept as sounds: capitals are long vowels and emphatic or throaty consonants. From
these it is written in Arabic (which leaves short vowels out) or in Latin letters in one of the
many ways in which documenters do; nothing is shared with the code that is measured.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from api.matching.names import read_name
from api.matching.person import Person
from domain.dates import parse_dates

_MEN = (
    "muHammad aHmad 3alI maHmUd Husayn Hasan xAlid 3umar yUsuf ibrAhIm 3abd+raHmAn muSTafY "
    "3abd+lah xalIl ismA3Il Hamz@ bilAl walId 3Amir salIm sAlim samIr rAmI 3imAd ziyAd nUr+dIn "
    "mAjid firAs anas usAm@ yAsir yAsIn jamAl kamAl karIm 3Adil nizAr qAsim raDwAn SAliH SalAH "
    "$AdI TAriq 3uvmAn dAwUd zayd bakr hA$im luqmAn jihAd badr+dIn 3abd+karIm mamdUH 3abbAs gassAn"
).split()
_WOMEN = (
    "fATim@ zaynab maryam xadIj@ Amin@ rImA ranA lInA hudY laylY salmY nUr hib@ rAniy@ munY "
    "widAd amal su3Ad bu$rY rahaf lamA bayAn HanAn 3abIr jumAn@ nisrIn samIr@ jamIl@ yAsmIn"
).split()
# Two children of one family are often named so: what looks like one name are two.
_TWINS = (("Hasan", "Husayn"), ("muHammad", "maHmUd"), ("3umar", "3Amir"))

# sound -> (Arabic, ways to write it in Latin letters, the usual ones first)
_SOUNDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "b": ("ب", ("b",)),
    "t": ("ت", ("t",)),
    "T": ("ط", ("t",)),
    "v": ("ث", ("th", "th", "t")),
    "j": ("ج", ("j", "j", "g", "dj")),
    "H": ("ح", ("h",)),
    "x": ("خ", ("kh", "kh", "kh", "k")),
    "d": ("د", ("d",)),
    "D": ("ض", ("d", "d", "dh")),
    "r": ("ر", ("r",)),
    "z": ("ز", ("z",)),
    "Z": ("ظ", ("z", "dh")),
    "s": ("س", ("s",)),
    "S": ("ص", ("s",)),
    "$": ("ش", ("sh", "sh", "ch")),
    "3": ("ع", ("", "", "'")),
    "g": ("غ", ("gh", "gh", "g")),
    "f": ("ف", ("f",)),
    "q": ("ق", ("q", "k")),
    "k": ("ك", ("k",)),
    "l": ("ل", ("l",)),
    "m": ("م", ("m",)),
    "n": ("ن", ("n",)),
    "h": ("ه", ("h",)),
    "w": ("و", ("w",)),
    "y": ("ي", ("y",)),
    "a": ("", ("a", "a", "a", "e")),
    "i": ("", ("i", "i", "e")),
    "u": ("", ("u", "u", "o", "ou")),
    "A": ("ا", ("a", "a", "a", "a", "aa")),
    "I": ("ي", ("i", "i", "ee")),
    "U": ("و", ("ou", "u", "oo")),
    "Y": ("ى", ("a",)),
    "@": ("ة", ("a", "a", "ah")),
    "ay": ("ي", ("ai", "ei", "ay", "ey")),
    "aw": ("و", ("aw", "au")),
}
_ARTICLES = ("al-", "al-", "Al ", "El-", "")


class Someone(NamedTuple):
    """Who somebody is and what happened, as it was."""

    given: str
    father: str
    family: str
    article: bool
    woman: bool
    child: bool
    born: date
    died: date
    governorate: str
    place: str


class Sample(NamedTuple):
    """Claims, and which pairs of their numbers are truly of one person."""

    persons: list[Person]
    truth: frozenset[tuple[int, int]]


def sample(claims: int, duplicates: int, seed: int) -> Sample:
    """So many claims, of which so many repeat another; the same for the same seed."""
    draw = random.Random(seed)
    people = list(_people(draw, claims - duplicates))
    order = [*range(len(people)), *draw.sample(range(len(people)), duplicates)]
    draw.shuffle(order)
    first: dict[int, int] = {}
    truth = set()
    persons = []
    for number, one in enumerate(order):
        persons.append(_claim(draw, people[one], number, careless=one in first))
        if one in first:
            truth.add((first[one], number))
        first[one] = number
    return Sample(persons, frozenset(truth))


# --- who they are


def _people(draw: random.Random, size: int) -> Iterator[Someone]:
    families = [_invented(draw) + draw.choice(("", "I")) for _ in range(1_200)]
    places = {f"SY{n:02}": [_invented(draw) for _ in range(40)] for n in range(1, 15)}
    made: list[Someone] = []
    while len(made) < size:
        governorate = f"SY{min(int(draw.expovariate(0.25)), 13) + 1:02}"
        place = draw.choice(places[governorate])
        died = date(2011, 3, 15) + timedelta(days=draw.randrange(3_500))
        here: list[Someone] = []
        kind = draw.random()
        alone = _someone(draw, _zipf(draw, families, 25), died, governorate, place)
        if kind < 0.72:
            here.append(alone)
        elif kind < 0.80 and made:
            # A namesake: another person of the same name somewhere else.
            other = draw.choice(made)
            here.append(alone._replace(given=other.given, family=other.family, woman=other.woman))
        elif kind < 0.85 and made:
            # A namesake whose father has the same name too.
            other = draw.choice(made)
            name = {"given": other.given, "father": other.father, "family": other.family}
            here.append(alone._replace(**name, woman=other.woman))
        elif kind < 0.87:
            # Twins whose names look alike.
            twins = draw.choice(_TWINS)
            here += [alone._replace(given=twin, woman=False, child=True) for twin in twins]
        elif kind < 0.875:
            # Cousins of one name, told apart by their fathers' alone.
            later = alone.born + timedelta(days=draw.randrange(-3_000, 3_000))
            here += [alone, alone._replace(father=draw.choice(_MEN), born=later)]
        else:
            # A house that was hit: brothers and sisters, one day, one place.
            for given in draw.sample(_MEN[:20], 2) + draw.sample(_WOMEN, draw.randrange(1, 4)):
                born = alone.born + timedelta(days=draw.randrange(-4_000, 4_000))
                here.append(alone._replace(given=given, woman=given in _WOMEN, born=born))
        made += here
    yield from made[:size]


def _someone(draw: random.Random, family: str, died: date, governorate: str, place: str) -> Someone:
    woman = draw.random() < 0.2
    child = draw.random() < 0.2
    age = draw.randrange(1, 18) if child else draw.randrange(18, 75)
    return Someone(
        _zipf(draw, _WOMEN if woman else _MEN, 3),
        _zipf(draw, _MEN, 3),
        family,
        draw.random() < 0.6,
        woman,
        child,
        died - timedelta(days=age * 365 + draw.randrange(365)),
        died,
        governorate,
        place,
    )


def _invented(draw: random.Random) -> str:
    """Syllables that sound right and mean nothing."""
    sound = lambda: draw.choice("btTjHxdDrzsS$3gfqklmnhwy")  # noqa: E731
    shape = draw.choice(
        ("CaCCUC", "CACiC", "CuCayC", "CaCCAC", "CaCIC", "CiCCAC", "CaCaCA", "CUCAC")
    )
    return "".join(sound() if letter == "C" else letter for letter in shape)


def _zipf(draw: random.Random, words: list[str], flat: int) -> str:
    """A word, the early ones more often, as with real names."""
    weights = [1 / (rank + flat) for rank in range(len(words))]
    return draw.choices(words, weights)[0]


# --- what is written of them


def _claim(draw: random.Random, one: Someone, number: int, *, careless: bool) -> Person:
    """A claim. A second list errs more: typos, dates swapped or shifted, things left out."""
    script = draw.random()
    names = []
    parts = [one.given, one.father, one.family] if draw.random() < 0.7 else [one.given, one.family]
    if script < 0.65:
        names.append(_arabic(draw, parts, one.article, slip=careless and draw.random() < 0.2))
    if script >= 0.55:
        names.append(_latin(draw, parts, one.article, slip=careless and draw.random() < 0.2))
    if careless and draw.random() < 0.03:
        names = [" ".join(reversed(name.split())) for name in names]
    if draw.random() < 0.01:
        names = []
    governorate: str | None = one.governorate
    place: str | None = _latin(draw, [one.place], False, slip=False)
    if draw.random() < 0.4:
        place = None
    if careless and draw.random() < 0.04:
        governorate, place = f"SY{draw.randrange(1, 15):02}", None
    elif draw.random() < 0.03:
        governorate = place = None
    woman = one.woman != (careless and draw.random() < 0.01)
    child = one.child != (careless and draw.random() < 0.03)
    happened, born = _happened(draw, one.died, careless=careless), _born(draw, one.born)
    return Person(
        claim=f"claim/{number}",
        number=number,
        kind="killing",
        name=read_name(*names),
        national_id=None,
        born=None if born is None else parse_dates(born),
        happened=None if happened is None else parse_dates(happened),
        governorate=governorate,
        place=place,
        sex=None if draw.random() < 0.05 else "female" if woman else "male",
        age_group=None if draw.random() < 0.25 else "child" if child else "adult",
        lists=(),
    )


def _happened(draw: random.Random, died: date, *, careless: bool) -> str | None:
    chance = draw.random()
    if chance < 0.05:
        return None
    if chance < 0.12:
        return f"{died:%Y-%m}"
    if not careless or chance < 0.75:
        return died.isoformat()
    if chance < 0.80 and died.day <= 12:
        return date(died.year, died.day, died.month).isoformat()
    if chance < 0.92:
        return (died + timedelta(days=draw.choice((-3, -2, -1, 1, 2, 3)))).isoformat()
    if chance < 0.97:
        return (died + timedelta(days=draw.randrange(-31, 32))).isoformat()
    return f"{died.year - 1}-{died:%m}-{min(died.day, 28):02}"


def _born(draw: random.Random, born: date) -> str | None:
    chance = draw.random()
    if chance < 0.65:
        return None
    return str(born.year + (draw.random() < 0.1)) if chance < 0.85 else born.isoformat()


def _arabic(draw: random.Random, parts: list[str], article: bool, *, slip: bool) -> str:
    words = []
    for position, part in enumerate(parts):
        text, sounds = "", _sounds(part)
        for place, sound in enumerate(sounds):
            if sound == "+":
                text += draw.choice((" ال", "ال"))
            elif place == 0 and sound in "aiu":
                text += draw.choice("أا") if sound != "i" else draw.choice("إا")
            elif place == 0 and sound == "A":
                text += draw.choice("آا")
            elif place == 0 or sound != sounds[place - 1]:  # a doubled letter is written once
                text += _SOUNDS[sound][0] if sound != "@" else draw.choice("ةةه")
        last = position == len(parts) - 1
        words.append(f"ال{text}" if last and article and draw.random() < 0.85 else text)
    if slip:
        place = draw.randrange(len(words))
        words[place] = _slip(draw, words[place], "ابتحدرسعفقلمنهوي")
    return " ".join(words)


def _latin(draw: random.Random, parts: list[str], article: bool, *, slip: bool) -> str:
    words = []
    for position, part in enumerate(parts):
        text, before = "", ""
        for sound in _sounds(part):
            if sound == "+":
                servant = part.startswith("3abd")
                text += draw.choice(("ul ", "ul", " al-", "el ") if servant else (" al-", "ed"))
            elif sound == before and draw.random() < 0.3:
                continue  # a doubled letter written once
            elif before in ("", "3") and sound == "a":
                text += sound
            else:
                text += draw.choice(_SOUNDS[sound][1])
            before = sound
        last = position == len(parts) - 1
        words.append((draw.choice(_ARTICLES) if last and article else "") + text.title())
    if slip:
        place = draw.randrange(len(words))
        words[place] = _slip(draw, words[place], "abdefhiklmnorstuyz")
    return " ".join(words)


def _sounds(part: str) -> list[str]:
    """The sounds of a part; a compound's `+` is where its article stands."""
    found: list[str] = []
    for letter in part:
        if letter in "yw" and found and found[-1] == "a":
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _slip(draw: random.Random, text: str, letters: str) -> str:
    """One letter lost, doubled wrongly, changed or exchanged with the next, never the first."""
    if len(text) < 3:
        return text
    place = draw.randrange(1, len(text) - 1)
    return draw.choice(
        (
            text[:place] + text[place + 1 :],
            text[:place] + draw.choice(letters) + text[place:],
            text[:place] + draw.choice(letters) + text[place + 1 :],
            text[:place] + text[place + 1] + text[place] + text[place + 2 :],
        )
    )
