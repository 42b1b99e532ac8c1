"""What is told of a line, written in the transaction of its reason; it leaves by the outbox (L37).

A row a line, once for its kind and date: the index `loan_notice_once` holds it. Lines that are told
together share a letter, whose words are found when it leaves (sending.py). Whatever changes a line
withdraws what waits for it; what is still true is told anew.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from backend.kit import clock, codes, outbox
from backend.kit.database import fetch, within
from backend.lending.schedule import TASKS, Notice, NoticeWay
from backend.lending.values import LineRow

LETTER = "lending"


async def tell(kind: Notice, lines: Sequence[LineRow], **facts: Any) -> None:
    """One message about these lines of one booking, now; nobody is told of one without its person."""
    within()
    known = [line.id for line in lines if line.person_id is not None]
    if known:
        await write(kind, dict.fromkeys(known, clock.now()), facts=facts)


async def write(
    kind: Notice, about: Mapping[int, datetime], *, days: int = 0, facts: Mapping[str, Any] = {}
) -> list[int]:
    """A row for each line by its id, and one letter for all; those that were not told before."""
    within()
    way = NoticeWay.TASK if kind in TASKS else NoticeWay.MESSAGE
    letter, now = f"{LETTER}:{codes.random_id()}", clock.now()
    made = await fetch(
        "INSERT INTO loan_notice (line, about, kind, days, way, letter, facts, made_at)"
        " SELECT one.line, one.about, $3, $4, $5, $6, $7, $8"
        " FROM unnest($1::bigint[], $2::timestamptz[]) AS one (line, about)"
        " ON CONFLICT (line, kind, days, about) WHERE withdrawn_at IS NULL DO NOTHING"
        " RETURNING line",
        list(about),
        list(about.values()),
        kind.value,
        days,
        way.value,
        letter,
        msgspec.json.encode(facts).decode(),
        now,
    )
    if made and way is NoticeWay.MESSAGE:
        await outbox.put(LETTER, letter, {})
    return [row["line"] for row in made]


async def withdraw(line_ids: Sequence[int], but: tuple[Notice, int] | None = None) -> None:
    """What waits to be said of these lines, or done, is so no more; a letter left empty is forgotten.

    `but` that step: another worker may have just written it, and its letter may be on its way.
    """
    within()
    rows = await fetch(
        "UPDATE loan_notice SET withdrawn_at = $2"
        " WHERE line = ANY($1) AND told_at IS NULL AND withdrawn_at IS NULL"
        " AND (kind, days) IS DISTINCT FROM ($3::text, $4::bigint) RETURNING letter",
        list(line_ids),
        clock.now(),
        but and but[0].value,
        but and but[1],
    )
    if rows:
        letters = sorted({row["letter"] for row in rows})
        kept = await fetch(
            "SELECT DISTINCT letter FROM loan_notice WHERE letter = ANY($1)"
            " AND told_at IS NULL AND withdrawn_at IS NULL",
            letters,
        )
        full = {row["letter"] for row in kept}
        await outbox.forget([letter for letter in letters if letter not in full], [])
