"""What has been kept long enough goes: people who are away for years, logs, messages (D2).

A dry run counts the same things by the same statements and takes nothing away; both are on record.
"""

from calendar import monthrange
from datetime import datetime

import msgspec

from backend.audit import service as audit
from backend.audit.rules import differences
from backend.audit.service import SYSTEM, By
from backend.kit import clock
from backend.kit.claims import calmly
from backend.kit.database import fetch, fetch_as, fetch_one, transaction
from backend.membership import privacy as membership
from backend.membership.privacy import Away
from backend.people.errors import PersonMissing
from backend.privacy import erasing
from backend.privacy.errors import SomethingOpen
from backend.privacy.parts import TRAILS, Trail
from backend.privacy.rules import ErasureWay, Retention, check_retention

MOST_A_NIGHT = 2000  # the rest goes in the nights after


class Run(msgspec.Struct, frozen=True):
    """One run, as the office reads it. `by` is "" for the night's own."""

    at: datetime
    dry: bool
    by: str
    counts: dict[str, int]


async def get_retention() -> Retention:
    """The club's limits; the law's until the club sets its own."""
    row = await fetch_one(
        "SELECT prospects_months, lapsed_months, logs_months, messages_months, leads_months,"
        " calls_months FROM retention_setting"
    )
    return Retention() if row is None else Retention(**row)


async def set_retention(by: By, wanted: Retention) -> None:
    """From the next run on. Raises MonthsOutOfRange at its field."""
    check_retention(wanted)
    async with transaction():
        before = await get_retention()
        await fetch(
            "INSERT INTO retention_setting (prospects_months, lapsed_months, logs_months,"
            " messages_months, leads_months, calls_months, updated_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)"
            " ON CONFLICT ON CONSTRAINT retention_setting_one_key DO UPDATE SET"
            " prospects_months = $1, lapsed_months = $2, logs_months = $3, messages_months = $4,"
            " leads_months = $5, calls_months = $6, updated_at = $7",
            wanted.prospects_months,
            wanted.lapsed_months,
            wanted.logs_months,
            wanted.messages_months,
            wanted.leads_months,
            wanted.calls_months,
            clock.now(),
        )
        changes = differences(msgspec.to_builtins(before), msgspec.to_builtins(wanted))
        if changes:
            await audit.note("retention.set", by, object_kind="retention", changes=changes)


async def run(by: By = SYSTEM, *, dry: bool = False) -> dict[str, int]:
    """Takes away what is due, or counts it; gives how many of each, on record.

    `held` are people in whose way something stands: they are looked at again the next night. What
    fails stops nothing else, and has no count.
    """
    limits = await get_retention()
    counts = await _people(by, limits, dry=dry)
    for trail in TRAILS:
        before = months_ago(getattr(limits, trail.setting))
        count = await calmly(_purge(trail, before, dry=dry), trail=trail.name)
        if count is not None:
            counts[trail.name] = count
    await _record(by, counts, dry=dry)
    return counts


async def _purge(trail: Trail, before: datetime, *, dry: bool) -> int:
    if dry:
        return await trail.look(before)
    async with transaction():
        return await trail.purge(before)


async def runs(limit: int = 20) -> list[Run]:
    """The newest first."""
    rows = await fetch_as(
        _Row,
        "SELECT r.at, r.dry, concat_ws(' ', p.given_name, p.family_name) AS by,"
        " r.counts::text AS counts FROM retention_run r LEFT JOIN person p ON p.id = r.by"
        " ORDER BY r.id DESC LIMIT $1",
        limit,
    )
    return [
        Run(row.at, row.dry, row.by, msgspec.json.decode(row.counts, type=dict[str, int]))
        for row in rows
    ]


def months_ago(months: int) -> datetime:
    """The first instant of that day so many months ago; of the month's last day where it has none."""
    today = clock.today()
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    day = min(today.day, monthrange(year, month + 1)[1])
    return clock.start_of_day(today.replace(year=year, month=month + 1, day=day))


async def _people(by: By, limits: Retention, *, dry: bool) -> dict[str, int]:
    away = await membership.away_since(
        months_ago(limits.prospects_months), months_ago(limits.lapsed_months), MOST_A_NIGHT
    )
    counts = {"prospects": 0, "lapsed": 0, "held": 0}
    for each in away:
        counts[await calmly(_let_go(by, each, dry=dry), person=each.person_id) or "held"] += 1
    return counts


async def _let_go(by: By, away: Away, *, dry: bool) -> str:
    """The same erasure as anybody's, by the same code; under what it counts."""
    kind = "prospects" if away.prospect else "lapsed"
    if dry:
        return "held" if (await erasing.look(away.person_id)).holds else kind
    try:
        await erasing.erase(by, away.person_id, ErasureWay.RETENTION)
    except SomethingOpen:
        return "held"
    except PersonMissing:
        return kind  # a child who went with the last adult, a moment ago
    return kind


async def _record(by: By, counts: dict[str, int], *, dry: bool) -> None:
    async with transaction():
        await fetch(
            "INSERT INTO retention_run (at, dry, by, counts) VALUES ($1, $2, $3, $4)",
            clock.now(),
            dry,
            by.id,
            msgspec.json.encode(counts).decode(),
        )
        await audit.note("retention.run", by, dry=dry, counts=counts)


class _Row(msgspec.Struct, frozen=True):
    at: datetime
    dry: bool
    by: str
    counts: str
