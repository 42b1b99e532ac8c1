"""Seats: taken or waited for, given back; the line moves in the same transaction (A2, C1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from backend.activities import rules
from backend.activities.errors import (
    ActivityDuesNeeded,
    AlreadyThere,
    NobodyChosen,
    NotOfHousehold,
    SeatAmountChanged,
    SeatsByAdults,
    SeatUnknown,
    SessionFull,
)
from backend.activities.rules import SeatState
from backend.activities.service import paying, telling
from backend.activities.service.line import contact, lock_session, promote
from backend.audit.service import By, note
from backend.kit import clock, codes, keys, locks
from backend.kit.database import fetch, fetch_one, fetch_value, once_more, transaction, within
from backend.kit.errors import N_
from backend.membership import queries as membership
from backend.membership.queries import Member
from backend.membership.rules import Status
from backend.notifications import service as notifications

SCOPE = "seat"
MAY_USE = frozenset({Status.CURRENT, Status.PROVISIONAL, Status.GRACE})
REGISTERED = N_("Vous êtes inscrits à une activité : %(title)s, %(when)s. Pour : %(names)s.")
LEFT = N_("Votre place est rendue : %(title)s, %(when)s. Pour : %(names)s.")


class Taken(msgspec.Struct, frozen=True):
    """People by their public ids: who has a seat, and who waits. It is kept for a while, without names."""

    session: str
    seated: tuple[str, ...]
    waiting: tuple[str, ...]


class Left(msgspec.Struct, frozen=True):
    session: str
    late: bool


class _For(msgspec.Struct, frozen=True):
    """For whom seats are taken: the household, and the adult who hears of it."""

    household_id: int
    contact_id: int


@once_more
async def take(
    by: By,
    member: Member,
    session: str,
    people: Sequence[str],
    key: str,
    price_cents: int | None = None,
) -> Taken:
    """A seat for each of these people of my household, or a place in line when none is left.

    `price_cents`: what a seat costs as it was read, which is what obliges to pay (Code de la
    consommation, L221-14); None where nobody read it. Raises SeatsByAdults, ActivityDuesNeeded,
    NobodyChosen, NotOfHousehold, SessionUnknown, SessionCancelled, SessionOver, SeatAmountChanged,
    TooManyOfHousehold, AgeOutside, AlreadyThere.
    """
    if not member.adult:
        raise SeatsByAdults
    if member.status() not in MAY_USE:
        raise ActivityDuesNeeded
    async with transaction():
        body = {"household": member.household_id, "session": session, "people": sorted(people)}
        earlier = await keys.earlier(SCOPE, key, body, Taken)
        if earlier is not None:
            return earlier
        row = await lock_session(session)
        rules.check_open(row["cancelled_at"], row["starts_at"], clock.now())
        if price_cents not in {None, row["price_cents"]}:
            raise SeatAmountChanged
        found = await _people(member.household_id, people)
        _check_ages(row, found)
        whom = _For(member.household_id, member.person_id)
        taken = await _seat_all(by, row, whom, found)
        await keys.keep(SCOPE, key, body, taken)
        return taken


@once_more
async def register(by: By, household: str, session: str, people: Sequence[str], key: str) -> Taken:
    """By staff, for somebody at the counter or on the telephone, also while it is running.

    Ages are the staff's to judge. Raises what `take` raises of the session and the household, and
    SessionFull once it has begun.
    """
    home = await membership.household(household)
    async with transaction():
        body = {"household": home.id, "session": session, "people": sorted(people)}
        earlier = await keys.earlier(SCOPE, key, body, Taken)
        if earlier is not None:
            return earlier
        row = await lock_session(session)
        rules.check_open(row["cancelled_at"], row["ends_at"], clock.now())
        found = await _people(home.id, people)
        if row["starts_at"] <= clock.now() and row["capacity"] - row["taken"] < len(found):
            raise SessionFull
        whom = _For(home.id, _contact(home, found))
        taken = await _seat_all(by, row, whom, found)
        await _tell_act(by, REGISTERED, row, whom.contact_id, [one["given_name"] for one in found])
        await keys.keep(SCOPE, key, body, taken)
        return taken


def _contact(home: membership.Household, people: Sequence[Any]) -> int:
    """The adult who comes, else the household's first."""
    adults = [one["id"] for one in people if one["adult"]] + [one.person_id for one in home.adults]
    return int(next(iter(adults), people[0]["id"]))


async def _people(household_id: int, wanted: Sequence[str]) -> list[Any]:
    """Those of the household who are there now, adults first. Raises NobodyChosen, NotOfHousehold."""
    if not wanted:
        raise NobodyChosen().at("people")
    rows = await fetch(
        "SELECT p.id, p.public_id, p.given_name, p.born_on, m.adult FROM household_member m"
        " JOIN person p ON p.id = m.person AND p.erased_at IS NULL"
        " JOIN household h ON h.id = m.household AND h.ended_at IS NULL"
        " WHERE m.household = $1 AND m.left_on IS NULL AND p.public_id = ANY($2)"
        " ORDER BY NOT m.adult, m.id",
        household_id,
        list(set(wanted)),
    )
    if len(rows) < len(set(wanted)):
        raise NotOfHousehold
    return rows


def _check_ages(session: Any, people: Sequence[Any]) -> None:
    on = clock.paris(session["starts_at"]).date()
    ages = (session["age_from"], session["age_to"])
    for one in people:
        rules.check_age(one["given_name"], one["born_on"], on, ages, adult=one["adult"])


async def _seat_all(by: By, session: Any, whom: _For, people: Sequence[Any]) -> Taken:
    """Who waits comes first: what is free after them is free for everybody."""
    has = await fetch_value(
        "SELECT count(*) FROM seat WHERE session = $1 AND household = $2 AND state <> 'cancelled'",
        session["id"],
        whom.household_id,
    )
    rules.check_household(session["household_most"], has, len(people))
    await promote(session)
    taken = await fetch_value("SELECT taken FROM activity_session WHERE id = $1", session["id"])
    free = max(0, session["capacity"] - taken)
    for one in people[:free]:
        await _write(session, whom, one, SeatState.TAKEN)
    for one in people[free:]:
        await _write(session, whom, one, SeatState.WAITING)
    for one in people:
        await _note("take", by, session, one["id"])
    ids = [one["public_id"] for one in people]
    return Taken(session["public_id"], tuple(ids[:free]), tuple(ids[free:]))


async def _write(session: Any, whom: _For, one: Any, state: SeatState) -> None:
    made = await fetch_value(
        "INSERT INTO seat (public_id, session, household, person, contact, state, asked_at, price_cents,"
        " taken_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $6 = 'taken' THEN $7::timestamptz END)"
        " ON CONFLICT (session, person) WHERE state <> 'cancelled' DO NOTHING RETURNING id",
        codes.random_id(),
        session["id"],
        whom.household_id,
        one["id"],
        whom.contact_id,
        state.value,
        clock.now(),
        session["price_cents"],
    )
    if made is None:
        raise AlreadyThere(name=one["given_name"])


@once_more
async def leave(by: By, member: Member, seat: str) -> Left:
    """Gives back a seat of my household, or a place in line; the next in line has it at once.

    A second time says the same. Raises SeatsByAdults, SeatUnknown, SessionCancelled, SessionOver.
    """
    if not member.adult:
        raise SeatsByAdults
    async with transaction():
        session, held = await lock_seat(seat)
        if held["household"] != member.household_id:
            raise SeatUnknown
        return await _leave(by, session, held)


@once_more
async def leave_for(by: By, seat: str) -> Left:
    """The same by staff, for whoever calls. Raises SeatUnknown, SessionCancelled, SessionOver."""
    async with transaction():
        session, held = await lock_seat(seat)
        left = await _leave(by, session, held)
        if held["told"] is not None and held["state"] != SeatState.CANCELLED:
            await _tell_act(by, LEFT, session, held["told"], [held["given_name"]])
        return left


async def _leave(by: By, session: Any, held: Any) -> Left:
    late = _is_late(session, held)
    if held["state"] == SeatState.CANCELLED:
        return Left(session["public_id"], late)
    rules.check_open(session["cancelled_at"], session["starts_at"], clock.now())
    await paying.give_up(by, session, [held["id"]])
    await promote(session)
    await _note("leave", by, session, held["person"], late=late)
    return Left(session["public_id"], late)


def _is_late(session: Any, held: Any) -> bool:
    at: datetime = held["cancelled_at"] or clock.now()
    return rules.is_late(session["starts_at"], session["cancel_hours"], held["taken_at"], at)


async def lock_seat(seat: str) -> tuple[Any, Any]:
    """The session under lock, then the seat as it is now. Raises SeatUnknown."""
    within()
    session_id = await fetch_value("SELECT session FROM seat WHERE public_id = $1", seat)
    if session_id is None:
        raise SeatUnknown
    session = await locks.lock("activity_session", session_id)
    held = await fetch_one(
        f"SELECT s.*, p.given_name, {contact('s')} AS told FROM seat s"  # noqa: S608 - our own words
        " LEFT JOIN person p ON p.id = s.person"
        " WHERE s.public_id = $1",
        seat,
    )
    return session, held


async def _note(verb: str, by: By, session: Any, person_id: int | None, **facts: object) -> None:
    await note(
        f"activity.{verb}",
        by,
        subject_id=person_id,
        object_kind="activity",
        object_id=session["public_id"],
        **facts,
    )


async def _tell_act(by: By, what: str, session: Any, contact: int, names: list[str]) -> None:
    said = telling.words(session, names)
    facts = {name: str(said[name]) for name in ("title", "when", "names")}
    await notifications.tell_act(by, contact, what, facts=facts)
