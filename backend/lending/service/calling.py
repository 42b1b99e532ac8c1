"""The desk has called, or settled what it was asked to: who, when, and what was said (L36, L10)."""

from collections.abc import Sequence

from backend.audit.service import note as audit_note
from backend.kit import clock
from backend.kit.database import fetch, once_more, transaction
from backend.lending.rules import LONGEST_REASON
from backend.lending.service.acts import check_staff, once
from backend.lending.values import Ask


@once_more
async def note_called(ask: Ask, ids: Sequence[int], note: str) -> int:
    """These calls are made, with a word of what was said, or none; how many. What was noted stays."""
    check_staff(ask)
    said = " ".join(note.split())[:LONGEST_REASON]

    async def act() -> int:
        rows = await fetch(
            "UPDATE loan_notice SET told_at = $2, told_by = $3, note = nullif($4, '')"
            " WHERE id = ANY($1) AND way <> 'message' AND told_at IS NULL AND withdrawn_at IS NULL"
            " RETURNING (SELECT b.person FROM booking b JOIN booking_line l ON l.booking = b.id"
            "  WHERE l.id = loan_notice.line) AS person",
            list(ids),
            clock.now(),
            ask.by.id,
            said,
        )
        for person_id in sorted({row["person"] for row in rows if row["person"]}):
            await audit_note("lending.called", ask.by, subject_id=person_id, object_kind="person")
        return len(rows)

    async with transaction():
        body = {"verb": "called", "ids": sorted(ids)}
        return await once(ask, body, int, act)
