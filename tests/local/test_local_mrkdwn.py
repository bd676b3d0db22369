"""mrkdwn as Slack shows it, and never as anything else."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.local import dates, mrkdwn, richtext

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
READER = mrkdwn.Reader({"U1": "olivia"}, {"C1": "growth"}, "Europe/Berlin", NOW, "U1")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _it_ ~gone~", "<strong>bold</strong> <em>it</em> <del>gone</del>"),
        ("*_both_*", "<strong><em>both</em></strong>"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("* not bold *", "* not bold *"),
        ("`*code*`", "<code>*code*</code>"),
        ("```a\n<b>```", "<pre>a\n&lt;b&gt;</pre>"),
        ("a &amp; b &lt;c&gt;", "a &amp; b &lt;c&gt;"),
        ("Tom & Jerry", "Tom &amp; Jerry"),
        ("&amp;lt;", "&amp;lt;"),
        (">one\n>two\nafter", "<blockquote>one<br>two</blockquote>after"),
        ("&gt; quoted", "<blockquote>quoted</blockquote>"),
        ("• one\n• two", '<span class="bullet">one</span><span class="bullet">two</span>'),
        ("<@U1>", '<span class="mention me">@olivia</span>'),
        ("<@U9|bob>", '<span class="mention">@bob</span>'),
        ("<#C1|old>", '<span class="mention">#growth</span>'),
        ("<!channel>", '<span class="mention all">@channel</span>'),
        (
            "<https://example.com?a=1&amp;b=2|the *notes*>",
            '<a href="https://example.com?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">the *notes*</a>',
        ),
        ("<javascript:alert(1)|click>", "&lt;javascript:alert(1)|click&gt;"),
        ("<!date^1795424400^{date_num} {time}|x>", '<time title="x">2026-11-23 10:00 AM</time>'),
        ("<!date^nonsense^{time}|at ten>", "at ten"),
        ("<!date^1795424400^{unknown}|at ten>", "at ten"),
        (":tada: :unheard_of:", "🎉 :unheard_of:"),
        ("10:30:45", "10:30:45"),
    ],
)
def test_mrkdwn_is_shown_as_slack_shows_it(text, html):
    assert mrkdwn.html(text, READER) == html


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("{date_num}", "2026-11-24"),
        ("{date_slash}", "11/24/2026"),
        ("{date}", "November 24th, 2026"),
        ("{date_long}", "Tuesday, November 24th, 2026"),
        ("{date_long_full}", "Tuesday, November 24, 2026"),
        ("{date_short}", "Nov 24, 2026"),
        ("{date_short_pretty} at {time}", "Tomorrow at 12:30 AM"),
        ("{time_secs}", "12:30:00 AM"),
        ("{ago}", "in 14 hours"),
    ],
)
def test_dates_are_in_the_readers_zone(form, shown):
    moment = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)

    assert dates.shown(str(int(moment.timestamp())), form, ZoneInfo("Europe/Berlin"), NOW) == shown


class Tags(HTMLParser):
    """Notes every tag and attribute a browser would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(attrs)


ALLOWED = {
    "strong",
    "em",
    "del",
    "code",
    "pre",
    "blockquote",
    "span",
    "a",
    "time",
    "br",
    "div",
    "ul",
    "ol",
    "li",
}
PIECES = [
    "<",
    ">",
    "|",
    "&",
    '"',
    "'",
    "*",
    "_",
    "~",
    "`",
    "```",
    "\n",
    "\ue000",
    "\ue001",
    "0",
    "<script>",
    "</a>",
]
PIECES += [
    "javascript:",
    "https://x",
    "<!date^1^{time}^",
    "<@U1",
    "onload=",
    "&lt;",
    ":x:",
    "<https://x|",
    "data:",
    " ",
]
hostile = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=25).map("".join)


def harmless(html):
    seen = Tags()
    seen.feed(str(html))
    assert seen.tags <= ALLOWED
    assert {name for name, _ in seen.attributes} <= {"class", "href", "target", "rel", "title"}
    addresses = [value for name, value in seen.attributes if name == "href"]
    assert all(one.lower().startswith(("http://", "https://", "mailto:", "tel:")) for one in addresses)


@given(hostile)
def test_no_text_becomes_a_tag_of_its_own(text):
    harmless(mrkdwn.html(text, READER))
    harmless(mrkdwn.plain(text))


@given(hostile, hostile)
def test_no_rich_text_becomes_a_tag_of_its_own(text, address):
    parts = [
        {"type": "text", "text": text},
        {"type": "link", "url": address, "text": text},
        {"type": "user", "user_id": text},
    ]
    harmless(richtext.html({"elements": [{"type": "rich_text_section", "elements": parts}]}, READER))
