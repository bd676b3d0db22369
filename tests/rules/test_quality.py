"""The score of a draft and its findings, number by number as C4 states them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules import quality, reading, unfilled

SUBJECT = "Your support desk in Lisbon"
BODY = """Hi Ana,

You wrote in May that Northwind moves its support desk to Lisbon. We helped a firm of your size do \
that in six weeks, and no ticket waited longer than a day.

Would a short call on Tuesday suit you?

Sam"""


def codes(assessment: quality.Assessment) -> dict[str, int]:
    found: dict[str, int] = {}
    for finding in assessment.findings:
        found[finding.code] = found.get(finding.code, 0) + finding.penalty
    return found


def test_a_plain_personal_mail_has_nothing_wrong_with_it() -> None:
    assert quality.assess("email", SUBJECT, BODY) == quality.Assessment(100, ())


@pytest.mark.parametrize(
    ("subject", "body", "findings"),
    [
        ("", BODY, {"subject_missing": 20}),
        ("  \n", BODY, {"subject_missing": 20}),
        ("Nine char", BODY, {"subject_short": 10}),
        ("Ten chars.", BODY, {}),
        ("s" * 80, BODY, {}),
        ("s" * 81, BODY, {"subject_long": 5}),
        (SUBJECT, "", {"body_missing": 30}),
        (SUBJECT, "b" * 49, {"body_short": 15}),
        (SUBJECT, "b" * 50, {}),
        (SUBJECT, BODY + " Just checking in.", {"generic_phrase": 10}),
        (SUBJECT, BODY + " just\nCHECKING  in, synergy, win-win, touch base", {"generic_phrase": 30}),
        (SUBJECT, BODY + " Act now.", {"salesy_phrase": 15}),
        (SUBJECT, BODY + " Act now, buy now, last chance, risk-free", {"salesy_phrase": 40}),
        (SUBJECT, BODY + " A limited time offer.", {"salesy_phrase": 15}),  # one phrase, not two
        (SUBJECT, BODY + " He reacts nowadays in a hurrying crowd.", {}),  # whole words only
        (SUBJECT, BODY + " This is REALLY GREAT.", {"caps": 5}),
        ("HELLO LISBON", BODY, {"caps": 5}),
        (SUBJECT, BODY + " NASA and IBM agree.", {}),
        (SUBJECT + "!", BODY, {}),
        (SUBJECT + "!", BODY + "!!", {"exclamation_marks": 2}),
        (SUBJECT, BODY + "!" * 30, {"exclamation_marks": 5}),
        (SUBJECT, BODY + " https://a.example" * 3, {}),
        (SUBJECT, BODY + " https://a.example" * 4, {"links": 5}),
    ],
)
def test_each_weakness_of_a_mail_costs_what_is_written(
    subject: str, body: str, findings: dict[str, int]
) -> None:
    assessment = quality.assess("email", subject, body)
    assert codes(assessment) == findings
    assert assessment.score == 100 - sum(findings.values())
    assert not assessment.blocked


def test_the_score_stops_at_zero() -> None:
    worst = (
        "ACT NOW BUY NOW CLICK HERE HURRY! synergy win-win world-class!!!!!!! https://a.example " + "!" * 9
    )
    assert quality.assess("email", "", worst, links_allowed=0, previous=(worst,)).score == 0


def test_long_words_in_long_sentences_read_hard() -> None:
    hard = (
        "Organisational transformation necessitates comprehensive reconsideration of responsibilities. " * 4
    )
    assert codes(quality.assess("email", SUBJECT, hard)) == {"reading_ease": 5}
    assert codes(quality.assess("email", SUBJECT, hard, language="ja")) == {}


@pytest.mark.parametrize(
    ("text", "language", "low", "high"),
    [
        (
            "The cat sat on the mat. The dog ran to the man. We had a cup of tea. It was hot and good.",
            "en",
            100,
            125,
        ),
        (BODY, "en", 75, 95),
        ("Die Verwaltungsgemeinschaftsangelegenheiten erfordern Berücksichtigung. " * 7, "de", -200, 20),
    ],
)
def test_reading_ease_lies_where_flesch_puts_it(text: str, language: str, low: int, high: int) -> None:
    ease = reading.ease(text, language)
    assert ease is not None
    assert low <= ease <= high


@pytest.mark.parametrize(("text", "language"), [("Too short to measure.", "en"), (BODY, "ja"), ("", "en")])
def test_what_cannot_be_measured_is_not_judged(text: str, language: str) -> None:
    assert reading.ease(text, language) is None


@pytest.mark.parametrize(
    ("text", "forbidden", "found"),
    [
        ("A cheap desk", ("cheap",), True),
        ("A CHEAP, desk", ("Cheap",), True),
        ("cheaper desks", ("cheap",), False),  # inflections count only when listed
        ("cheaper desks", ("cheap", "cheaper"), True),
        ("MÜNCHNER STRASSE", ("straße",), True),
        ("cafe\u0301 au lait", ("café",), True),
        ("ch\u200beap", ("cheap",), True),  # a zero-width space hides nothing
        ("we  guarantee\nresults", ("guarantee results",), True),
        ("don’t worry", ("don't",), True),
        ("save 100% today", ("100%",), True),
        ("最安値です", ("最安",), True),  # no spaces between words
        ("anything", ("", "  "), False),
        ("a.b", ("a+b", ".*"), False),
    ],
)
def test_a_forbidden_word_blocks_wherever_it_stands(
    text: str, forbidden: tuple[str, ...], found: bool
) -> None:
    in_body = quality.assess("email", SUBJECT, f"{BODY} {text}", forbidden=forbidden)
    in_subject = quality.assess("email", f"{SUBJECT} {text}", BODY, forbidden=forbidden)
    assert (in_body.blocked, in_subject.blocked) == (found, found)


@pytest.mark.parametrize(
    ("subject", "in_thread", "blocked"),
    [
        ("Re: our call last week", False, True),
        ("FWD: the desk in Lisbon", False, True),
        (" AW : unser Gespräch", False, True),
        ("Re[2]: our call last week", False, True),
        ("Re: our call last week", True, False),
        ("Regarding the desk in Lisbon", False, False),
        ("Real estate: the desk in Lisbon", False, False),
    ],
)
def test_a_subject_may_not_pretend_to_be_an_answer(subject: str, in_thread: bool, blocked: bool) -> None:
    assert quality.assess("email", subject, BODY, in_thread=in_thread).blocked is blocked


def test_a_touch_that_shares_over_half_its_words_with_an_earlier_one_says_so() -> None:
    other = (
        "Our price list for the new year came out today; two plans cost less than before, and one is free."
    )
    assert codes(quality.assess("email", SUBJECT, BODY, previous=(other, BODY.replace("Ana", "Bo")))) == {
        "repeats_earlier": 10
    }
    assert quality.assess("email", SUBJECT, BODY, previous=(other,)).score == 100


@pytest.mark.parametrize(
    ("body", "findings", "blocked"),
    [
        ("We moved. " + "x" * 100, {}, False),
        ("x" * 200, {"late_message": 3}, False),
        ("We moved. " + "x" * 1291, {"long": 5}, False),
        ("We moved. " + "x" * 2991, {"too_long": 0}, True),
        ("We moved the whole desk to Lisbon in six weeks. #a #b #c #d #e", {}, False),
        ("We moved the whole desk to Lisbon in six weeks. #a #b #c #d #e #f", {"hashtags": 5}, False),
        ("We moved up to place #1, #2 and #3 of 100 in https://a.example/#top #a #b #c #d", {}, False),
    ],
)
def test_a_linkedin_post_keeps_the_limits_of_its_network(
    body: str, findings: dict[str, int], blocked: bool
) -> None:
    assessment = quality.assess("linkedin", "", body)
    assert (codes(assessment), assessment.blocked) == (findings, blocked)


@pytest.mark.parametrize(
    ("body", "findings", "blocked"),
    [
        ("We moved. " + "x" * 690, {}, False),
        ("We moved. " + "x" * 691, {"long": 5}, False),
        ("We moved. " + "x" * 63_197, {"too_long": 0}, True),
        ("We moved the whole desk to Lisbon in six weeks. #a #b #c #d", {}, False),
        ("We moved the whole desk to Lisbon in six weeks. #a #b #c #d #e", {"hashtags": 5}, False),
    ],
)
def test_a_facebook_post_keeps_the_limits_of_its_network(
    body: str, findings: dict[str, int], blocked: bool
) -> None:
    assessment = quality.assess("facebook", "", body)
    assert (codes(assessment), assessment.blocked) == (findings, blocked)


@pytest.mark.parametrize(
    ("text", "hole"),
    [
        ("Hi {{ first_name }}, hello", "{{ first_name }}"),
        ("Hi {first_name}", "{first_name}"),
        ("Hi ${name}", "${name}"),
        ("{% if x %}", "{% if x %}"),
        ("the end }}", "}}"),
        ("Hi [First Name],", "[First Name]"),
        ("at [COMPANY_NAME]", "[COMPANY_NAME]"),
        ("see [insert proof here]", "[insert proof here]"),
        ("Dear <name>", "<name>"),
        ("Dear %FIRSTNAME%", "%FIRSTNAME%"),
        ("Dear *|FNAME|*", "*|FNAME|*"),
        ("Dear __NAME__", "__NAME__"),
        ("Hi ,\nhow are you", "Hi ,"),
        ("Hello !", "Hello !"),
        ("Dear,\nwe", "Dear,"),
        ("Dear None,", "Dear None"),
        ("hi none,", "hi none"),
        ("Your team at nan.", "at nan"),
        ("a desk for undefined", "for undefined"),
        ("None's team", "None's"),
        ("how the team at , does it", "at ,"),
        ("I like [object Object]", "[object Object]"),
        ("lorem ipsum dolor", "lorem ipsum"),
        ("our price is XXX", "XXX"),
    ],
)
def test_what_was_left_unfilled_is_named_and_blocks(text: str, hole: str) -> None:
    assert unfilled.placeholders(text) == (hole,)
    assert quality.assess("email", SUBJECT, f"{BODY}\n{text}").blocked


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        "Hello, a short question",
        "Bonjour !",
        "Guten Tag,",
        "None of us saw it; we are second to none.",
        "Nan wrote to nan@example.com",
        "a null result is a result",
        "20% of people and 30% of firms; 5%off and 7%on",
        "[title](https://a.example), see [1], and the [PDF]",
        "3 < 4 and 5 > 2",
        "todo el mundo",
        "size XL or XXL",
    ],
)
def test_honest_prose_holds_no_placeholder(text: str) -> None:
    assert unfilled.placeholders(text) == ()


@given(st.text(max_size=300), st.text(max_size=300), st.lists(st.text(max_size=10), max_size=3))
def test_any_text_has_one_score_between_0_and_100(subject: str, body: str, forbidden: list[str]) -> None:
    first = quality.assess("email", subject, body, forbidden=tuple(forbidden))
    assert 0 <= first.score <= 100
    assert first == quality.assess("email", subject, body, forbidden=tuple(forbidden))


@pytest.mark.parametrize(
    "text", ["[" + " " * 50_000, "{" * 50_000, "hi " * 20_000, "%a" * 30_000, "<" * 50_000, "__a" * 20_000]
)
def test_hostile_repetition_ends_soon(text: str) -> None:
    assert isinstance(unfilled.placeholders(text), tuple)
    assert quality.assess("email", SUBJECT, text).score <= 100


@given(
    st.lists(
        st.sampled_from(
            (
                *(
                    "Dear",
                    "dear",
                    "LIEBER",
                    "lıebe",
                    "chère",
                    "Hi",
                    "Bonjour",
                    "None",
                    "NaN",
                    "null's",
                    "n/a",
                ),
                *("TBD", "XXX", "at", "für", ",", ".", "!", ":", " ", "\t", "\n", "{", "{{", "%%", "[name]"),
                *("<name>", "__A__", "word"),
            )
        ),
        max_size=12,
    ).map("".join)
)
def test_the_quick_look_never_misses_what_the_patterns_find(text: str) -> None:
    found = tuple(dict.fromkeys(match.group().strip() for match in unfilled._ANY.finditer(text)))
    assert unfilled.placeholders(text) == found


def test_what_callers_say_each_time_is_no_repetition_in_notes_for_a_call() -> None:
    said = (
        "Opening\nHello Anna, this is Jonas Weber from Northwind. Would Tuesday suit you for a longer talk?"
    )
    codes = {
        channel: [one.code for one in quality.assess(channel, "", said, previous=(said,)).findings]
        for channel in ("call", "linkedin_dm")
    }
    assert codes == {"call": [], "linkedin_dm": ["repeats_earlier"]}
