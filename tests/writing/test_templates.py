"""Templates name what is missing, refuse what they do not know, and never run what they are given."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.writing import phrases, templates

TEXT = """+++
channel = "email"
purpose = "test"
locale = "en"
subject = "For {{ company }}"

[variables]
first_name = { fallback = "there" }
company = {}
+++
Hi {{ first_name }},

{{ company }} it is.
"""


def test_a_value_fills_and_a_fallback_stands_in_and_is_named() -> None:
    filled = templates.parse("t", TEXT).fill({"company": "Acme", "first_name": "  "})
    assert (filled.subject, filled.body) == ("For Acme", "Hi there,\n\nAcme it is.")
    assert filled.fell_back == ("first_name",)


@pytest.mark.parametrize("empty", [{}, {"company": ""}, {"company": " \u200b\n"}, {"company": "<b></b>"}])
def test_a_missing_value_stops_the_draft_and_names_itself(empty: dict[str, str]) -> None:
    with pytest.raises(templates.MissingVariable, match="company") as stopped:
        templates.parse("t", TEXT).fill(empty)
    assert stopped.value.name == "company"


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        (TEXT.replace("{{ company }} it", "{{ compnay }} it"), "compnay"),
        (TEXT.replace("For {{ company }}", "For {{ acount }}"), "acount"),
        (TEXT.replace("it is.", "{% if %}"), "mistake"),
        (TEXT.replace("company = {}", 'company = "Acme"'), "company"),
        (TEXT.replace("locale =", "locale"), "TOML"),
        ("no front matter", "front matter"),
    ],
)
def test_a_bad_template_is_refused_by_name_when_it_is_loaded(bad: str, named: str) -> None:
    with pytest.raises(templates.BadTemplate, match=named):
        templates.parse("t", bad)


@pytest.mark.parametrize(
    "trick", ["{{ company.__class__.__mro__ }}", "{{ company.format.__globals__ }}", "{{ 1/0 }}"]
)
def test_the_sandbox_refuses_what_a_template_has_no_business_doing(trick: str) -> None:
    with pytest.raises(templates.BadTemplate):
        templates.parse("t", TEXT.replace("it is.", trick)).fill({"company": "Acme"})


SIGNS = string.ascii_letters + "{}%#[]()'\"|_.*7 <>$"


@given(st.text(alphabet=SIGNS, min_size=1, max_size=60))
@settings(max_examples=200)
def test_a_value_is_data_and_is_never_run(value: str) -> None:
    template = templates.parse("t", TEXT)
    for hostile in (value, "{{ 7*7 }}" + value, "{% for x in range(9) %}x{% endfor %}" + value):
        plain = " ".join(hostile.split())
        try:
            filled = templates.parse("t", TEXT).fill({"company": "Acme", "first_name": hostile})
        except templates.MissingVariable:  # only markup was in it
            continue
        assert "49" not in filled.body
        assert "xxxxxxxxx" not in filled.body or "xxxxxxxxx" in plain
        assert filled.body.endswith("Acme it is.")
        assert "<" in plain or plain in " ".join(filled.body.split())
    assert template.variables == {"first_name": "there", "company": None}


def test_every_shipped_template_and_phrase_loads() -> None:
    assert {one.channel for one in templates.load()} >= {"email", "linkedin"}
    for locale in phrases.locales():
        book = phrases.load(locale)
        assert all(len(alternatives) >= 1 for alternatives in book.slots.values())
