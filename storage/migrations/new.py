"""Drafts the next migration: the difference between the newest schema and storage/tables. Changes no database."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from storage import migrate

HERE = Path(__file__).parent


def write(message: str) -> Path:
    """Write versions/NNNN_message.py and return where it is. Read it before you keep it."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    head = ScriptDirectory.from_config(config).get_current_head() or "0000"
    number = f"{int(head) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/newest.db"
        migrate.upgrade(url)
        with create_engine(url).connect() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True, rev_id=number)
    return next((HERE / "versions").glob(f"{number}_*.py"))


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit('Say what changes: make migration NAME="what changes"')
    sys.stdout.write(f"{write(sys.argv[1])}\n")
