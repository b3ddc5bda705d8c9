"""Names agree across spellings and scripts, and different names that look alike do not.

All names here are put together from common parts; none is of a person.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.matching.likeness import Agreement, Likeness, compare_names, compare_parts
from api.matching.names import read_name


def agreement(one, other):
    both = compare_names(read_name(one), read_name(other))
    assert both == compare_names(read_name(other), read_name(one)), "it matters who is asked first"
    return both


def likeness(one, other):
    (a,), (b,) = read_name(one).spellings[0].parts, read_name(other).spellings[0].parts
    return compare_parts(a, b)


@pytest.mark.parametrize(
    "spellings",
    [
        ("محمد", "مُحَمَّد", "محـــمد", "Mohammed", "Muhammad", "Mohamad", "Mhd", "Mohd."),
        ("يوسف", "Yousef", "Yusuf", "Youssef", "Yūsuf"),
        ("أحمد", "احمد", "Ahmad", "Ahmed"),
        ("إبراهيم", "ابراهيم", "Ibrahim", "Ebrahim"),
        ("سليمان", "Sulaiman", "Suleiman", "Solayman"),
        ("فاطمة", "فاطمه", "Fatima", "Fatimah", "Fatma"),
        ("عبد الرحمن", "عبدالرحمن", "Abdul Rahman", "Abdulrahman", "Abd al-Rahman", "Abdurrahman"),
        ("عبد الله", "عبدالله", "Abdullah", "Abdallah", "Abd Allah"),
        ("نور الدين", "Nour al-Din", "Noureddine", "Nur ad-Din", "Nour Aldeen"),
        ("أبو زيد", "ابوزيد", "Abu Zayd", "Abou Zeid"),
        ("الرفاعي", "رفاعي", "al-Rifai", "ar-Rifa'i", "Alrifai", "Refaie"),
        ("الشامي", "ash-Shami", "al Shami", "El-Shami", "Shami"),
        ("داود", "Daoud", "Dawood", "Dawud"),
        ("حمزة", "حمزه", "Hamza", "Hamzah"),
        ("صلاح", "Salah", "Salaah"),
        ("طه", "Taha"),
        ("آية", "Aya", "Ayah"),
        ("شادي", "Shadi", "Şadi", "Šādī", "Chadi"),
        ("خضر", "Khidr", "Ḫiḍr", "Khedr"),
        ("عابد", "Abed", "ʿĀbid"),
        ("سلحاسي", "Salhasi", "Salhaasi"),
        ("ممدوح", "Mamdouh", "Mamduh"),
        ("عثمان", "Othman", "Uthman"),
        ("مصطفى", "مصطفي", "Mustafa", "Mostafa", "Moustafa"),
    ],
)
def test_spellings_of_one_name_are_the_same(spellings):
    for one in spellings:
        for other in spellings:
            assert likeness(one, other) == Likeness.SAME, (one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("حسن", "حسين"),
        ("Hasan", "Hussein"),
        ("حسن", "Hussein"),
        ("حسين", "Hassan"),
        ("عمر", "عامر"),
        ("Omar", "Amer"),
        ("محمد", "محمود"),
        ("Mohammed", "Mahmoud"),
        ("محمد", "Mahmoud"),
        ("محمد", "Mahmud"),
        ("عمر", "Amir"),
        ("آمنة", "Mona"),
        ("Mehmood", "Muhammed"),
        ("أحمد", "حمزة"),
        ("محمد", "أحمد"),
        ("Mohammed", "Ahmed"),
        ("Rima", "Rami"),
        ("ريما", "رامي"),
        ("سلم", "سالم"),
        ("خالد", "وليد"),
        ("Иван", "Пётр"),
        ("ܝܘܚܢܢ", "ܡܪܝܡ"),
    ],
)
def test_names_that_look_alike_are_not_taken_for_one(one, other):
    assert likeness(one, other) <= Likeness.NEAR


@pytest.mark.parametrize(
    ("one", "other"),
    [("عبد الرحمن", "عبد الرحنم"), ("Khatib", "Katib"), ("مصطفى", "مسطفى"), ("رضوان", "رظوان")],
)
def test_a_slip_of_the_pen_is_alike(one, other):
    assert likeness(one, other) >= Likeness.ALIKE


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("محمد أحمد الحلبي", "Mohammad Ahmed al-Halabi", Agreement.SAME),
        ("محمد أحمد الحلبي", "محمد الحلبي", Agreement.SAME),
        ("محمد بن أحمد الحلبي", "محمد أحمد الحلبي", Agreement.SAME),
        ("الحاج محمد أحمد الحلبي", "محمد أحمد الحلبي", Agreement.SAME),
        ("مصطفى الخطيب", "مصطفى الحطيب", Agreement.ALIKE),
        ("Halabi, Mohammad Ahmed", "محمد أحمد الحلبي", Agreement.REORDERED),
        ("محمد أحمد الحلبي", "محمد خالد الحلبي", Agreement.PARTIAL),
        ("حسن أحمد الحلبي", "حسين أحمد الحلبي", Agreement.GIVEN_NEAR),
        ("محمد أحمد الحلبي", "خالد أحمد الحلبي", Agreement.RELATIVES),
        ("محمد", "محمد أحمد الحلبي", Agreement.GIVEN_ONLY),
        ("محمد أحمد", "محمد الخطيب", Agreement.NONE),
        ("وليد الخطيب", "محمد أحمد الحلبي", Agreement.NONE),
        ("", "محمد", None),
        ("...", "محمد", None),
    ],
)
def test_whole_names_agree_by_what_their_parts_say(one, other, expected):
    assert agreement(one, other) == expected


def test_a_script_that_both_are_known_in_is_asked_first():
    both = read_name("حسن الحلبي", "Hussein Halabi")
    assert compare_names(both, read_name("حسين الحلبي", "Hussein Halabi")) == Agreement.SAME
    assert compare_names(both, read_name("خالد الحلبي")) == Agreement.RELATIVES


def test_no_name_is_printed_by_what_prints_values():
    assert "محمد" not in repr(read_name("محمد أحمد"))
    assert repr(read_name("محمد", "Mohammed")) == "Name(2 spellings)"


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_compared_and_is_like_itself(one, other):
    agreement(one, other)
    assert agreement(one, one) in (None, Agreement.SAME, Agreement.GIVEN_ONLY)
