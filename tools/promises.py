"""Each promise a test cites stands in tests/promises.md, and each one there is cited by a test.

A promise is cited by its number in a docstring: `V18`, `SEC3`. Numbers that are also other things (a sheet of A4,
the language level A2-B1) count only at the head of a line, before a colon.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests"
LISTED = re.compile(r"^- \*\*([A-Z]+\d+)\*\* \S", re.MULTILINE)
NUMBER = re.compile(r"(?<![\w.-])(?:SEC|UX|PERF|REL|[BCDILMNPSVX])\d{1,2}(?![\w-])")
HEAD = re.compile(r"^\s*((?:[A-Z]+\d+(?:, | and | to )?)+):", re.MULTILINE)
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def main() -> None:
    text = (TESTS / "promises.md").read_text()
    faults = [*faults_of(LISTED.findall(text), cited(TESTS))]
    if faults:
        sys.exit("\n".join(faults))


def faults_of(listed: list[str], found: dict[str, Path]) -> Iterator[str]:
    for number, path in sorted(found.items()):
        if number not in listed:
            yield f"{path.relative_to(TESTS.parent)} cites {number}, which is not in tests/promises.md"
    for number in sorted(set(listed)):
        if number not in found:
            yield f"tests/promises.md has {number}, which no test cites"
        if listed.count(number) > 1:
            yield f"tests/promises.md has {number} more than once"


def cited(folder: Path) -> dict[str, Path]:
    return {
        number: path
        for path in sorted(folder.rglob("*.py"))
        for docstring in docstrings(ast.parse(path.read_text()))
        for number in numbers(docstring)
    }


def docstrings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, Documented):
            yield ast.get_docstring(node) or ""


def numbers(docstring: str) -> set[str]:
    heads = " ".join(HEAD.findall(docstring))
    return set(NUMBER.findall(docstring)) | set(re.findall(r"[A-Z]+\d+", heads))


if __name__ == "__main__":
    main()
