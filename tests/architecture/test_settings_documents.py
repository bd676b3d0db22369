"""What the documents say about settings, processes and commands is what the code does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml
from pydantic import SecretStr

from bot import settings
from bot.__main__ import cli
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
DEFAULTS = {
    name.upper(): field.default.get_secret_value()
    if isinstance(field.default, SecretStr)
    else str(field.default)
    for name, field in Settings.model_fields.items()
}


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment and a folder in which nothing is set."""
    monkeypatch.chdir(tmp_path)
    for name in DEFAULTS:
        monkeypatch.delenv(name, raising=False)


def test_the_example_names_every_setting_with_its_default():
    lines = (ROOT / ".env.example").read_text().splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    assert [name for name, _ in pairs] == list(DEFAULTS)
    assert dict(pairs) == DEFAULTS


def test_every_setting_in_the_example_has_a_comment():
    lines = (ROOT / ".env.example").read_text().splitlines()
    bare = [line for above, line in zip(["", *lines], lines, strict=False) if "=" in line and not above]
    assert [line for line in bare if not line.startswith("#")] == []


@pytest.mark.usefixtures("bare")
def test_a_copy_of_the_example_changes_nothing():
    assert Settings(_env_file=ROOT / ".env.example") == Settings(_env_file=None)  # type: ignore[call-arg]


@pytest.mark.usefixtures("bare")
def test_a_wrong_setting_is_named_and_its_value_is_not_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORT", "hunter2")
    monkeypatch.setenv("PUBLIC_URL", "ftp://hunter2")
    with pytest.raises(settings.BadSettings) as refused:
        settings.load()
    assert [sentence.split(":")[0] for sentence in refused.value.problems.values()] == ["PORT", "PUBLIC_URL"]
    assert "hunter2" not in str(refused.value)


def test_the_readme_lists_every_setting_with_its_default():
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert [name for name, _ in rows] == list(DEFAULTS)
    assert {name: shown.strip("`") for name, shown in rows} == DEFAULTS


def test_the_procfile_starts_what_there_is():
    lines = (ROOT / "Procfile").read_text().splitlines()
    assert lines == [
        "release: overture migrate",
        "web: overture web",
        "worker: overture worker",
        "clock: overture clock",
    ]


def test_the_command_line_has_every_command_that_stays():
    group = typer.main.get_command(cli)
    stays = {"demo", "run", "web", "worker", "clock", "migrate", "restored", "import", "connect", "check"}
    assert set(group.commands) == stays  # type: ignore[attr-defined]


def test_compose_runs_the_processes_of_the_procfile():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    started = {service["command"] for service in services.values() if "command" in service}
    procfile = {line.split(": ", 1)[1] for line in (ROOT / "Procfile").read_text().splitlines()}
    assert started == procfile
    assert services["worker"]["deploy"]["replicas"] == 2


def test_compose_migrates_a_database_that_others_can_reach():
    """PostgreSQL's image answers on its socket before it listens to anybody else."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert "--host" in services["db"]["healthcheck"]["test"]
    assert services["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}


def test_the_image_is_given_every_file_that_it_copies():
    """.dockerignore refuses everything that it does not let in by name."""
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert all((ROOT / name).exists() for name in allowed)
    copied = [shlex.split(line)[1:-1] for line in _dockerfile() if line.startswith("COPY ")]
    assert {name for names in copied for name in names} <= allowed | {"."}
    assert {"bot", "handlers", "engine", "storage", "pyproject.toml", "README.md", "LICENSE"} <= allowed


def _dockerfile() -> list[str]:
    return (ROOT / "Dockerfile").read_text().splitlines()
