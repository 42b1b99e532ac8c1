"""Piccolo tables as SQLAlchemy MetaData, for Alembic and the drift test only."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from piccolo.columns import ForeignKey
from piccolo.columns.base import Column
from piccolo.constraints import Check, Unique
from piccolo.table import Table
from sqlalchemy.dialects import postgresql as pg

from backend.kit.rows import Exclude, Index, PartialUnique, Range

TYPES: dict[str, Any] = {
    "BIGINT": sa.BigInteger,
    "BIGSERIAL": sa.BigInteger,
    "BOOLEAN": sa.Boolean,
    "BYTEA": sa.LargeBinary,
    "DATE": sa.Date,
    "DOUBLE PRECISION": pg.DOUBLE_PRECISION,
    "JSONB": pg.JSONB,
    "TEXT": sa.Text,
    "TIME": sa.Time,
    "TIMESTAMPTZ": lambda: sa.DateTime(timezone=True),
    "TSTZRANGE": pg.TSTZRANGE,
    "TSTZMULTIRANGE": pg.TSTZMULTIRANGE,
    "DATERANGE": pg.DATERANGE,
    "TEXT[]": lambda: pg.ARRAY(sa.Text),
    "TIMESTAMPTZ[]": lambda: pg.ARRAY(sa.DateTime(timezone=True)),
    "BIGINT[]": lambda: pg.ARRAY(sa.BigInteger),
}


def metadata(tables: Iterable[type[Table]]) -> sa.MetaData:
    """Every table with its constraints and indexes, named `<table>_<what>`."""
    described = sa.MetaData()
    for table in tables:
        _describe(described, table)
    return described


def _describe(described: sa.MetaData, table: type[Table]) -> None:
    name = table._meta.tablename
    made = sa.Table(name, described, *(_column(name, column) for column in table._meta.columns))
    for column in table._meta.columns:
        _column_extras(made, column)
    for constraint in table._meta.constraints:
        _constrain(made, f"{name}_{constraint._meta.name}", constraint)


def _column(table: str, column: Column) -> "sa.Column[Any]":
    meta = column._meta
    kind = _foreign_type(column) if isinstance(column, ForeignKey) else TYPES[column.column_type]()
    extras: list[Any] = []
    if isinstance(column, ForeignKey):
        extras.append(_foreign_key(table, column))
    if meta.primary_key and column.column_type == "BIGSERIAL":
        extras.append(sa.Identity(always=False))
    return sa.Column(
        meta.db_column_name,
        kind,
        *extras,
        primary_key=meta.primary_key,
        nullable=meta.null,
        server_default=_default(column),
    )


def _default(column: Column) -> Any:
    """Our makers' defaults in the database too, so that a plain INSERT may leave them out."""
    default = getattr(column, "default", None)
    if isinstance(default, bool):
        return sa.true() if default else sa.false()
    if isinstance(default, int):
        return sa.text(str(default))
    if isinstance(default, str):
        return sa.text(f"'{default}'")
    return sa.text("'{}'") if default is list else None


def _foreign_type(column: "ForeignKey[Any]") -> Any:
    target = column._foreign_key_meta.resolved_target_column
    return TYPES[target.column_type]()


def _foreign_key(table: str, column: "ForeignKey[Any]") -> sa.ForeignKey:
    meta = column._foreign_key_meta
    target = meta.resolved_references._meta
    return sa.ForeignKey(
        f"{target.tablename}.{meta.resolved_target_column._meta.db_column_name}",
        name=f"{table}_{column._meta.db_column_name}_fkey",
        ondelete=meta.on_delete.value,
    )


def _column_extras(made: sa.Table, column: Column) -> None:
    name = column._meta.db_column_name
    if column._meta.unique:
        made.append_constraint(sa.UniqueConstraint(name, name=f"{made.name}_{name}_key"))
    elif column._meta.index:
        sa.Index(f"{made.name}_{name}_idx", made.c[name])
    if column._meta.choices is not None:
        words = ", ".join(f"'{word.value}'" for word in column._meta.choices)
        check = sa.CheckConstraint(f"{name} IN ({words})", name=f"{made.name}_{name}_known")
        made.append_constraint(check)
    if isinstance(column, Range):
        check = sa.CheckConstraint(f"NOT isempty({name})", name=f"{made.name}_{name}_not_empty")
        made.append_constraint(check)


def _constrain(made: sa.Table, name: str, constraint: object) -> None:
    match constraint:
        case Unique():
            made.append_constraint(
                sa.UniqueConstraint(
                    *constraint.get_column_names(),  # type: ignore[no-untyped-call]
                    name=name,
                    postgresql_nulls_not_distinct=not constraint.nulls_distinct or None,
                )
            )
        case Check():
            made.append_constraint(sa.CheckConstraint(constraint.get_condition_str(), name=name))
        case Exclude():
            elements = [(sa.text(element), operator) for element, operator in constraint.elements]
            where = sa.text(constraint.where) if constraint.where else None
            made.append_constraint(pg.ExcludeConstraint(*elements, name=name, where=where))
        case PartialUnique() | Index():
            sa.Index(
                name,
                *(_part(made, part) for part in constraint.columns),
                unique=constraint.unique,
                _table=made,  # an index over expressions alone names no column to find it by
                postgresql_where=sa.text(constraint.where) if constraint.where else None,
                postgresql_using=constraint.using if isinstance(constraint, Index) else None,
            )
        case _:
            raise TypeError(f"unknown constraint {name}")


def _part(made: sa.Table, part: str) -> Any:
    return made.c[part] if part in made.c else sa.text(part)
