"""DESIGN 4: a use case opens the one transaction, a contribution joins it, nobody else does either."""

import ast
from pathlib import Path

import pytest

from tests.architecture.code import CAPABILITIES, calls, files, public_verbs, short, tree
from tests.architecture.references import functions, name_of, refers

SERVICES = [
    path for name in CAPABILITIES for path in files(f"backend/{name}") if "service" in short(path)
]
# Where nothing is written: pure, read-only or declarative files of a capability.
READERS = {"queries.py", "rules.py", "tables.py", "errors.py", "gateway.py"}


@pytest.mark.parametrize("path", SERVICES, ids=short)
def test_public_verb_opens_one_transaction_or_joins_its_callers(path):
    wrong = [
        verb.name for verb in public_verbs(path) if not opens_one(path, verb) and not joins(verb)
    ]
    assert wrong == [], f"{short(path)}: neither `async with transaction()` nor `within()` first"


def opens_one(path: Path, verb: ast.AsyncFunctionDef) -> bool:
    """It opens the transaction itself, or through functions of its own capability that it names."""
    capability = name_of(path).split(".")[1]
    seen: set[str] = set()
    waiting = [f"{name_of(path)}.{verb.name}"]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        node = functions()[name]
        if calls(node, "transaction") or calls(node, "spend"):  # spent in one committed statement
            return True
        waiting += [each for each in refers(name) if each.split(".")[1] == capability]
    return False


def joins(verb: ast.AsyncFunctionDef) -> bool:
    statements = [s for s in verb.body if not is_docstring(s)]
    first = statements[0] if statements else None
    return isinstance(first, ast.Expr) and bool(calls(first, "within"))


def is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def test_nobody_but_services_and_kit_touches_transactions():
    touching = [
        short(path)
        for path in files("backend", "web", "partners")
        if calls(tree(path), "transaction") or calls(tree(path), "within")
    ]
    assert [path for path in touching if not may_touch(path)] == []


def may_touch(path: str) -> bool:
    capability = path.startswith("backend/") and path.split("/")[1] in (*CAPABILITIES, "insight")
    folder, name = path.rsplit("/", 2)[-2:]
    writes = capability and name not in READERS and f"{folder}.py" not in READERS
    return path.startswith(("backend/kit/", "backend/sandbox/")) or writes


def test_no_task_is_made_where_transactions_live():
    """REL12: tasks made inside a transaction would share its connection."""
    made = [
        (short(path), name)
        for capability in CAPABILITIES
        for path in files(f"backend/{capability}")
        for name in ("gather", "create_task", "TaskGroup")
        if calls(tree(path), name)
    ]
    assert made == []


def test_no_refusal_is_caught_inside_a_transaction():
    caught = [
        short(path)
        for capability in CAPABILITIES
        for path in files(f"backend/{capability}")
        for block in ast.walk(tree(path))
        if isinstance(block, ast.AsyncWith)
        and any(calls(item.context_expr, "transaction") for item in block.items)
        and any(isinstance(inner, ast.Try) and inner.handlers for inner in ast.walk(block))
    ]
    assert caught == []


def test_forbidden_piccolo_ways_are_nowhere():
    """REL12: no .batch(), run_sync, get_or_create, bare save() or Piccolo's own transaction."""
    found = [
        (short(path), name)
        for path in files("backend", "web", "partners")
        for name in ("batch", "run_sync", "get_or_create", "save")
        if "sandbox" not in path.parts and calls(tree(path), name)
    ]
    found.remove(("backend/kit/files.py", "save"))  # a picture's, of Pillow
    assert found == []


# Commands, and the places that turn a refusal into the till's screen and the scan loop's answer.
NOT_CONTROLLERS = (
    "web/cli.py",
    "web/commands/",
    "partners/till/refusals.py",
    "web/desk/refusals.py",
)


def test_controllers_have_no_try():
    trying = [
        short(path)
        for path in files("web", "partners")
        if not short(path).startswith(NOT_CONTROLLERS)
        and any(isinstance(node, ast.Try) for node in ast.walk(tree(path)))
    ]
    assert trying == []
