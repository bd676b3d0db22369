"""What tables share: the naming of constraints and a few kinds of column."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, String, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")


def identity() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def workspace() -> Column[str]:
    return Column("workspace_id", String(32), ForeignKey("workspaces.id"), nullable=False)


def reference(name: str, target: str, *, null: bool = False) -> Column[int]:
    return Column(name, Id, ForeignKey(f"{target}.id"), nullable=null)


def words(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")
