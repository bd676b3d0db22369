"""Slack's limits for the parts of blocks: buttons, selects, inputs, images, texts. Pure."""

from typing import Any

Json = dict[str, Any]

SELECTS = frozenset(
    {"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
)
MULTI = frozenset(f"multi_{kind}" for kind in SELECTS)
CHOICES = frozenset({"checkboxes", "radio_buttons"})
TIMES = frozenset({"datepicker", "timepicker", "datetimepicker"})
TYPED = frozenset(
    {"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"}
)


class Report:
    """Collects what is wrong, in Slack's words: a sentence and a JSON pointer."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def say(self, at: str, what: str) -> None:
        self.found.append(f"[ERROR] {what} [json-pointer:{at}]")

    def length(self, at: str, value: Any, most: int, *, empty: bool = True, required: bool = False) -> None:
        if value is None:
            if required:
                self.say(at, "missing required field")
        elif not isinstance(value, str):
            self.say(at, "must be a string")
        elif len(value) > most:
            self.say(at, f"must be less than {most + 1} characters")
        elif not value and not empty:
            self.say(at, "must be more than 0 characters")

    def items(self, at: str, value: Any, most: int, *, required: bool = False) -> None:
        if value is None:
            if required:
                self.say(at, "missing required field")
        elif not isinstance(value, list):
            self.say(at, "must be an array")
        elif len(value) > most:
            self.say(at, f"no more than {most} items allowed")
        elif not value:
            self.say(at, "no less than 1 items allowed")

    def text(self, at: str, value: Any, most: int, *, plain: bool = False) -> None:
        """A text object of at most so many characters; plain: mrkdwn is refused."""
        if not isinstance(value, dict):
            self.say(at, "missing required field" if value is None else "must be a text object")
            return
        kinds = {"plain_text"} if plain else {"plain_text", "mrkdwn"}
        if value.get("type") not in kinds:
            self.say(f"{at}/type", f"must be {' or '.join(sorted(kinds))}")
        self.length(f"{at}/text", value.get("text"), most, empty=False, required=True)
        if unknown := set(value) - {"type", "text", "emoji", "verbatim"}:
            self.say(at, f"additional property: {sorted(unknown)[0]}")


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def check(report: Report, at: str, part: Json) -> None:
    """One interactive element or accessory."""
    kind = str(part.get("type"))
    report.length(f"{at}/action_id", part.get("action_id"), 255, empty=False)
    if part.get("placeholder") is not None:
        report.text(f"{at}/placeholder", part["placeholder"], 150, plain=True)
    if part.get("confirm") is not None:
        _confirm(report, f"{at}/confirm", part["confirm"])
    if kind == "button":
        _button(report, at, part)
    elif kind == "image":
        image(report, at, part)
    elif kind == "plain_text_input":
        _typed(report, at, part)
    elif kind == "number_input" and not isinstance(part.get("is_decimal_allowed"), bool):
        report.say(f"{at}/is_decimal_allowed", "missing required field")
    elif kind in CHOICES or kind in {"overflow", "static_select", "multi_static_select"}:
        _choices(report, at, part)


def image(report: Report, at: str, part: Json) -> None:
    """An image block or element: an address or a Slack file, and always words for those who cannot see it."""
    if bool(part.get("image_url")) == bool(part.get("slack_file")):
        report.say(at, "exactly one of image_url and slack_file is required")
    report.length(f"{at}/image_url", part.get("image_url"), 3000)
    report.length(f"{at}/alt_text", part.get("alt_text"), 2000, empty=False, required=True)


def _button(report: Report, at: str, part: Json) -> None:
    report.text(f"{at}/text", part.get("text"), 75, plain=True)
    report.length(f"{at}/value", part.get("value"), 2000)
    report.length(f"{at}/url", part.get("url"), 3000)
    report.length(f"{at}/accessibility_label", part.get("accessibility_label"), 75)
    if part.get("style") not in {None, "primary", "danger"}:
        report.say(f"{at}/style", "must be primary or danger")


def _confirm(report: Report, at: str, confirm: Any) -> None:
    if not isinstance(confirm, dict):
        report.say(at, "must be an object")
        return
    report.text(f"{at}/title", confirm.get("title"), 100, plain=True)
    report.text(f"{at}/text", confirm.get("text"), 300)
    for field in ("confirm", "deny"):
        report.text(f"{at}/{field}", confirm.get(field), 30, plain=True)
    if confirm.get("style") not in {None, "primary", "danger"}:
        report.say(f"{at}/style", "must be primary or danger")


def _typed(report: Report, at: str, part: Json) -> None:
    least, most = part.get("min_length", 0), part.get("max_length", 3000)
    if not isinstance(most, int) or not 1 <= most <= 3000:
        report.say(f"{at}/max_length", "must be between 1 and 3000")
    elif not isinstance(least, int) or not 0 <= least <= most:
        report.say(f"{at}/min_length", "must be between 0 and max_length")
    report.length(f"{at}/initial_value", part.get("initial_value"), 3000)


def _choices(report: Report, at: str, part: Json) -> None:
    kind = part["type"]
    most = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}.get(kind, 100)
    if part.get("option_groups") is not None and kind in {"static_select", "multi_static_select"}:
        report.items(f"{at}/option_groups", part["option_groups"], 100, required=True)
        for number, group in enumerate(listed(part["option_groups"])):
            place = f"{at}/option_groups/{number}"
            report.text(f"{place}/label", group.get("label"), 75, plain=True)
            _options(report, f"{place}/options", group.get("options"), 100, kind)
    else:
        _options(report, f"{at}/options", part.get("options"), most, kind)
    _initial(report, at, part)


def _options(report: Report, at: str, options: Any, most: int, kind: str) -> None:
    report.items(at, options, most, required=True)
    marked = kind in CHOICES
    for number, option in enumerate(listed(options)):
        place = f"{at}/{number}"
        if not isinstance(option, dict):
            report.say(place, "must be an object")
            continue
        report.text(f"{place}/text", option.get("text"), 75, plain=not marked)
        report.length(f"{place}/value", option.get("value"), 150, empty=False, required=True)
        if option.get("description") is not None:
            report.text(f"{place}/description", option["description"], 75, plain=not marked)
        report.length(f"{place}/url", option.get("url"), 3000)


def _initial(report: Report, at: str, part: Json) -> None:
    chosen = [part[key] for key in ("initial_option",) if part.get(key)] + listed(part.get("initial_options"))
    values = [option.get("value") for option in options(part)]
    for option in chosen:
        if not isinstance(option, dict) or option.get("value") not in values:
            report.say(f"{at}/initial_option", "must be one of the options")


def options(part: Json) -> list[Json]:
    """All options of an element, grouped or not."""
    groups = [group.get("options") for group in listed(part.get("option_groups")) if isinstance(group, dict)]
    found = [*listed(part.get("options")), *(option for group in groups for option in listed(group))]
    return [option for option in found if isinstance(option, dict)]
