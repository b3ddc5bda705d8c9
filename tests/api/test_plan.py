"""A report's plan is read strictly: what is wrong is named with its place."""

import pytest

from api.plan import PlannedFigure, read_plan
from api.record import parse_toml
from domain.errors import Invalid
from domain.rules import read_rules, shipped_document

RULES = read_rules(shipped_document())
PLAN = """
name = "march"
period = "2020-03"
basis = "happened"
[title]
en = "March"
ar = "آذار"
[[figures]]
name = "civilians"
where = { status = "civilian", sex = ["female", "male"] }
by = ["party", "sex"]
[[figures]]
name = "massacres"
measure = "massacres"
by = "party"
"""


def test_a_plan_says_which_figures_are_frozen_under_which_names():
    plan = read_plan(PLAN)
    assert (plan.name, plan.period, plan.basis) == ("march", "2020-03", "happened")
    assert (plan.title.en, plan.title.ar) == ("March", "آذار")
    assert plan.figures == (
        PlannedFigure(
            "civilians",
            "deaths",
            {"status": ("civilian",), "sex": ("female", "male")},
            ("party", "sex"),
        ),
        PlannedFigure("massacres", "massacres", {}, ("party",)),
    )


def test_what_is_left_out_is_the_whole_time_by_the_date_documented():
    plan = read_plan(PLAN.replace('period = "2020-03"\n', "").replace('basis = "happened"\n', ""))
    assert (plan.period, plan.basis) == (None, None)
    assert plan.definition(plan.figures[0], RULES).basis == "documented"


def test_a_figure_is_defined_with_the_period_and_basis_of_its_report():
    plan = read_plan(PLAN)
    definition = plan.definition(plan.figures[0], RULES)
    assert (definition.period, definition.basis) == ("2020-03", "happened")
    assert definition.where == (("sex", ("female", "male")), ("status", ("civilian",)))
    assert definition.by == ("party", "sex")


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        ('name = "march"', "name = ", "not TOML"),
        ('name = "march"\n', "", "'name' is missing"),
        ('name = "march"', 'name = "March 2020"', "name: must be 1 to 64 lower-case"),
        ('name = "march"', 'name = "../march"', "name: must be 1 to 64 lower-case"),
        ('name = "march"', 'name = "march-"', "name: must be 1 to 64 lower-case"),
        ('name = "march"', f'name = "{"m" * 65}"', "name: must be 1 to 64 lower-case"),
        ('name = "march"', "name = 3", "name: must be text"),
        ('name = "march"', 'name = "march"\nnotes = "x"', "unknown key 'notes'"),
        ('period = "2020-03"', "period = 2020", "period: must be text"),
        ('period = "2020-03"', 'period = ""', "period: must be text"),
        ('basis = "happened"', 'basis = "received"', "documented or happened"),
        ('ar = "آذار"\n', "", "title: 'ar' is missing"),
        ('ar = "آذار"', 'ar = " "', "title.ar: must be text"),
        ('ar = "آذار"', 'ar = "آذار\\u202e"', "title.ar"),
        ('en = "March"', 'en = "March\\n"', "title.en"),
        ('en = "March"', f'en = "{"M" * 301}"', "title.en: at most 300"),
        ('en = "March"', 'en = "March"\nfr = "Mars"', "title: unknown key 'fr'"),
        ('name = "civilians"', 'name = "massacres"', "massacres is there twice"),
        ('name = "civilians"\n', "", r"figures\[1\]: 'name' is missing"),
        ('name = "civilians"', 'name = "all/civilians"', r"figures\[1\].name"),
        ('measure = "massacres"', "measure = 5", r"figures\[2\].measure"),
        ('by = ["party", "sex"]', "by = [1]", r"figures\[1\].by: must be a word or a list"),
        ('by = ["party", "sex"]', "by = { party = true }", r"figures\[1\].by"),
        ('status = "civilian"', "status = true", r"figures\[1\].where.status"),
        ('by = "party"', 'where = "party"', r"figures\[2\].where: must be a table"),
        ('by = "party"', 'group = "party"', r"figures\[2\]: unknown key 'group'"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(was, now, named):
    assert was in PLAN
    with pytest.raises(Invalid, match=named):
        read_plan(PLAN.replace(was, now, 1))


HEAD = PLAN.partition("[title]")[0]
TITLE = '[title]\nen = "a"\nar = "ب"\n'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "is missing"),
        (f'{HEAD}title = "March"\n[[figures]]\nname = "a"', "title: must be a table"),
        (f"{HEAD}{TITLE}", "'figures' is missing"),
        (f"figures = []\n{HEAD}{TITLE}", "figures: must be 1 to 200"),
        (f'figures = "all"\n{HEAD}{TITLE}', "figures: must be 1 to 200"),
        (f"figures = [1]\n{HEAD}{TITLE}", r"figures\[1\]: must be a table"),
        ("figures = " + "[" * 50_000, "not TOML"),
        ("figures = " + "9" * 5_000, "not TOML"),
        ("figures = " + "[" * 40 + "]" * 40, "nested deeper"),
        (f"{'a.' * 40}a = 1", "nested deeper"),
        (f"{'a.' * 500_000}a = 1", "nested deeper"),
        (f"[{'a . ' * 500_000}a]", "nested deeper"),
        (f"""a = {{ "x" = 1, {'"a".' * 200_000}a = 1 }}""", "nested deeper"),
        (f'a = {{ x = """a"""", {"a." * 500_000}a = 1 }}', "nested deeper"),
        (f"a = {{ x = '''a''''', {'a.' * 500_000}a = 1 }}", "nested deeper"),
        (f"a = 1 # '''\n{'a.' * 500_000}a = 1", "nested deeper"),
    ],
)
def test_what_is_no_plan_is_refused(text, named):
    with pytest.raises(Invalid, match=named):
        read_plan(text)


@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''"])
def test_dots_in_a_text_or_a_comment_are_no_depth(quote):
    dots = "a." * 40
    assert parse_toml(f"text = {quote}{dots}{quote} # {dots}\n", "it") == {"text": dots}


def test_a_report_has_at_most_two_hundred_figures():
    head = PLAN.partition("[[figures]]")[0]
    many = [f'[[figures]]\nname = "f{number}"\n' for number in range(201)]
    assert len(read_plan(head + "".join(many[:200])).figures) == 200
    with pytest.raises(Invalid, match="1 to 200"):
        read_plan(head + "".join(many))


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        ('status = "civilian"', 'status = "civilan"', "figure civilians.*did you mean civilian"),
        ("sex = [", "gender = [", "figure civilians.*gender"),
        ('["female", "male"]', "[]", "figure civilians.*sex: no value"),
        ('by = ["party", "sex"]', 'by = ["party", "party"]', "figure civilians.*groups once"),
        ('by = "party"', 'by = "sex"', "figure massacres: facet of massacres 'sex'"),
        ('period = "2020-03"', 'period = "2020-13"', "figure civilians"),
    ],
)
def test_a_word_that_nobody_can_count_by_is_named_with_its_figure(was, now, named):
    assert was in PLAN
    plan = read_plan(PLAN.replace(was, now, 1))
    with pytest.raises(Invalid, match=named):
        _ = [plan.definition(figure, RULES) for figure in plan.figures]


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        ('measure = "massacres"', 'measure = "injurys"', "figure massacres: measure .*injuries"),
        ('by = ["party", "sex"]', 'by = ["party"]\njoint = "shared"', "figure civilians: .*fract"),
        ('by = ["party", "sex"]', 'by = ["party"]\njoint = "each-party"', "rows of a figure note"),
        ('by = ["party", "sex"]', 'straddling = "first"', "straddling 'first'.*earliest"),
        ('by = ["party", "sex"]', 'review = "verifed"', "review 'verifed'.*verified"),
        ('by = ["party", "sex"]', 'on = "2020-03-31"', "counted over a period"),
        ('measure = "massacres"', 'measure = "still-detained"', "give the day"),
        ('measure = "massacres"', 'measure = "incidents"\nbasis = "documented"', "by happened"),
    ],
)
def test_a_figure_that_cannot_be_frozen_is_named_with_the_reason(was, now, named):
    assert was in PLAN
    plan = read_plan(PLAN.replace(was, now))
    with pytest.raises(Invalid, match=named):
        [plan.definition(figure, RULES) for figure in plan.figures]


def test_a_figure_declares_what_the_report_leaves_open():
    declared = 'by = ["party"]\nstraddling = "earliest"\nreview = "verified"\nlevel = "top"'
    plan = read_plan(PLAN.replace('by = ["party", "sex"]', declared))
    definition = plan.definition(plan.figures[0], RULES)
    assert (definition.straddling, definition.review) == ("earliest", "verified")
    assert definition.by == ("party-group",)


FOOTED = (
    PLAN.replace('basis = "happened"', 'basis = "happened"\nmassacres = "massacres"')
    + """
[narrative]
en = "One line\\nof one paragraph.\\n\\nAnother."
ar = "فقرة."
[crossfoot]
rules = ["one-value", "part-within-whole"]
stated = ["A publication"]
[[crossfoot.waive]]
rule = "part-within-whole"
reason = "as printed"
breaks = 2
"""
)


def test_a_plan_names_its_words_its_massacres_and_the_rules_it_obeys():
    plan = read_plan(FOOTED)
    assert plan.massacres == "massacres"
    assert plan.narrative is not None
    assert plan.narrative.en == ("One line of one paragraph.", "Another.")
    assert plan.narrative.ar == ("فقرة.",)
    assert plan.crossfoot.rules == ("one-value", "part-within-whole")
    assert plan.crossfoot.stated == ("A publication",)
    assert plan.crossfoot.waivers == (("part-within-whole", "as printed"),)
    assert plan.crossfoot.breaks == (("part-within-whole", 2),)


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        ('massacres = "massacres"', 'massacres = "civilians"', "massacres: 'civilians' must be"),
        ('massacres = "massacres"', "massacres = 1", "massacres: must be text"),
        ('ar = "فقرة."\n', "", "narrative: 'ar' is missing"),
        ('ar = "فقرة."', 'ar = " "', "narrative.ar: must be 1 to 40 paragraphs"),
        ('ar = "فقرة."', f'ar = "{"x" * 4001}"', "narrative.ar, paragraph 1: at most 4000"),
        ('ar = "فقرة."', 'ar = "فقرة.\\u202e"', "narrative.ar, paragraph 1"),
        ('"one-value", ', '"one-valu", ', "did you mean one-value"),
        ('stated = ["A publication"]', "stated = [1]", "crossfoot.stated: must be a word"),
        ('stated = ["A publication"]', "more = 1", "crossfoot: unknown key 'more'"),
        ('reason = "as printed"\n', "", r"crossfoot.waive\[1\]: 'reason' is missing"),
        ('reason = "as printed"', 'reason = ""', r"crossfoot.waive\[1\].reason"),
        ("breaks = 2", "breaks = 0", r"crossfoot.waive\[1\].breaks: must be a number from 1"),
        ("breaks = 2", "breaks = true", r"crossfoot.waive\[1\].breaks: must be a number from 1"),
    ],
)
def test_what_is_wrong_with_the_rest_of_it_is_named_with_its_place(was, now, named):
    assert was in FOOTED
    with pytest.raises(Invalid, match=named):
        read_plan(FOOTED.replace(was, now, 1))
