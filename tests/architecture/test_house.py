"""The house rules that a machine can hold: names, lengths, tables, locks, and what the repository never mentions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from storage.tables import metadata

ROOT = Path(__file__).parents[2]
PRODUCT = ("bot", "handlers", "engine", "storage")
PLACES = ("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/us" + "ers/")
X_API = "/2/us" + "ers/"
"""A path of X's API, not of a machine."""
HOSTS = ("pypi" + ".org", "python" + "hosted", "registry.npm" + "js", "--index" + "-url ")
WRITERS = ("clau" + "de", "anthro" + "pic", "chat" + "gpt", "copi" + "lot", "co-authored" + "-by")


def modules() -> list[Path]:
    return sorted(path for folder in PRODUCT for path in (ROOT / folder).rglob("*.py"))


def texts() -> Iterator[tuple[str, str]]:
    """Every file that belongs to the repository and is text."""
    folders = (*PRODUCT, "tests", "docs", "benchmarks", "samples", ".ci")
    named = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    ours = {".env.example", ".gitignore", ".dockerignore"}
    top = [path for path in ROOT.iterdir() if not path.name.startswith(".") or path.name in ours]
    for path in (*named, *top):
        if path.is_file() and path.suffix not in {".pyc", ".png", ".db"} and "screenshots" not in path.parts:
            try:
                yield str(path.relative_to(ROOT)), path.read_text()
            except UnicodeDecodeError:
                continue


def test_a_module_says_what_it_owns_in_a_file_one_can_read():
    written = {
        str(path.relative_to(ROOT)): path.read_text() for path in modules() if "versions" not in path.parts
    }
    assert [name for name, text in written.items() if text and not text.startswith('"""')] == []
    assert [name for name, text in written.items() if text.count("\n") > 300] == []


def test_no_module_hides_behind_an_empty_name():
    forbidden = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service", "services"}
    assert [path for path in modules() if forbidden & set(re.split(r"[_.]", path.stem))] == []


def test_no_class_hides_behind_an_empty_name():
    found = [
        f"{path.name}: {name}"
        for path in modules()
        for name in re.findall(r"^class (\w+)", path.read_text(), re.MULTILINE)
        if re.search(r"^Base[A-Z]|(Impl|Manager|Service|Helper|Utils?)$", name)
    ]
    assert found == []


@pytest.mark.parametrize("words", [PLACES, HOSTS, WRITERS], ids=["machine paths", "package hosts", "writers"])
def test_the_repository_speaks_of_the_product_alone(words: tuple[str, ...]):
    told = [(name, text.lower().replace(X_API, "")) for name, text in texts()]
    found = [f"{name}: {word}" for name, text in told for word in words if word in text]
    assert found == []


def test_every_root_table_names_its_workspace():
    without = {name for name, table in metadata.tables.items() if "workspace_id" not in table.c}
    assert without == {"workspaces", "revisions", "secrets", "clock"}
    assert not any(
        table.c.workspace_id.nullable for table in metadata.tables.values() if "workspace_id" in table.c
    )


def test_no_row_vanishes_because_another_one_does():
    assert [key for table in metadata.tables.values() for key in table.foreign_keys if key.ondelete] == []


def test_a_migrated_database_is_what_the_tables_say(database_url: str):
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)
    with engine.connect() as conn:
        assert (
            compare_metadata(MigrationContext.configure(conn, opts={"compare_type": False}), metadata) == []
        )
    engine.dispose()


def test_locks_hold_versions_and_hashes_and_nothing_else():
    pins = {}
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        blocks = re.findall(
            r"^([a-z0-9][^=\s]*)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)", text, re.MULTILINE
        )
        assert len(blocks) == len(re.findall(r"^[^\s#]", text, re.MULTILINE))
        pins[name] = {package: version for package, version, _ in blocks}
    assert pins["requirements.lock"].items() <= pins["requirements-dev.lock"].items()
