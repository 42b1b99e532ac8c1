"""Our own code as syntax trees, for the tests that keep the house in its plan."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CAPABILITIES = [
    "people",
    "places",
    "notifications",
    "audit",
    "identity",
    "billing",
    "membership",
    "merchants",
    "offers",
    "vouchers",
    "insurance",
    "lending",
    "skills",
    "orders",
    "activities",
    "campaigns",
    "privacy",
]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def calls(node: ast.AST, name: str) -> list[ast.Call]:
    """Calls of `name(...)` or `anything.name(...)` under a node."""
    return [
        found for found in ast.walk(node) if isinstance(found, ast.Call) and called(found) == name
    ]


def called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def public_verbs(path: Path) -> Iterator[ast.AsyncFunctionDef]:
    for node in tree(path).body:
        if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node


def strings(node: ast.AST) -> Iterator[str]:
    for found in ast.walk(node):
        if isinstance(found, ast.Constant) and isinstance(found.value, str):
            yield found.value


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))
