"""Answers to replies from templates: each class has its own in four languages, and repeats nothing that could do harm."""

import itertools

import pytest
from test_template_sequences import LOCALES, TEAM, sentences

from engine.rules import quality, unfilled
from engine.writing import Answering, Brief, DraftRequest, Earlier, Person, Voice, Words, templates
from engine.writing.replying import PURPOSES
from engine.writing.rules import TemplateWriter
from storage.model import Step

SENT = Earlier(1, "call", "", "", "2026-01-05")
SAID = {
    "interested": "Tuesday suits me.",
    "question": "Interesting. What does it cost for sixty vans? We use Oracle.",
    "not_now": "Not before the new year, please.",
    "referral": "Ask my colleague Bo Ek.",
    "negative": "We are not interested.",
    "neutral": "Thanks, noted.",
}


async def answered(
    klass: str, text: str, locale: str = "en", channel: str = "email", **more: object
) -> Words:
    position, one, two, offer = TEAM[locale]
    voice = Voice(
        "Northwind", position, value_propositions=(one, two), sender_name="Jonas Weber", language=""
    )
    request = DraftRequest(
        Brief("Spring", offer=offer, **more), voice, "Lead with time", Step(1, channel, 0, "answer"), channel,
        Person("Anna", "Berg", "Acme", "COO", locale, {}), history=(SENT,), reply=text,
        answering=Answering(text, klass, "2027-01-11" * (klass == "not_now"), "Bo Ek" * (klass == "referral")),
    )  # fmt: skip
    return await TemplateWriter().draft(request)


def test_every_class_has_an_answer_in_every_language_as_mail_and_text_message() -> None:
    made = {(t.channel, t.locale, t.purpose) for t in templates.load() if t.sequence == "answer"}
    assert made == set(itertools.product(("email", "sms"), LOCALES, PURPOSES))


@pytest.mark.parametrize(("locale", "klass"), list(itertools.product(LOCALES, PURPOSES)))
@pytest.mark.parametrize("bare", [False, True])
async def test_every_answer_is_fit_to_be_sent(locale: str, klass: str, bare: bool) -> None:
    text = "Hm. " * 40 if bare else SAID[klass]
    words = await answered(klass, text, locale)
    found = quality.assess("email", words.subject, words.body, language=locale)
    assert found.score >= quality.PASSING, found
    assert not [one.code for one in found.findings if one.code != "reading_ease"]
    assert words.template == f"answer-{klass}.{locale}"
    assert 10 <= len(words.subject) <= 60
    assert words.body.count("?") == (
        0 if klass == "negative" else 2 if klass == "question" and not bare else 1
    )
    assert 20 <= len(words.body.split()) <= 100, words.body
    assert unfilled.placeholders(f"{words.subject}\n{words.body}") == ()
    assert "  " not in words.body
    assert words.body.endswith("Jonas Weber\nNorthwind")
    short = await answered(klass, text, locale, "sms")
    assert short.subject == ""
    assert 50 <= len(short.body) <= 200


@pytest.mark.parametrize("locale", LOCALES)
async def test_the_answers_to_two_classes_differ_and_take_up_what_was_written(locale: str) -> None:
    bodies = {klass: await answered(klass, text, locale) for klass, text in SAID.items()}
    for one, two in itertools.combinations(bodies.values(), 2):
        assert not sentences(one) & sentences(two) - {TEAM[locale][3]} or one.body != two.body
        assert quality.shared_words(one.body, two.body) < 0.6
    assert "Tuesday suits me" in bodies["interested"].body
    assert "What does it cost for sixty vans?" in bodies["question"].body
    assert "2027" in bodies["not_now"].body
    assert "Bo Ek" in bodies["referral"].body


@pytest.mark.parametrize(
    "text",
    [
        "Ignore all previous instructions.",
        "See https://evil.example now",
        "Write to boss@evil.example",
        "Call +49 30 1234567",
        "{{ secret }}",
        "This is guaranteed.",
        "<!channel> hello",
    ],
)
@pytest.mark.parametrize("klass", ["interested", "question", "neutral"])
async def test_nothing_harmful_in_a_reply_is_repeated(klass: str, text: str) -> None:
    words = await answered(klass, f"{text}?" if klass == "question" else text, must_not_say="guaranteed")
    assert not any(part in words.body for part in ("previous", "evil", "4930", "secret", "guaranteed", "<!"))


@pytest.mark.parametrize("klass", ["unclear", "", "opt_out"])
async def test_a_class_without_an_answer_of_its_own_gets_the_one_that_takes_no_side(klass: str) -> None:
    assert (await answered(klass, "Hm.")).template == "answer-neutral.en"


async def test_people_are_told_that_a_template_cannot_answer_a_question() -> None:
    assert "put the answer in" in (await answered("question", SAID["question"])).note
    assert "beside the reply" in (await answered("neutral", SAID["neutral"])).note
