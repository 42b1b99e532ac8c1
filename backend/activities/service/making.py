"""Sessions are made: one, or a series, each with everything that is said of it (A1)."""

from datetime import date, datetime
from typing import Any

import msgspec

from backend.activities import rules
from backend.activities.errors import LeaderUnknown, PlanWrong, RoomBusy
from backend.activities.rules import Day, Details, Plan
from backend.audit.service import By, note
from backend.kit import clock, codes, keys, text
from backend.kit.database import fetch, fetch_one, fetch_value, once_more, transaction, within
from backend.kit.errors import N_
from backend.kit.looking import Seen, take_back
from backend.lending.rules import Period
from backend.lending.service import rooms
from backend.places import queries as places
from backend.skills.queries.meeting import GROWN

SCOPE = "activity"


class Meant(msgspec.Struct, frozen=True, kw_only=True):
    """What a form names, found: rows by their ids, words as they are kept."""

    said: Details
    site_id: int | None
    room_id: int | None
    leader_id: int | None
    place: str


class Made(msgspec.Struct, frozen=True):
    """The first session, and the days of all of them; closed days that were left out are among them."""

    session: str
    days: tuple[Day, ...]
    many: int


@once_more
async def look_at(by: By, plan: Plan) -> Made:
    """What `make` would do, its refusals included; nothing stays of it."""
    try:
        async with transaction():
            take_back(await _make(by, plan))
    except Seen as seen:
        made: Made = seen.done
        return made


@once_more
async def make(by: By, plan: Plan, key: str) -> Made:
    """One session, or a series with its closed days left out. Raises PlanWrong, RoomBusy, LeaderUnknown."""
    async with transaction():
        earlier = await keys.earlier(SCOPE, key, plan, Made)
        if earlier is not None:
            return earlier
        made = await _make(by, plan)
        await keys.keep(SCOPE, key, plan, made)
        return made


async def _make(by: By, plan: Plan) -> Made:
    rules.check_plan(plan)
    rules.check_day(plan.hours.day, clock.today())
    meant = await find_meant(plan.details)
    calendar = None if meant.site_id is None else await places.get_calendar(meant.site_id)
    days = rules.days_of(plan, calendar)
    kept = rules.kept_days(plan, days)
    series = await _series(by, plan) if plan.rhythm is not None else None
    made = [await _session(by, meant, plan, series, day) for day in kept]
    await note("activity.make", by, object_kind="activity", object_id=made[0], sessions=len(made))
    return Made(made[0], tuple(days), len(made))


async def find_meant(said: Details) -> Meant:
    """Raises PlanWrong for a place nobody knows, LeaderUnknown for a leader."""
    within()
    kinds = await fetch("SELECT DISTINCT kind FROM activity_session ORDER BY kind")
    said = msgspec.structs.replace(
        said, kind=rules.spelled(said.kind, [row["kind"] for row in kinds])
    )
    room = await _one(said.room, "SELECT id, site, name FROM resource WHERE public_id = $1", "room")
    site = await _one(said.site, "SELECT id, name FROM site WHERE public_id = $1", "site")
    if site is None and room is None:
        site = await _site_called(said.place)
    leader = await fetch_value(_LEADER, said.leader, clock.today())
    if said.leader and leader is None:
        raise LeaderUnknown().at("leader")
    return Meant(
        said=said,
        site_id=site["id"] if site else room["site"] if room else None,
        room_id=room and room["id"],
        leader_id=leader,
        place=said.place or (room or site)["name"],
    )


async def _site_called(place: str) -> Any:
    """The club's own site, where the words are its name: its closed days count (A1)."""
    rows = await fetch("SELECT id, name FROM site WHERE closed_at IS NULL ORDER BY id")
    return next((row for row in rows if text.fold(row["name"]) == text.fold(place)), None)


# Everybody reads a leader's name, and a leader reads those of children: neither is for a minor (X9).
_LEADER = f"""
SELECT p.id FROM person p WHERE p.public_id = $1 AND p.erased_at IS NULL
AND {GROWN.replace("$1", "$2")} AND NOT EXISTS (SELECT 1 FROM household_member m
  WHERE m.person = p.id AND m.left_on IS NULL AND NOT m.adult)
"""  # noqa: S608 - our own words


async def _one(public_id: str, sql: str, field: str) -> Any:
    row = await fetch_one(sql, public_id) if public_id else None
    if public_id and row is None:
        raise PlanWrong({field: N_("Choisissez dans la liste.")})
    return row


async def _series(by: By, plan: Plan) -> int:
    assert plan.rhythm is not None
    made: int = await fetch_value(
        "INSERT INTO activity_series (public_id, rhythm, made_at, made_by) VALUES ($1, $2, $3, $4)"
        " RETURNING id",
        codes.random_id(),
        plan.rhythm.value,
        clock.now(),
        by.id,
    )
    return made


async def _session(by: By, meant: Meant, plan: Plan, series: int | None, day: date) -> str:
    starts_at, ends_at = plan.hours.at(day)
    public_id = codes.random_id()
    tickets = await reserve(by, meant, starts_at, ends_at)
    await fetch(
        "INSERT INTO activity_session (public_id, series, created_at, starts_at, ends_at,"  # noqa: S608 - our own words
        f" room_tickets, cancel_reason, {', '.join(COLUMNS)}, changed_at) VALUES ($1, $2, $3, $4, $5,"
        f" $6, '', {', '.join(f'${at + 7}' for at in range(len(COLUMNS)))}, $3)",
        public_id,
        series,
        clock.now(),
        starts_at,
        ends_at,
        tickets,
        *values(meant),
    )
    return public_id


async def reserve(by: By, meant: Meant, starts_at: datetime, ends_at: datetime) -> list[str]:
    """The tickets that block its room for this time; none without a room. Raises RoomBusy."""
    within()
    if meant.room_id is None:
        return []
    period = Period(starts_at, ends_at)
    tickets = await rooms.reserve(by, meant.room_id, period, f"Activité : {meant.said.title}")
    if tickets is None:
        raise RoomBusy(day=clock.paris(starts_at).date())
    return tickets


COLUMNS = (
    "kind",
    "title",
    "details",
    "site",
    "place",
    "room",
    "leader",
    "leader_name",
    "age_from",
    "age_to",
    "material",
    "price_cents",
    "capacity",
    "household_most",
    "cancel_hours",
)


def values(meant: Meant) -> list[Any]:
    """As COLUMNS."""
    said = meant.said
    found = {"site": meant.site_id, "room": meant.room_id, "leader": meant.leader_id}
    found["place"] = meant.place  # type: ignore[assignment]
    return [found[name] if name in found else getattr(said, name) for name in COLUMNS]
