"""Who writes which table, and what every table promises."""

import re

import pytest

from backend import schema
from tests.architecture.code import CAPABILITIES, files, short, strings, tree

WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+(?:ONLY\s+)?\"?([a-z_]+)\"?\b")
OWNER = {table._meta.tablename: table.__module__.split(".")[1] for table in schema.tables()}


@pytest.mark.parametrize("capability", [*CAPABILITIES, "http", "jobs", "insight", "campaigns"])
def test_only_its_own_capability_writes_a_table(capability):
    """DESIGN 3.5: a foreign write would go round the rules of the table's owner."""
    foreign = [
        (short(path), table)
        for path in files(f"backend/{capability}")
        for text in strings(tree(path))
        for table in WRITES.findall(text)
        if table in OWNER and OWNER[table] != capability
    ]
    assert foreign == []


def test_surfaces_know_no_table():
    """DESIGN 3.3: pages speak to services and queries."""
    touching = [
        short(path)
        for path in files("web", "partners")
        for text in strings(tree(path))
        if re.search(r"\b(INSERT INTO|UPDATE \w+ SET|DELETE FROM|SELECT .* FROM)\b", text)
    ]
    assert touching == []


def test_every_foreign_key_says_what_a_delete_does():
    """REL12: Piccolo would cascade."""
    silent = [
        f"{table.name}.{key.parent.name}"
        for table in schema.metadata().tables.values()
        for key in table.foreign_keys
        if key.ondelete not in ("RESTRICT", "SET NULL")
    ]
    assert silent == []


def test_every_capability_with_tables_is_gathered():
    with_tables = {path.parent.name for path in files("backend") if path.name == "tables.py"}
    assert with_tables == set(schema.CAPABILITIES)


def test_money_is_integer_cents():
    """B8: no column of money is a float or a decimal."""
    wrong = [
        f"{table.name}.{column.name}"
        for table in schema.metadata().tables.values()
        for column in table.columns
        if column.name.endswith("_cents") and str(column.type) != "BIGINT"
    ]
    assert wrong == []


def test_what_time_changes_of_a_membership_is_in_no_column():
    """M1: status follows from periods, the grace setting and a date; it is computed when asked for."""
    tables = schema.metadata().tables
    stored = {
        f"{name}.{column.name}"
        for name in ("household", "household_member", "period", "monthly_plan", "card", "person")
        for column in tables[name].columns
        if re.search(r"status|state|lapsed|current|expired|overdue", column.name)
    }
    assert stored == set()
