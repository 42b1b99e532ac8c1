"""What a landlord is told, so that two months, subtracted, tell of nobody (I4).

A figure stands as it was told until what is new of it is about five people: who came or left, for the
households and people; who used something since, for the uses and savings, which are added to those
told before, so that whoever moves out does not take theirs along. Lines stand still together where one
of them could else be got from their sum (`rules.hide_small`), and all of them with the sum.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from backend.insight import queries, rules, yearly
from backend.insight.queries import Landlord, Reach, Report, Residence
from backend.insight.yearly import Contracts, Month, Totals
from backend.kit import clock
from backend.kit.database import fetch_as

DAY = timedelta(days=1)


class New(msgspec.Struct, frozen=True):
    """Uses nobody was told of yet, and by how many people."""

    users: int = 0
    uses: int = 0
    saved_cents: int = 0


class _New(New, frozen=True, kw_only=True):
    """Of a residence since its own uses were told; `all_` since those of the sum were."""

    public_id: str
    all_users: int
    all_uses: int
    all_cents: int


class Tenants(msgspec.Struct, frozen=True):
    """Some months of a landlord's tenants."""

    months: list[Month]
    totals: Totals
    report: Report
    contracts: Contracts


async def tenants(landlord: Landlord, first: date, until: date, last: Tenants | None) -> Tenants:
    """A year, or as much of it as is over; `last` is what was told before it."""
    same = last if last is not None and last.report.since == first else None
    now = await report(landlord, first, until, last.report if last else None)
    dues_on = same.totals.dues_on if same else None
    return Tenants(
        _months(await yearly.months(landlord.id, first, until), now, same),
        _totals(await yearly.totals(landlord.id, first, until, dues_on), now, same),
        now,
        _contracts(await yearly.contracts(landlord.id, first, until), same),
    )


async def report(landlord: Landlord, since: date, until: date, last: Report | None) -> Report:
    """A year, or as much of it as is over; `last` is what was told before it."""
    found = await queries.residences(landlord.id, until, since)
    same = last if last is not None and last.since == since else None
    new = {each.public_id: each for each in await _new(landlord, since, until, same)}
    of_all = New(
        sum(each.all_users for each in new.values()),
        sum(each.all_uses for each in new.values()),
        sum(each.all_cents for each in new.values()),
    )
    homes, whole = _peopled(found, last)
    away = rules.hide_small([each.people for each in homes])
    news = [new.get(each.public_id, New()) for each in homes]
    stay = _standing([each.users for each in news], of_all.users, away)
    before = {row.told.public_id: row for row in same.rows} if same else {}
    told = [
        _used(home, before.get(home.public_id), None if stays else each, until)
        for home, each, stays in zip(homes, news, stay, strict=True)
    ]
    whole, uses_on = _used(whole, same, None if _is_few(of_all.users) else of_all, until)
    return Report(
        landlord=landlord.name,
        public_id=landlord.public_id,
        since=since,
        until=until,
        rows=[Reach(each, not is_away, on) for (each, on), is_away in zip(told, away, strict=True)],
        told=whole,
        uses_on=uses_on,
    )


def _months(counted: list[Month], now: Report, same: Tenants | None) -> list[Month]:
    """Those told before as they were; new ones where the uses of the sum were told before and after."""
    told = same.months if same else []
    new = counted[len(told) :]
    whole = now.uses_on == now.until and (same is None or same.report.uses_on == same.report.until)
    households = rules.steady([each.households for each in [*told[-1:], *new]])[-len(new) :]
    return told + [
        msgspec.structs.replace(
            each,
            households=count,
            uses=each.uses if whole else None,
            saved_cents=each.saved_cents if whole else None,
        )
        for each, count in zip(new, households, strict=True)
    ]


def _totals(counted: Totals, now: Report, same: Tenants | None) -> Totals:
    """With the people of the report, who used something as of its uses, and what five households more
    have paid; `counted` has the dues since some were told.
    """
    before, on = (same.totals.dues_cents, same.totals.dues_on) if same else (0, None)
    few = _is_few(counted.payers)
    return msgspec.structs.replace(
        counted,
        households=now.told.households,
        people=now.told.people,
        used_by=min(_used_by(counted, now, same), now.told.households),
        dues_cents=before + (0 if few else counted.dues_cents),
        dues_on=on if few else now.until,
    )


def _used_by(counted: Totals, now: Report, same: Tenants | None) -> int:
    """A household more, or one that took its uses along, moves no share of them."""
    if same is not None and same.report.told.uses == now.told.uses:
        return same.totals.used_by
    return counted.used_by


def _contracts(counted: Contracts, same: Tenants | None) -> Contracts:
    if same is not None and rules.is_same(same.contracts.people, counted.people):
        return same.contracts
    return counted


def _peopled(found: Sequence[Residence], last: Report | None) -> tuple[list[Residence], Residence]:
    """With the households and people that may be told, of each and of all."""
    before = {row.told.public_id: row.told for row in last.rows} if last else {}
    whole, all_before = queries.add_up(found), last.told if last else None
    of_all = _moved(whole, all_before)
    stay = _standing([_moved(each, before.get(each.public_id)) for each in found], of_all)
    return [
        _as_before(each, before.get(each.public_id)) if stays else each
        for each, stays in zip(found, stay, strict=True)
    ], _as_before(whole, all_before) if _is_few(of_all) else whole


def _standing(new: Sequence[int], of_all: int, away: Sequence[bool] = ()) -> list[bool]:
    return [True] * len(new) if _is_few(of_all) else rules.hide_small(new, away)


def _is_few(people: int) -> bool:
    return 0 < people < rules.FEWEST


def _moved(now: Residence, before: Residence | None) -> int:
    if before is None:
        return 0
    return max(abs(now.people - before.people), abs(now.households - before.households))


def _as_before(now: Residence, before: Residence | None) -> Residence:
    if before is None:
        return now
    return msgspec.structs.replace(now, people=before.people, households=before.households)


def _used(
    now: Residence, before: Reach | Report | None, new: New | None, until: date
) -> tuple[Residence, date | None]:
    """With the uses that may be told, and up to when: those told before, and the `new` ones."""
    more, on = (new, until) if new else (New(), before.uses_on if before else None)
    return msgspec.structs.replace(
        now,
        uses=more.uses + (before.told.uses if before else 0),
        saved_cents=more.saved_cents + (before.told.saved_cents if before else 0),
    ), on


async def _new(landlord: Landlord, since: date, until: date, same: Report | None) -> list[_New]:
    told = {row.told.public_id: row.uses_on for row in same.rows if row.uses_on} if same else {}
    first = clock.start_of_day(since)
    return await fetch_as(
        _New,
        _NEW,
        landlord.id,
        until,
        first,
        clock.end_of_day(until),
        list(told),
        [clock.start_of_day(day + DAY) for day in told.values()],
        clock.start_of_day(same.uses_on + DAY) if same and same.uses_on else first,
    )


# $1 landlord, $2 last day, $3 first instant, $4 last instant, $5 and $6 residences and from when on their
# uses are new, $7 from when on those of all are.
_NEW = f"""
WITH used AS (
  SELECT d.residence, x.person, x.at, x.saving_cents
  FROM household h JOIN dwelling d ON d.id = h.dwelling AND d.landlord = $1
  JOIN redemption x ON x.household = h.id AND x.at >= $3 AND x.at <= $4
  WHERE h.proof = 'proved' AND {yearly.MEMBER.format(day="$2", end="$4")}
    AND NOT EXISTS (SELECT 1 FROM reversal v WHERE v.redemption = x.id AND v.at <= $4)
), dated AS (
  SELECT u.*, r.public_id, t.at IS NULL OR u.at >= t.at AS is_new, u.at >= $7 AS is_all
  FROM used u JOIN residence r ON r.id = u.residence
  LEFT JOIN unnest($5::text[], $6::timestamptz[]) AS t(whose, at) ON t.whose = r.public_id
)
SELECT public_id, count(DISTINCT person) FILTER (WHERE is_new) AS users,
  count(*) FILTER (WHERE is_new) AS uses,
  coalesce(sum(saving_cents) FILTER (WHERE is_new), 0)::bigint AS saved_cents,
  count(DISTINCT person) FILTER (WHERE is_all) AS all_users, count(*) FILTER (WHERE is_all) AS all_uses,
  coalesce(sum(saving_cents) FILTER (WHERE is_all), 0)::bigint AS all_cents
FROM dated GROUP BY public_id
"""  # noqa: S608 - our own words
