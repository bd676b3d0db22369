"""The life of a message has no dead ends, no unreachable states and no unused events, and the docs draw it as it is."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path

from storage.lifecycle import TRANSITIONS, Event, State

ROOT = Path(__file__).parents[2]
EDGES = {(source, target) for ways in TRANSITIONS.values() for source, target in ways.items()}


def test_every_state_is_reached_from_planned():
    reached = {State.PLANNED}
    while new := {target for source, target in EDGES if source in reached} - reached:
        reached |= new
    assert reached == set(State)


def test_only_sent_has_no_way_out():
    stuck = set(State) - {source for source, target in EDGES if source is not target}
    assert stuck == {State.SENT}


def test_every_event_is_named_by_the_engine():
    named = {
        node.attr
        for path in (ROOT / "engine").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Event"
    }
    assert {event.name for event in Event} <= named


def test_only_storage_messages_updates_messages_through_a_module_that_only_it_uses():
    trees = {
        str(path.relative_to(ROOT)): ast.parse(path.read_text())
        for folder in ("bot", "handlers", "engine", "storage")
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts
    }
    writers = {name for name, tree in trees.items() if _updates_messages(tree)}
    assert writers == {"storage/messages.py", "storage/transitions.py"}
    users = {name for name, tree in trees.items() if _imports(tree, "storage", "transitions")}
    assert users == {"storage/messages.py"}


def test_the_page_in_the_docs_is_the_generated_one():
    generated = runpy.run_path(str(ROOT / "docs" / "lifecycle.py"))["page"]()
    assert (ROOT / "docs" / "lifecycle.md").read_text() == generated, "run: make docs"


def _updates_messages(tree: ast.Module) -> bool:
    """`update(messages)` or `messages.update()`, also where the table was imported under another name."""
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "storage.tables"
        for alias in node.names
        if alias.name == "messages"
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        verb = node.func
        if isinstance(verb, ast.Name) and verb.id == "update" and _is(node.args[:1], names):
            return True
        if isinstance(verb, ast.Attribute) and verb.attr == "update" and _is([verb.value], names):
            return True
    return False


def _imports(tree: ast.Module, package: str, module: str) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and (
            node.module == f"{package}.{module}"
            or (node.module == package and module in {alias.name for alias in node.names})
        )
        for node in ast.walk(tree)
    )


def _is(found: list[ast.expr], names: set[str]) -> bool:
    """The table itself, by its imported name or as `tables.messages`."""
    return any(
        (isinstance(node, ast.Name) and node.id in names)
        or (isinstance(node, ast.Attribute) and ast.unparse(node) == "tables.messages")
        for node in found
    )
