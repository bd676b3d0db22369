"""Writes docs/lifecycle.md from storage.lifecycle: `make docs`. Nothing in that page is written by hand."""

from __future__ import annotations

import sys
from collections import defaultdict

from storage.lifecycle import NOT_ALIVE, OVER, PENDING, TRANSITIONS, Event, State

HEAD = """# The life of a message

Generated from `storage/lifecycle.py` by `make docs`. Change the code, not this page.

A message is one row. An event takes it from one state to the next, and `storage.messages.move` is the only
way to write a state. An event that is not listed for a state changes nothing.
"""


def page() -> str:
    """The whole page, with a line break at its end."""
    return "\n".join([HEAD, *_drawing(), "", *_table(), "", *_groups(), ""])


def _drawing() -> list[str]:
    """Arrows between different states; several events between the same two share one arrow."""
    arrows: dict[tuple[State, State], list[Event]] = defaultdict(list)
    for event, ways in TRANSITIONS.items():
        for source, target in ways.items():
            if source is not target:
                arrows[source, target].append(event)
    order = list(State)
    lines = [
        f"    {source} --> {target}: {', '.join(events)}"
        for (source, target), events in sorted(
            arrows.items(), key=lambda item: (order.index(item[0][0]), order.index(item[0][1]))
        )
    ]
    return ["```mermaid", "stateDiagram-v2", "    [*] --> planned", *lines, "```"]


def _table() -> list[str]:
    lines = ["| from | event | to |", "|---|---|---|"]
    for state in State:
        ways = [(event, TRANSITIONS[event][state]) for event in Event if state in TRANSITIONS[event]]
        lines += [f"| {state} | {event} | {'stays' if to is state else to} |" for event, to in ways]
        if not ways:
            lines.append(f"| {state} | | the end |")
    return lines


def _groups() -> list[str]:
    groups = (
        ("Words may still leave without a new decision about the row", PENDING),
        ("The sequence is looked at again", OVER),
        ("The place is free for a replacement with the same key", NOT_ALIVE),
    )
    return ["| what holds | states |", "|---|---|"] + [
        f"| {sentence} | {', '.join(states)} |" for sentence, states in groups
    ]


if __name__ == "__main__":
    sys.stdout.write(page())
