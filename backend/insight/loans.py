"""What lending was of use for, over some days: how much things were booked of the hours they could be,
what was wished in vain, what came late, what broke (L43).

Each figure is added up from the rows that its list shows. Nothing here names a person: it stays right
when loans are unlinked from theirs (L45).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from backend.insight.rules import FEWEST
from backend.kit import clock
from backend.kit.clock import start_of_day
from backend.kit.database import fetch
from backend.kit.openings import Calendar
from backend.lending.rules import LineState, Period
from backend.places import queries as places

DAY, ZERO = timedelta(days=1), timedelta(0)
S = LineState
OUT = (S.CHECKED_OUT, S.RETURNED, S.CLOSED, S.LOST)  # it was handed over
OUT_SQL = ", ".join(f"'{state}'" for state in OUT)
UNMET = ("refused", "limited", "waited", "declined")  # why a wish came to nothing
TAKEN_SQL = ", ".join(f"'{state}'" for state in (*OUT, S.CONFIRMED, S.READY, S.REQUESTED))


class Asked(msgspec.Struct, frozen=True):
    """Days, both ends included; a site or all of them."""

    first: date
    last: date
    site_id: int | None = None

    @property
    def period(self) -> Period:
        return Period(start_of_day(self.first), start_of_day(self.last + DAY))


class Use(msgspec.Struct):
    """One copy, one model, or all. Hours are those the door is open.

    `loans` are those handed over in the time; `due` of them had to be back by now, `late` were not in
    time. `lost`: written off. `refused`: somebody else had it; `limited`: the household's limits; `waited`: on the list, in vain; `declined` by the club.
    """

    booked: timedelta = ZERO
    bookable: timedelta = ZERO
    loans: int = 0
    due: int = 0
    late: int = 0
    missed: int = 0
    refused: int = 0
    limited: int = 0
    waited: int = 0
    declined: int = 0
    repairs: int = 0
    cost_cents: int = 0
    lost: int = 0

    @property
    def percent(self) -> int | None:
        """Booked of what could be; None where nothing could."""
        return round(100 * (self.booked / self.bookable)) if self.bookable else None

    @property
    def late_percent(self) -> int | None:
        return round(100 * self.late / self.due) if self.due else None

    @property
    def unmet(self) -> int:
        return sum(getattr(self, name) for name in UNMET)

    def add(self, other: "Use") -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Copy(msgspec.Struct, frozen=True):
    code: str
    use: Use


class Model(msgspec.Struct, frozen=True):
    """A resource; one that nobody counts has no copies, and no hours."""

    resource: str
    name: str
    category: str
    use: Use
    copies: tuple[Copy, ...]


class Month(msgspec.Struct, frozen=True):
    """Loans that began in it. `households` is None where they are so few that one could be known."""

    first: date
    loans: int
    households: int | None

    @property
    def each(self) -> float | None:
        return round(self.loans / self.households, 1) if self.households else None


class Report(msgspec.Struct, frozen=True):
    """The models, most used first, with their sum.

    `to_shelf`: from a return until the next one may have the thing; half of them took less.
    """

    models: tuple[Model, ...]
    total: Use
    to_shelf: timedelta | None


Stay = tuple[int, int]  # a copy while it was of a resource: the ids of both


class _Door(NamedTuple):
    """A piece of a day: from one opening of the door to the next, or from midnight to the first one.

    `before`: seconds the door was open from the beginning of the range until `opens`.
    """

    site: int
    begins: datetime
    opens: datetime
    closes: datetime
    before: float


def _doors(site: int, calendar: Calendar, asked: Asked) -> list[_Door]:
    """Every day that is asked for and the one after, cut where the door opens."""
    found: list[_Door] = []
    total, day = 0.0, asked.first
    while day <= asked.last + DAY:
        midnight, openings = start_of_day(day), calendar.openings_on(day)
        if not openings or openings[0].starts_at > midnight:
            found.append(_Door(site, midnight, midnight, midnight, total))
        for each in openings:
            opens, closes = each.starts_at, each.ends_at
            found.append(_Door(site, opens, opens, closes, total))
            total += (closes - opens).total_seconds()
        day += DAY
    return found


def _opened(doors: Sequence[_Door], period: Period) -> timedelta:
    """How long the door was open in it."""
    return timedelta(seconds=_until(doors, period.end) - _until(doors, period.start))


def _until(doors: Sequence[_Door], at: datetime) -> float:
    door = doors[bisect_right(doors, at, key=lambda each: each.begins) - 1]
    opened = min(at, door.closes) - door.opens
    return door.before + max(0.0, opened.total_seconds())


async def report(
    asked: Asked, resource: str = "", calendars: Mapping[int, Calendar] | None = None
) -> Report:
    """One statement however much was lent: all is added up where it lies.

    Of one model where `resource` names it. `calendars`: of all sites, from the first day on, where
    they were read already.
    """
    within = asked.period
    if calendars is None:
        calendars = await places.calendars(since=asked.first)
    doors = {site: _doors(site, calendar, asked) for site, calendar in calendars.items()}
    columns = zip(*(door for each in doors.values() for door in each), strict=True)
    pieces = [list(column) for column in columns] or [[] for _ in _Door._fields]
    asked_for = (within.start, within.end, asked.site_id, resource, clock.now())
    rows = await fetch(_REPORT, *asked_for, *pieces)
    uses: dict[Stay, Use] = {}
    for row in rows:
        if row["unit"] is not None:
            use = uses.setdefault(_stay(row), _use(row))
            use.bookable += _bookable(row, doors[row["site"]], within)
    models = _models(rows, uses)
    total = Use()
    for model in models:
        total.add(model.use)
    to_shelf = rows[0]["shelf"] if rows else None
    return Report(tuple(sorted(models, key=_order)), total, to_shelf)


def _stay(row: Any) -> Stay:
    return row["resource"], row["unit"]


def _use(row: Any) -> Use:
    """What its lines and its tickets say of a copy; what was out of use could not be booked."""
    return Use(
        booked=timedelta(seconds=row["booked"]),
        bookable=timedelta(seconds=-row["blocked"]),
        loans=row["loans"],
        due=row["due"],
        late=row["late"],
        missed=row["missed"],
        repairs=row["repairs"],
        cost_cents=row["cost_cents"],
        lost=row["lost"],
    )


def _bookable(row: Any, doors: Sequence[_Door], within: Period) -> timedelta:
    """The open hours since it is there, until it went to another site, was lent no more, or its site closed."""
    start = max(within.start, row["since"])
    end = min(within.end, row["until"] or within.end)
    return _opened(doors, Period(start, end)) if start < end else ZERO


def _models(rows: Sequence[Any], uses: Mapping[Stay, Use]) -> list[Model]:
    copies: dict[int, dict[str, Copy]] = defaultdict(dict)
    firsts: dict[int, Any] = {}
    for row in rows:
        firsts.setdefault(row["resource"], row)
        if row["unit"] is not None:
            copies[row["resource"]][row["code"]] = Copy(row["code"], uses[_stay(row)])
    return [_model(row, [*copies[resource].values()]) for resource, row in firsts.items()]


def _model(row: Any, copies: Sequence[Copy]) -> Model:
    """Its copies together, and what was wished of it in vain."""
    use = Use(**{name: row[name] for name in UNMET})
    for copy in copies:
        use.add(copy.use)
    return Model(row["public_id"], row["name"], row["category"], use, tuple(copies))


def _order(model: Model) -> tuple[int, int, str]:
    return -(model.use.percent or 0), -model.use.unmet, model.name


async def months(asked: Asked) -> list[Month]:
    """Month by month; what was kept before names went, and the rest from the loans themselves."""
    rows = await fetch(
        _MONTHS,
        asked.first.replace(day=1),
        asked.last,
        asked.site_id,
        start_of_day(asked.first.replace(day=1)),
        asked.period.end,
    )
    return [Month(row["first_on"], row["loans"], _told(row["households"])) for row in rows]


def _told(households: int) -> int | None:
    return None if 0 < households < FEWEST else households


_FIGURES = (
    *("booked", "blocked", "loans", "due", "late", "missed"),
    *("repairs", "cost_cents", "lost"),
    *UNMET,
)
# Where each copy was: of which resource, hence at which site, from when until when.
_STAYS = """
SELECT u.id AS unit, u.code, u.resource, u.retired_at AS until,
  coalesce((u.was_of -> -1 ->> 'until')::timestamptz, u.created_at) AS since
FROM unit u
UNION ALL
SELECT u.id, u.code, (w.was ->> 'resource')::bigint, (w.was ->> 'until')::timestamptz,
  lag((w.was ->> 'until')::timestamptz, 1, u.created_at) OVER (PARTITION BY u.id ORDER BY w.nth)
FROM unit u CROSS JOIN LATERAL jsonb_array_elements(u.was_of) WITH ORDINALITY w (was, nth)
WHERE u.was_of IS NOT NULL
"""
# Open seconds until an instant, read from the piece of the day that it falls into.
_OPEN_UNTIL = (
    "d.before[{piece}] + greatest(0, least(date_part('epoch', {at}), d.closes[{piece}])"
    " - d.opens[{piece}])"
)
# Of many loans, hence three thoughts: a site's pieces are one row, only the median is sorted for, and
# what is over before the time is left out by the index of what a thing is taken for, turnaround and all. A
# thing is back on its shelf when it was looked at, and when what its return opened is closed. $1 and
# $2 the time, $5 now, then the pieces.
_SEEN = f"""
door AS MATERIALIZED (
  SELECT site, array_agg(begins ORDER BY begins) AS begins,
    array_agg(before ORDER BY begins) AS before,
    array_agg(date_part('epoch', opens) ORDER BY begins) AS opens,
    array_agg(date_part('epoch', closes) ORDER BY begins) AS closes
  FROM unnest($6::bigint[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::float8[])
    p (site, begins, opens, closes, before) GROUP BY site
), told AS (
  SELECT l.id, l.unit, l.resource, l.state, upper(l.during) AS stop, l.changed_at,
    {_OPEN_UNTIL.format(at="x.last_at", piece="x.last")}
    - ({_OPEN_UNTIL.format(at="x.first_at", piece="x.first")}) AS opened,
    lower(l.during) >= $1 AND l.state = 'no_show' AS missed
  FROM booking_line l JOIN resource r ON r.id = l.resource JOIN door d ON d.site = r.site
  CROSS JOIN LATERAL (SELECT greatest(lower(l.during), $1::timestamptz) AS first_at,
    least(upper(l.during), $2::timestamptz) AS last_at) t
  CROSS JOIN LATERAL (SELECT t.first_at, t.last_at, width_bucket(t.first_at, d.begins) AS first,
    width_bucket(t.last_at, d.begins) AS last) x
  WHERE l.unit IS NOT NULL AND upper(l.during) > $1 AND lower(l.during) < $2
    AND upper(l.occupied) > $1
    AND l.state IN ({TAKEN_SQL}, 'blocked', 'no_show')
    AND ($3::bigint IS NULL OR r.site = $3) AND ($4 = '' OR r.public_id = $4)
), handed AS (
  SELECT t.*, c.in_at, c.in_noted_at, c.outcome, c.ticket,
    coalesce(t.state IN ({OUT_SQL}) AND c.out_at >= $1 AND c.out_at < $2, false) AS lent
  FROM told t LEFT JOIN custody c ON c.line = t.id AND c.undone_at IS NULL
), seen AS MATERIALIZED (
  SELECT t.resource, t.unit, t.state, t.opened, t.lent, t.missed,
    t.lent AND (t.in_at IS NOT NULL OR t.stop <= $5::timestamptz) AS due,
    coalesce(t.in_at, $5) > t.stop AS late,
    CASE WHEN t.lent AND t.state = 'closed' AND t.outcome <> 'lost' AND (t.ticket IS NULL OR k.closed_at IS NOT NULL)
      THEN greatest(greatest(t.changed_at, k.closed_at) - t.in_noted_at, interval '0') END AS shelf
  FROM handed t LEFT JOIN ticket k ON k.id = t.ticket
)
"""  # noqa: S608 - our own words
_LINES = """
SELECT resource, unit,
  coalesce(sum(opened) FILTER (WHERE state NOT IN ('blocked', 'no_show')), 0) AS booked,
  coalesce(sum(opened) FILTER (WHERE state = 'blocked'), 0) AS blocked,
  count(*) FILTER (WHERE lent) AS loans, count(*) FILTER (WHERE due) AS due,
  count(*) FILTER (WHERE due AND late) AS late, count(*) FILTER (WHERE missed) AS missed
FROM seen GROUP BY resource, unit
"""
# Where the copy was by then; one that was mended after it was retired, where it was last. What was lost
# and found is no repair.
_TICKETS = f"""
SELECT s.resource, t.unit, count(*) FILTER (WHERE t.kind <> 'loss') AS repairs,
  coalesce(sum(t.cost_cents), 0)::bigint AS cost_cents,
  count(*) FILTER (WHERE t.kind = 'loss' AND EXISTS
    (SELECT 1 FROM custody c WHERE c.ticket = t.id AND c.outcome = 'lost')) AS lost
FROM ticket t CROSS JOIN LATERAL (SELECT s.resource FROM ({_STAYS}) s
  WHERE s.unit = t.unit AND s.since <= t.closed_at ORDER BY s.since DESC LIMIT 1) s
WHERE t.closed_at >= $1 AND t.closed_at < $2 AND t.kind <> 'blackout' GROUP BY 1, 2
"""  # noqa: S608 - our own words
_COUNTED = ", ".join(f"count(*) FILTER (WHERE x.what = '{name}') AS {name}" for name in UNMET)
_UNMET = f"""
SELECT x.resource, {_COUNTED} FROM (
  SELECT w.resource, w.at, CASE WHEN w.why LIKE 'limit%' THEN 'limited' ELSE 'refused' END AS what
  FROM unmet_wish w
  UNION ALL SELECT l.resource, l.changed_at, 'declined' FROM booking_line l
  WHERE l.state = 'rejected'
  UNION ALL SELECT l.resource, l.changed_at, 'waited' FROM booking_line l
  JOIN wish w ON w.line = l.id WHERE l.state = 'expired'
) x JOIN resource r ON r.id = x.resource
WHERE x.at >= $1 AND x.at < $2 AND ($3::bigint IS NULL OR r.site = $3)
  AND ($4 = '' OR r.public_id = $4)
GROUP BY x.resource
"""  # noqa: S608 - our own words
# A row for each copy while it was somewhere, with what is known of it, and of its model: of each part
# on its own first, so that no figure is counted twice. A model without copies has one row, without a unit.
_REPORT = f"""
WITH {_SEEN},
line AS MATERIALIZED ({_LINES}), mended AS MATERIALIZED ({_TICKETS}), vain AS MATERIALIZED ({_UNMET})
SELECT s.unit, s.code, s.since, least(s.until, w.closed_at) AS until, r.id AS resource, r.public_id,
  r.name, r.category, r.site, {", ".join(f"coalesce({name}, 0) AS {name}" for name in _FIGURES)},
  (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY shelf) FROM seen) AS shelf
FROM resource r JOIN site w ON w.id = r.site LEFT JOIN ({_STAYS}) s ON s.resource = r.id
LEFT JOIN line l ON l.resource = r.id AND l.unit = s.unit
LEFT JOIN mended m ON m.resource = r.id AND m.unit = s.unit
LEFT JOIN vain v ON v.resource = r.id
WHERE ($3::bigint IS NULL OR r.site = $3) AND ($4 = '' OR r.public_id = $4)
ORDER BY r.search, r.id, s.unit, s.since
"""  # noqa: S608 - our own words
# $1 and $2 days, $4 and $5 the same as instants. Kept months win: who borrowed then is unlinked, and
# only what came after the last of them is counted here.
_MONTHS = """
WITH live AS (
  SELECT date_trunc('month', c.out_at AT TIME ZONE 'Europe/Paris')::date AS first_on,
    count(*) AS loans, count(DISTINCT c.household) AS households
  FROM custody c
  WHERE c.undone_at IS NULL AND c.out_at >= $4 AND c.out_at < $5
    AND c.out_at >= coalesce((SELECT (max(k.first_on) + interval '1 month')
      AT TIME ZONE 'Europe/Paris' FROM loan_month k WHERE k.site IS NULL), '-infinity')
    AND ($3::bigint IS NULL OR EXISTS (SELECT 1 FROM booking_line l
      JOIN resource r ON r.id = l.resource WHERE l.id = c.line AND r.site = $3)) GROUP BY 1
)
SELECT m::date AS first_on, coalesce(k.loans, v.loans, 0) AS loans,
  coalesce(k.households, v.households, 0) AS households
FROM generate_series($1::date::timestamp, $2::date::timestamp, interval '1 month') m
LEFT JOIN live v ON v.first_on = m::date
LEFT JOIN loan_month k ON k.first_on = m::date AND k.site IS NOT DISTINCT FROM $3
ORDER BY m
"""
