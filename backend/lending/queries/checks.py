"""What goes with a thing, what misses of it, and what the desk saw of it at both ends (L30, L40)."""

from datetime import date, datetime
from typing import Any

import msgspec

from backend.kit.database import fetch_one
from backend.lending.errors import BookingUnknown
from backend.lending.rules import Outcome


class Checks(msgspec.Struct, frozen=True, kw_only=True):
    """Of one line. `missing`: pieces of its copy that are known to miss; `given` and `taken` as seen."""

    counted: bool
    checklist: tuple[str, ...]
    pieces: tuple[str, ...]
    asks_charge: bool
    needs_licence: bool
    licence_until: date | None
    kilometres: int | None
    missing: tuple[str, ...]
    given: dict[str, Any]
    taken: dict[str, Any]
    outcome: Outcome | None
    noted_at: datetime | None

    @property
    def given_photos(self) -> tuple[int, ...]:
        return tuple(self.given.get("photos", ()))

    @property
    def taken_photos(self) -> tuple[int, ...]:
        return tuple(self.taken.get("photos", ()))

    @property
    def says_given(self) -> bool:
        """Whether anything was noted of the hand-over."""
        return any(
            self.given.get(name) not in (None, "", [])
            for name in ("ticked", "photos", "kilometres", "reason")
        )

    @property
    def things(self) -> tuple[str, ...]:
        """All that goes out with it."""
        return (*self.checklist, *self.pieces)


async def checks_of(line_id: int) -> Checks:
    """One statement. Raises BookingUnknown."""
    row = await fetch_one(_CHECKS, line_id)
    if row is None:
        raise BookingUnknown
    outcome = row["outcome"]
    return Checks(
        counted=row["counted"],
        checklist=tuple(row["checklist"]),
        pieces=tuple(row["pieces"]),
        asks_charge=row["asks_charge"],
        needs_licence=row["needs_licence"],
        licence_until=row["licence_until"],
        kilometres=row["kilometres"],
        missing=tuple(row["missing"]),
        given=msgspec.json.decode(row["given"]) if row["given"] else {},
        taken=msgspec.json.decode(row["taken"]) if row["taken"] else {},
        outcome=None if outcome is None else Outcome(outcome),
        noted_at=row["noted_at"],
    )


_CHECKS = """
SELECT r.counted, p.checklist, r.pieces, p.asks_charge, p.needs_licence,
       d.valid_until AS licence_until, u.kilometres, c.given, c.taken, c.outcome,
       coalesce(c.in_noted_at, c.out_noted_at) AS noted_at,
       ARRAY(SELECT DISTINCT piece FROM ticket t JOIN custody x ON x.ticket = t.id
         CROSS JOIN LATERAL jsonb_array_elements_text(x.taken -> 'missing') m (piece)
         WHERE t.unit = l.unit AND t.closed_at IS NULL ORDER BY piece) AS missing
FROM booking_line l JOIN resource r ON r.id = l.resource JOIN lending_policy p ON p.id = r.policy
LEFT JOIN booking b ON b.id = l.booking LEFT JOIN licence d ON d.person = b.person
LEFT JOIN unit u ON u.id = l.unit
LEFT JOIN LATERAL (SELECT * FROM custody x WHERE x.line = l.id AND x.undone_at IS NULL
  ORDER BY x.id DESC LIMIT 1) c ON true
WHERE l.id = $1
"""
