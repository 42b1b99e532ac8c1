"""A member's first page, across capabilities: what waits for them, what is on, what it saved.

Each capability says its own part as SQL and as a type; one statement asks for all of them (PERF6).
"""

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from backend.activities.queries import mine as activities
from backend.activities.queries.mine import Near
from backend.kit import clock
from backend.kit.database import fetch
from backend.lending.queries import at_home as lending
from backend.lending.queries import debts
from backend.lending.queries.at_home import Booked
from backend.membership.queries import Member
from backend.orders import at_home as orders
from backend.orders.at_home import Closing, Order, Weekly
from backend.places import queries as places
from backend.places.queries import Desk
from backend.skills.queries import at_home as skills
from backend.skills.queries.at_home import Neighbour, Writer
from backend.skills.queries.matching import Half
from backend.vouchers import queries as vouchers
from backend.vouchers.queries import AtHome

T = TypeVar("T")
SESSIONS = 3


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """`declared_cents`: a year, of signed contracts, as declared; it is never added to what was used.

    `owed_cents`: what may be asked for now, for loans. `desk` is the household's own, or the first.
    """

    at_home: AtHome
    declared_cents: int
    owed_cents: int
    booked: list[Booked]
    writers: list[Writer]
    neighbour: Neighbour | None
    orders: list[Order]
    closing: list[Closing]
    sessions: list[Near]
    desk: Desk | None


async def at_home(member: Member, since: datetime) -> Home:
    """What was saved since an instant, and all that stands now; one statement (PERF6)."""
    rows = await fetch(
        _HOME,
        clock.today(),
        member.person_id,
        member.household_id,
        member.dwelling_id,
        clock.now(),
        since,
        member.site_id,
    )
    row = rows[0]
    desk = next(iter(_list(row["desk"], Desk)), None)
    return Home(
        at_home=vouchers.home_of(rows),
        declared_cents=row["declared_cents"],
        owed_cents=row["owed_cents"],
        booked=_list(row["booked"], Booked),
        writers=_list(row["writers"], Writer),
        neighbour=skills.nearest(
            _list(row["offers"], Half), _list(row["requests"], Half), row["residence"]
        ),
        orders=_list(row["orders"], Order),
        closing=orders.closing(
            _list(row["weekly"], Weekly), clock.now(), clock.today(), desk.calendar.is_open_on
        )
        if desk
        else [],
        sessions=_list(row["sessions"], Near),
        desk=desk,
    )


def _list(said: Any, kind: type[T]) -> list[T]:
    return msgspec.json.decode(said, type=list[kind])  # type: ignore[valid-type]


def _part(name: str, sql: str) -> str:
    return f"(SELECT coalesce(json_agg(x), '[]')::text FROM ({sql}) x) AS {name}"  # noqa: S608 - our own words


# $1 today, $2 the person, $3 the household, $4 its dwelling, $5 now, $6 since when, $7 its site.
_HOME = f"""
WITH part AS MATERIALIZED (
  SELECT (SELECT coalesce(sum(f.saving_cents), 0)::bigint FROM referral f WHERE f.household = $3
      AND f.state = 'signed' AND f.changed_at >= $6) AS declared_cents,
    ({debts.due_sql("$3")}) AS owed_cents,
    (SELECT residence FROM dwelling WHERE id = $4) AS residence,
    {_part("booked", lending.booked_sql("$3", "$5"))}, {_part("writers", skills.WRITERS)},
    {_part("offers", skills.OFFERS)}, {_part("requests", skills.REQUESTS)},
    {_part("orders", orders.orders_sql("$3"))}, {_part("weekly", orders.weekly_sql("$3", "$7"))},
    {_part("sessions", activities.near_sql("$3", "$5", "$7", SESSIONS))}, {_part("desk", places.DESK)}
)
SELECT part.*, h.* FROM part, ({vouchers.at_home_sql("$3", "$5", "$6")}) h
ORDER BY h.valid_until, h.code
"""  # noqa: S608 - our own words
