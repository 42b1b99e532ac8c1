"""Column makers and constraints with every default said aloud.

Piccolo fills a missing text with '', a number with 0 and cascades deletes; here a value that is
not given is an error, a foreign key says what a delete does and has an index.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from piccolo.columns import (
    JSONB,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    Date,
    DoublePrecision,
    ForeignKey,
    LazyTableReference,
    OnDelete,
    OnUpdate,
    Text,
    Time,
    Timestamptz,
)
from piccolo.columns.base import Column
from piccolo.constraints import Check, Constraint, Unique
from piccolo.table import Table

from backend.kit.database import DB

__all__ = ["Check", "Exclude", "Index", "PartialUnique", "Row", "Unique"]


class Row(Table):
    """Base of every table: bound to our engine, numbered by a bigint identity."""

    id = BigSerial(primary_key=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(db=DB, **kwargs)


class Range(Column):
    """A PostgreSQL range, given and taken as asyncpg.Range."""

    def __init__(self, kind: str, *, null: bool) -> None:
        self.kind = kind
        self.default = None
        super().__init__(null=null, kind=kind, default=None if null else ...)

    @property
    def column_type(self) -> str:
        return self.kind.upper()


def text(*, null: bool = False, unique: bool = False, index: bool = False) -> Text:
    return Text(default=None, null=null, unique=unique, index=index)


def word(kind: type[StrEnum], *, default: StrEnum | None = None) -> Text:
    """A closed set of words; the bridge adds the CHECK that names them."""
    column = Text(default=default and default.value, null=False)
    column._meta.choices = kind
    return column


def integer(*, null: bool = False, default: int | None = None, unique: bool = False) -> BigInt:
    return BigInt(default=default, null=null, unique=unique)


def cents(*, null: bool = False, default: int | None = None) -> BigInt:
    """Money in integer cents of a euro."""
    return BigInt(default=default, null=null)


def real(*, null: bool = False) -> DoublePrecision:
    return DoublePrecision(default=None, null=null)


def flag(*, null: bool = False, default: bool | None = None) -> Boolean:
    return Boolean(default=default, null=null)


def day(*, null: bool = False) -> Date:
    """A calendar day as people say it, without a zone."""
    return Date(default=None, null=null)


def wall_time(*, null: bool = False) -> Time:
    """An hour on the wall in Europe/Paris."""
    return Time(default=None, null=null)


def instant(*, null: bool = False, index: bool = False) -> Timestamptz:
    return Timestamptz(default=None, null=null, index=index)


def document(*, null: bool = False) -> JSONB:
    """JSON as text, read and written with msgspec."""
    return JSONB(default=None, null=null)


def binary(*, null: bool = False, unique: bool = False) -> Bytea:
    return Bytea(default=None, null=null, unique=unique)


def texts() -> Array:
    return Array(base_column=Text(), default=list)


def integers() -> Array:
    return Array(base_column=BigInt(), default=list)


def moments() -> Array:
    return Array(base_column=Timestamptz(default=None, null=True), default=list)


def days() -> Range:
    return Range("daterange", null=False)


def instants(*, null: bool = False) -> Range:
    return Range("tstzrange", null=null)


def spans(*, null: bool = False) -> Range:
    """Several stretches of time that need not meet."""
    return Range("tstzmultirange", null=null)


def refers(
    table: str, app: str, *, on_delete: OnDelete, null: bool = False, index: bool = True
) -> ForeignKey[Any]:
    """A foreign key by lazy reference: `refers("Person", "people", on_delete=RESTRICT)`."""
    module = f"{app}.tables"
    return ForeignKey(
        LazyTableReference(table, module_path=f"backend.{module}"),
        default=None,
        null=null,
        on_delete=on_delete,
        on_update=OnUpdate.no_action,
        index=index,
    )


RESTRICT = OnDelete.restrict
CASCADE = OnDelete.cascade
SET_NULL = OnDelete.set_null


class _Extra(Constraint):
    """A constraint Piccolo does not know; only the bridge reads it."""

    def serialise_self(self) -> None:
        """Nothing to resolve: columns are named by strings."""

    @property
    def ddl(self) -> str:
        raise NotImplementedError("tables are made by migrations")

    def _table_str(self) -> str:
        return type(self).__name__


class PartialUnique(_Extra):
    """UNIQUE (columns) WHERE condition, as a unique index."""

    def __init__(self, columns: Sequence[str], where: str) -> None:
        self.columns, self.where, self.unique = tuple(columns), where, True
        super().__init__()


class Index(_Extra):
    """A plain or partial index; an item that is not a column name is taken as an expression.

    `using` names another kind than a B-tree: "gin" for what an array holds.
    """

    def __init__(
        self, columns: Sequence[str], where: str | None = None, using: str | None = None
    ) -> None:
        self.columns, self.where, self.unique = tuple(columns), where, False
        self.using = using
        super().__init__()


class Exclude(_Extra):
    """EXCLUDE USING gist (element WITH operator, ...) WHERE (condition), without btree_gist.

    A bigint takes part as int8range(id, id, '[]'): mind that int8range(NULL, NULL) is everything,
    so a nullable column needs `where`.
    """

    def __init__(self, *elements: tuple[str, str], where: str | None = None) -> None:
        self.elements, self.where = elements, where
        super().__init__()
