"""Spells our English: comments, docstrings and names. What people read is French and stands in other strings,
which are blanked out first; a French docstring or comment has no place here anyway.
"""

import ast
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.check import tracked
from tools.setup import BIN, ROOT

FRENCH = {".txt", ".html", ".jinja", ".po", ".pot", ".typ", ".csv"}
COMMAND = re.compile(r"\.(command|group)\b")
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in tracked():
            if Path(name).suffix not in FRENCH:
                copy_english(ROOT / name, Path(folder) / name)
        config = ["--toml", str(ROOT / "pyproject.toml")]
        done = subprocess.run([BIN / "codespell", *config, "."], cwd=folder, check=False)
    sys.exit(done.returncode)


def copy_english(source: Path, target: Path) -> None:
    try:
        text = source.read_text()
    except UnicodeDecodeError:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(english(text) if source.suffix == ".py" else text)


def english(text: str) -> str:
    """The same lines, without what stands in strings."""
    lines = text.encode().split(b"\n")
    for node in strings(ast.parse(text)):
        blank(lines, node)
    return b"\n".join(lines).decode()


def strings(tree: ast.Module) -> Iterator[ast.expr]:
    kept = {id(node.body[0].value) for node in ast.walk(tree) if documents(node)}  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str | bytes)
            and id(node) not in kept
        ):
            yield node


def documents(node: ast.AST) -> bool:
    """The docstring of a command is its help, in French."""
    if not isinstance(node, Documented) or ast.get_docstring(node) is None:
        return False
    decorators = getattr(node, "decorator_list", [])
    return not any(COMMAND.search(ast.unparse(decorator)) for decorator in decorators)


def blank(lines: list[bytes], node: ast.expr) -> None:
    """Columns are counted in bytes, as the parser counts them."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    for number in range(first, last + 1):
        line = lines[number]
        start = node.col_offset if number == first else 0
        end = (node.end_col_offset or 0) if number == last else len(line)
        lines[number] = line[:start] + b" " * (end - start) + line[end:]


if __name__ == "__main__":
    main()
