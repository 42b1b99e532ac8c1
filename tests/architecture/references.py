"""Which function refers to which, across files: names are followed through imports."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture.code import ROOT, files, strings, tree


@cache
def modules() -> dict[str, ast.Module]:
    paths = [path for path in files("backend") if "sandbox" not in path.parts]
    return {name_of(path): tree(path) for path in paths}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def functions() -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    return {
        f"{module}.{node.name}": node
        for module, found in modules().items()
        for node in found.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def names_in(module: str, found: ast.Module) -> dict[str, str]:
    """What a name at the top of a file stands for: something of its own, or imported from us."""
    names = {}
    for node in found.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("backend"):
            names |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names[node.name] = f"{module}.{node.name}"
    return names


@cache
def known(module: str) -> dict[str, str]:
    found = modules().get(module)
    return {} if found is None else names_in(module, found)


def resolved(name: str) -> str:
    """`backend.membership.service.merge` is where it was imported from."""
    while name not in functions():
        module, _, last = name.rpartition(".")
        further = known(module).get(last)
        if further is None or further == name:
            break
        name = further
    return name


def referred(node: ast.AST, names: dict[str, str]) -> Iterator[str]:
    """The functions of ours that are named under a node, called or handed on."""
    for each in ast.walk(node):
        found = ""
        if isinstance(each, ast.Name):
            found = names.get(each.id, "")
        elif isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name):
            found = f"{names.get(each.value.id, '')}.{each.attr}"
        if resolved(found) in functions():
            yield resolved(found)


@cache
def refers(name: str) -> frozenset[str]:
    return frozenset(referred(functions()[name], known(name.rpartition(".")[0]))) - {name}


def reached(name: str) -> set[str]:
    """A function and all that it may come to."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each not in seen:
            seen.add(each)
            waiting += refers(each)
    return seen


def words(name: str) -> str:
    """The strings of a function, and of the constants of its file that it names."""
    node, module = functions()[name], modules()[name.rpartition(".")[0]]
    named = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    constants = [
        each.value
        for each in module.body
        if isinstance(each, ast.Assign)
        and any(isinstance(one, ast.Name) and one.id in named for one in each.targets)
    ]
    return " ".join(said for each in (node, *constants) for said in strings(each))
