"""What a person says on the phone and pastes into LinkedIn: words of their own, fit to be used as they are."""

import itertools
import os
from pathlib import Path

import pytest
import test_template_sequences as mails
from model_server import GOOD, REQUEST, Server, writing

from engine.rules import quality, unfilled
from engine.writing import Brief, Person, Voice, cleaning
from storage.model import Step

GOLDEN = Path(__file__).with_name("golden")
CHANNELS = ("linkedin_dm", "call")
HEADINGS = {
    "en": ("Opening", "The point", "One question", "Voicemail"),
    "de": ("Einstieg", "Worum es geht", "Eine Frage", "Auf die Mailbox"),
    "fr": ("Pour commencer", "L’essentiel", "Une question", "Sur le répondeur"),
    "es": ("Para empezar", "Lo esencial", "Una pregunta", "En el buzón de voz"),
}
CASES = list(itertools.product(mails.LOCALES, mails.SEQUENCES))
NOTHING = Person("", "", "", "", "", {})


def paragraphs(body: str) -> dict[str, str]:
    """heading → what stands below it."""
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in body.split("\n\n")}


def own(body: str) -> str:
    """A message as it is, of notes what is said besides who calls: that is the same on every call."""
    said = paragraphs(body)
    if len(said) != 4 or "" in said.values():
        return body
    return " ".join(text.partition("Northwind. ")[2] or text for text in said.values())


@pytest.mark.parametrize(("locale", "sequence", "facts"), mails.CASES)
async def test_a_message_is_short_and_notes_have_four_parts_whatever_is_known(
    locale: str, sequence: str, facts: str
) -> None:
    for channel in CHANNELS:
        drafts = await mails.whole(locale, sequence, mails.FACTS[facts], channel)
        for purpose, words in zip(mails.PURPOSES, drafts, strict=True):
            found = quality.assess(channel, words.subject, words.body, language=locale)
            assert not [one.code for one in found.findings if one.code != "reading_ease"], words.body
            assert (words.subject, words.template) == ("", f"{sequence}-{purpose}.{locale}-{channel}")
            assert words.body.count("?") == 1
            assert "!" not in words.body
            if channel == "call":
                said = paragraphs(words.body)
                assert tuple(said) == HEADINGS[locale]
                opening, _, question, voicemail = said.values()
                hello = opening.split("Northwind")[0]
                assert "Anna" in hello
                assert "Jonas Weber" in hello
                assert voicemail.startswith(hello)
                assert question.endswith("?")
                assert 60 <= len(words.body.split()) <= 140
            else:
                assert words.body.endswith("\n\nJonas Weber")
                assert 80 <= len(words.body) <= 500


@pytest.mark.parametrize(("locale", "sequence"), CASES)
@pytest.mark.parametrize("channel", CHANNELS)
async def test_with_nothing_on_record_no_hole_is_left(locale: str, sequence: str, channel: str) -> None:
    for purpose, sent in itertools.product(mails.PURPOSES, (0, 2)):
        words = await mails.written(
            locale, sequence, purpose, NOTHING, channel,
            brief=Brief("Spring", language=locale), voice=Voice("Northwind"), history=(mails.SENT,) * sent,
        )  # fmt: skip
        assert unfilled.placeholders(words.body) == ()
        assert not cleaning.is_unfilled(words.body)
        for hole in ("  ", " ,", " .", "()", "“”", "„“", "«»", ": .", "None", "\n\n\n"):
            assert hole not in words.body.replace("\u202f", ""), words.body
        assert words.locale == locale
        assert quality.assess(channel, "", words.body, language=locale).score >= 95


@pytest.mark.parametrize(("locale", "sequence"), CASES)
@pytest.mark.parametrize("channel", CHANNELS)
async def test_touches_say_new_things_and_each_rests_on_a_fact(
    locale: str, sequence: str, channel: str
) -> None:
    for facts in mails.FACTS.values():
        drafts = await mails.whole(locale, sequence, facts, channel)
        for one, two in itertools.combinations([own(words.body) for words in drafts], 2):
            assert quality.shared_words(one, two) <= 0.5, (facts, one, two)
    for name, purpose in itertools.product(mails.ONE, mails.PURPOSES):
        mine, other = {name: mails.ONE[name]}, {name: mails.TWO[name]}
        first = await mails.written(locale, sequence, purpose, mails.person(locale, mine), channel)
        second = await mails.written(
            locale, sequence, purpose, mails.person(locale, other, "Bob", "Zeta"), channel
        )
        assert name in first.used, (name, purpose)
        assert first.body.replace("Anna", "█").replace("Acme", "█") != second.body.replace(
            "Bob", "█"
        ).replace("Zeta", "█")


@pytest.mark.parametrize("sequence", mails.SEQUENCES)
@pytest.mark.parametrize("channel", CHANNELS)
async def test_they_really_differ_by_language_and_from_the_mail(sequence: str, channel: str) -> None:
    for purpose in mails.PURPOSES:
        said = {}
        for locale in mails.LOCALES:
            who = mails.person(locale, {})
            said[locale] = (await mails.written(locale, sequence, purpose, who, channel)).body
            mail = (await mails.written(locale, sequence, purpose, who)).body
            assert said[locale] not in mail
        for one, two in itertools.combinations(said.values(), 2):
            assert quality.shared_words(one, two) < 0.25


@pytest.mark.parametrize(("locale", "sequence"), CASES)
async def test_what_must_be_said_stands_there_once_and_no_link_is_read_aloud(
    locale: str, sequence: str
) -> None:
    brief = Brief("Spring", must_say="No data leaves the European Union.", offer="Audit")
    voice = Voice(
        "Northwind", sender_name="Jonas Weber", call_to_action="Demo: https://northwind.example/demo"
    )
    for purpose, channel in itertools.product(mails.PURPOSES, CHANNELS):
        words = await mails.written(
            locale, sequence, purpose, mails.person(locale, mails.ONE), channel, brief=brief, voice=voice
        )
        assert words.body.count(brief.must_say) == 1
        assert "https://" not in words.body


@pytest.mark.parametrize("channel", ["email", *CHANNELS])
@pytest.mark.parametrize("sequence", mails.SEQUENCES)
async def test_too_long_makes_no_touch_longer_and_stops_none(sequence: str, channel: str) -> None:
    for purpose in mails.PURPOSES:
        who = mails.person("en", mails.ONE)
        long = await mails.written("en", sequence, purpose, who, channel)
        short = await mails.written(
            "en", sequence, purpose, who, channel, rejections=("Much too long, make it shorter",)
        )
        assert len(short.body) <= len(long.body) + 60  # another fact may lead
        assert unfilled.placeholders(short.body) == ()


@pytest.mark.parametrize(
    ("goal", "asked"),
    [
        ("book demos", "May I show you how it works"),
        ("fill the webinar", "the invitation"),
        ("sign up for a trial", "a trial"),
        ("", "quarter of an hour"),
    ],
)
async def test_a_caller_asks_for_what_the_campaign_is_after(goal: str, asked: str) -> None:
    brief = Brief("Spring", goal=goal, offer="Audit")
    words = await mails.written("en", "cold", "call", mails.person("en", {}), "call", brief=brief)
    assert asked in paragraphs(words.body)["One question"]


async def test_a_models_notes_get_no_signature_and_its_message_a_name_alone(server: Server) -> None:
    said = (
        "Opening\nHello Anna.\n\nThe point\nA free route audit.\n\nOne question\nOn which day?"
        "\n\nVoicemail\nHello Anna, it was about a route audit."
    )
    brief = Brief("Spring", must_say="It is free.")
    for channel, ending in (("call", "about a route audit."), ("linkedin_dm", "\n\nJonas Weber")):
        server.says({**GOOD, "subject": "", "body": said, "sources": []})
        async with writing(server.url) as writer:
            request = mails.dataclasses.replace(
                REQUEST, channel=channel, brief=brief, step=Step(1, channel, 0, "call")
            )
            words = await writer.draft(request)
        assert words.source == "model"
        assert words.body.endswith(ending)
        assert words.body.split("\n\n")[2] == "It is free."
        assert "Best regards" not in words.body


@pytest.mark.parametrize("locale", mails.LOCALES)
async def test_they_look_as_reviewed(locale: str) -> None:
    """Set OVERTURE_GOLDEN=1 to write the snapshot anew, then read it."""
    shown = []
    for channel, sequence, purpose in itertools.product(CHANNELS, mails.SEQUENCES, mails.PURPOSES):
        words = await mails.written(locale, sequence, purpose, mails.person(locale, mails.ONE), channel)
        shown.append(f"=== {words.template}\n{words.body}\n")
    text, path = "\n".join(shown), GOLDEN / f"spoken.{locale}.txt"
    if os.environ.get("OVERTURE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
