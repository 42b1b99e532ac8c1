"""What tests of lending share: policies and calendars as values, and an inventory made by the club's verbs."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.kit.holidays import holiday
from backend.kit.hours import Hours
from backend.kit.openings import Calendar
from backend.kit.zone import at_wall_time
from backend.lending.policy import Policy
from backend.lending.rules import BLOCKING, DueRule, Period, SlotMode
from backend.lending.service import inventory, units
from backend.lending.service.inventory import ResourceWish
from backend.lending.service.units import NewUnit, UnitWish
from backend.lending.values import Ask, For, Want
from backend.membership.queries import Member

# Tuesday to Saturday, 9:00 to 12:00 and 14:00 to 18:00.
CALENDAR = Calendar(
    hours=tuple(
        Hours(day, time(opens), time(closes))
        for day in range(1, 6)
        for opens, closes in ((9, 12), (14, 18))
    )
)


def policy(**said: Any) -> Policy:
    """Days, a week at most, without any limit, unless `said` says more."""
    values: dict[str, Any] = {
        "id": 1,
        "public_id": "p",
        "name": "Outils",
        "slot_mode": SlotMode.DAYS,
        "usual_length": 3,
        "longest_length": 7,
        "due_rule": DueRule.NEXT_OPENING,
        "renewals": 1,
        **said,
    }
    return Policy(**values)


def hours(start: datetime, count: float = 1) -> Period:
    return Period(start, start + timedelta(hours=count))


@dataclass(frozen=True)
class Shelf:
    """A site open by CALENDAR, and what it lends."""

    site_id: int

    async def resource(self, name: str = "Perceuse", copies: int = 1, **said: Any) -> "Lent":
        """A resource under rules of its own: those of `policy()`, changed by `said`."""
        mine = {key: said.pop(key) for key in list(said) if key in RESOURCE}
        rules_id = await inventory.make_policy(SYSTEM, policy(name=f"Règles {name}", **said))
        wish = {"name": name, "category": "Outils", "site_id": self.site_id, **mine}
        public_id = await inventory.add_resource(SYSTEM, ResourceWish(policy=rules_id, **wish))
        made = [await units.add_unit(SYSTEM, public_id, UnitWish()) for _ in range(copies)]
        return Lent(public_id, name, made)


@dataclass(frozen=True)
class Lent:
    """A resource by its public id, with its units."""

    id: str
    name: str
    units: list[NewUnit]

    @property
    def code(self) -> str:
        return self.units[0].code


RESOURCE = {name for name in ResourceWish.__struct_fields__ if name != "policy"}


async def add_shelf(slug: str = "tilleuls") -> Shelf:
    site_id = await fetch_value(
        "INSERT INTO site (public_id, slug, name, street, postcode, town, phone)"
        " VALUES ($1, $2, $2, '', '80000', 'Amiens', '') RETURNING id",
        codes.random_id(),
        slug,
    )
    for each in CALENDAR.hours:
        await fetch(
            "INSERT INTO site_hours (site, weekday, opens, closes) VALUES ($1, $2, $3, $4)",
            site_id,
            each.weekday,
            each.opens,
            each.closes,
        )
    return Shelf(site_id)


async def open_every_day(site_id: int) -> None:
    """For what runs on the real clock: whatever day this is, a public holiday too."""
    await fetch("DELETE FROM site_hours WHERE site = $1", site_id)
    await fetch(
        "INSERT INTO site_hours (site, weekday, opens, closes)"
        " SELECT $1, day, '00:00', '23:59' FROM generate_series(0, 6) day",
        site_id,
    )
    soon = [clock.today() + timedelta(days=number) for number in range(8)]
    await fetch(
        "INSERT INTO extra_opening (public_id, site, opens_on, opens, closes, reason, made_at)"
        " SELECT 'extra ' || day, $1, day, '00:00', '23:59', '', $3 FROM unnest($2::date[]) day",
        site_id,
        [each for each in soon if holiday(each)],
        clock.now(),
    )


def mine(member: Member, **said: Any) -> Ask:
    """A member at the site, with a key of their own."""
    by = By(Actor.PERSON, member.person_id)
    return Ask(by=by, household_id=member.household_id, **{"key": codes.random_id(), **said})


def staff(person_id: int = 0, **said: Any) -> Ask:
    """Somebody at the desk."""
    by = By(Actor.PERSON, person_id) if person_id else SYSTEM
    return Ask(by=by, **{"key": codes.random_id(), **said})


def whom(member: Member) -> For:
    return For(member.household_id, member.person_id)


def want(lent: Lent, first: datetime, last: datetime | None = None, **said: Any) -> Want:
    """From a day to a day, both at any hour; the same day without `last`."""
    end = last or first + timedelta(hours=1)
    return Want(resource=lent.id, period=Period(first, end), **said)


def day(on: str, hour: int = 9, minute: int = 0) -> datetime:
    """An hour in Paris on a day like 2026-11-24."""
    return at_wall_time(date.fromisoformat(on), time(hour, minute))


async def states(booking: str) -> list[str]:
    rows = await fetch(
        "SELECT l.state FROM booking_line l JOIN booking b ON b.id = l.booking"
        " WHERE b.public_id = $1 ORDER BY l.id",
        booking,
    )
    return [row["state"] for row in rows]


async def told(kind: str) -> list[int]:
    """Whom each letter of a kind is for, in their order, whether it has left or waits; none withdrawn."""
    rows = await fetch(
        "SELECT min(b.person) AS person FROM loan_notice n JOIN booking_line l ON l.id = n.line"
        " JOIN booking b ON b.id = l.booking WHERE n.kind = $1 AND n.withdrawn_at IS NULL"
        " GROUP BY n.letter ORDER BY min(n.id)",
        kind,
    )
    return [row["person"] for row in rows]


async def overlaps() -> int:
    """Pairs of lines that take the same unit at the same time, asked without the constraint's help."""
    count: int = await fetch_value(
        "SELECT count(*) FROM booking_line a JOIN booking_line b ON a.id < b.id AND a.unit = b.unit"
        " AND a.occupied && b.occupied WHERE a.state = ANY($1) AND b.state = ANY($1)",
        [state.value for state in BLOCKING],
    )
    return count
