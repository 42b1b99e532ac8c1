"""Long texts as staff type them: paragraphs, "# " before a title, "- " before each line of a list.

No markup goes through: what is typed is shown, escaped like everything else.
"""

from enum import StrEnum

import msgspec


class BlockKind(StrEnum):
    TITLE = "title"
    LIST = "list"
    TEXT = "text"


class Block(msgspec.Struct, frozen=True):
    kind: BlockKind
    lines: tuple[str, ...]


def blocks(text: str) -> list[Block]:
    """The text cut at its blank lines and at each change between title, list and text."""
    found: list[Block] = []
    for part in text.replace("\r\n", "\n").split("\n\n"):
        for line in part.split("\n"):
            if line.strip():
                _add(found, line.strip())
        found.append(Block(BlockKind.TEXT, ()))
    return [block for block in found if block.lines]


def _add(found: list[Block], line: str) -> None:
    kind, words = _kind(line)
    last = found[-1] if found else None
    if last is not None and last.kind is kind and kind is not BlockKind.TITLE and last.lines:
        found[-1] = Block(kind, (*last.lines, words))
    else:
        found.append(Block(kind, (words,)))


def _kind(line: str) -> tuple[BlockKind, str]:
    if line.startswith("#"):
        return BlockKind.TITLE, line.lstrip("# ")
    if line.startswith(("- ", "* ", "• ")):
        return BlockKind.LIST, line[2:].strip()
    return BlockKind.TEXT, line
