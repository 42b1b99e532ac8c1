"""Who came: noted by staff alone, by scan or by tick (A2, C1)."""

from typing import Any

import msgspec

from backend.activities import rules
from backend.activities.errors import (
    AttendanceByStaff,
    AttendanceEarly,
    NoSeatHere,
    SeatUnknown,
    SessionCancelled,
)
from backend.activities.queries.arriving import OF_CARD
from backend.activities.rules import SeatState
from backend.activities.service.line import lock_session
from backend.activities.service.seats import lock_seat
from backend.audit.service import By, note
from backend.identity import queries as identity
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch, once_more, transaction, within

STAFF = frozenset({Role.DESK, Role.MANAGER, Role.ADMIN})


class Arrived(msgspec.Struct, frozen=True):
    """First names: who was noted as here, and who of the household waits for a place."""

    here: tuple[str, ...]
    waiting: tuple[str, ...]


@once_more
async def mark(by: By, seat: str, attended: bool | None) -> None:
    """Here, not here, or not noted any more. Raises AttendanceByStaff, AttendanceEarly, SeatUnknown,
    SessionCancelled.
    """
    await _check_staff(by)
    async with transaction():
        session, held = await lock_seat(seat)
        _check_running(session)
        if held["state"] != SeatState.TAKEN:
            raise SeatUnknown
        await _write(by, session, [held["id"]], attended)


@once_more
async def check_in(by: By, session: str, person_id: int) -> Arrived:
    """A member's card was scanned: whoever holds it is here, and so are the children who came along
    with a seat, since they carry no card. Raises NoSeatHere and what `mark` raises.
    """
    await _check_staff(by)
    async with transaction():
        row = await lock_session(session)
        _check_running(row)
        found = await fetch(_OF_CARD, row["id"], person_id)
        if not found:
            raise NoSeatHere
        here = [one for one in found if one["state"] == SeatState.TAKEN]
        await _write(by, row, [one["id"] for one in here], attended=True)
        waiting = [one["given_name"] for one in found if one["state"] == SeatState.WAITING]
        return Arrived(tuple(one["given_name"] for one in here), tuple(waiting))


async def _check_staff(by: By) -> None:
    """C1: whatever page this comes from."""
    if by.id is None or not STAFF & set(await identity.roles_of(by.id)):
        raise AttendanceByStaff


def _check_running(session: Any) -> None:
    if session["cancelled_at"] is not None:
        raise SessionCancelled
    if clock.now() < session["starts_at"] - rules.DOORS:
        raise AttendanceEarly


async def _write(by: By, session: Any, seats: list[int], attended: bool | None) -> None:
    within()
    rows = await fetch(
        "UPDATE seat SET attended = $2, attended_by = $3 WHERE id = ANY($1)"
        " AND attended IS DISTINCT FROM $2 RETURNING person",
        seats,
        attended,
        None if attended is None else by.id,
    )
    for row in rows:
        await note(
            "activity.attend",
            by,
            subject_id=row["person"],
            object_kind="activity",
            object_id=session["public_id"],
            attended=attended,
        )


_OF_CARD = f"""
SELECT s.id, s.state, p.given_name FROM seat s JOIN person p ON p.id = s.person
JOIN household_member m ON m.person = s.person AND m.left_on IS NULL
WHERE s.session = $1 AND s.state <> 'cancelled' AND {OF_CARD.format(card="$2")}
ORDER BY s.id
"""  # noqa: S608 - our own words
