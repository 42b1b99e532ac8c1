"""The cells of a table say the name of their column, so that a phone can show each row as a list."""

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

# A row or a cell begins: how many columns it is wide, and whether nothing stands in it.
BEGINS = re.compile(
    r"<t(?P<what>[rdh])\b(?=[^>]*?(?:\scolspan=\"(?P<wide>\d+)\"|>)(?P<nothing>\s*</)?)"
)


def labelled(body: Markup, headings: Sequence[str | tuple[str, str]]) -> Markup:
    """`data-label` on each cell that holds something under a column with a name; the first cell of a
    row is what the row is about, and needs none.
    """
    names = [escape(each if isinstance(each, str) else each[0]).striptags() for each in headings]
    column = 0

    def told(found: re.Match[str]) -> str:
        nonlocal column
        if found["what"] == "r":
            column = 0
            return found[0]
        at, column = column, column + int(found["wide"] or 1)
        name = "" if found["nothing"] else "".join(names[max(at, 1) : at + 1])
        return f'{found[0]} data-label="{escape(name)}"' if name else found[0]

    return Markup(BEGINS.sub(told, body))  # noqa: S704 — the same markup, with names escaped
