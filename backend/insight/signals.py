"""Signals about uses, found each night and looked at by a person (V36).

A signal does nothing: no till is closed, no member is blocked, nobody is told. Set aside with a
reason, what it was made of is never counted again; what comes after is counted anew.
"""

from datetime import datetime
from typing import Any

import msgspec

from backend.audit.errors import OwnCase
from backend.audit.service import By, note
from backend.insight import detectors, thresholds
from backend.insight.detectors import Facts, Found, Place, Seen, World
from backend.insight.thresholds import SignalKind
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_as, fetch_one, fetch_value, transaction, within
from backend.kit.errors import N_, Invalid, Missing, Refused
from backend.kit.hours import Hours

SHORTEST_REASON, LONGEST_REASON = 3, 300


class SignalUnknown(Missing):
    slug = "signal_unknown"
    sentence = N_("Nous ne trouvons pas ce signal.")
    next = N_("Revenez à la liste des cas.")


class SignalClosed(Refused):
    slug = "signal_closed"
    sentence = N_("Ce signal est déjà mis de côté.")
    next = N_("Revenez à la liste des cas.")


class AsideUnexplained(Invalid):
    slug = "signal_unexplained"
    sentence = N_("Dites pourquoi en quelques mots.")
    next = N_("Vos collègues liront cette phrase.")


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """`place`: the shop, with its till; `who`: the member, where it is about one."""

    public_id: str
    kind: SignalKind
    facts: Facts
    place: str
    partner_public_id: str | None
    who: str | None
    person_public_id: str | None
    found_at: datetime
    until_at: datetime
    closed_at: datetime | None
    reason: str | None


async def look() -> int:
    """The uses of the last month; gives how many signals stand open. Again, it changes nothing."""
    since = clock.now() - thresholds.WINDOW
    found = list(detectors.detect(await _uses(since), await _world()))
    async with transaction():
        for one in found:
            await _keep(one)
    return len(found)


async def set_aside(by: By, public_id: str, reason: str) -> None:
    """Looked at, and nothing to it, or dealt with: in either case it is said why.

    Raises OwnCase for what is about oneself or somebody of one's home.
    """
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        raise AsideUnexplained().at("reason")
    async with transaction():
        if await fetch_value(_OWN, public_id, by.id):
            raise OwnCase
        row = await fetch_one(
            "UPDATE signal SET closed_at = $2, closed_by = $3, reason = $4"
            " WHERE public_id = $1 AND closed_at IS NULL RETURNING kind, subject",
            public_id,
            clock.now(),
            by.id,
            reason.strip(),
        )
        if row is None:
            raise await _why_not(public_id)
        await note("signal.aside", by, object_kind="signal", object_id=public_id, kind=row["kind"])


async def open_signals() -> list[Signal]:
    """Those nobody has looked at, the newest first."""
    rows = await fetch(f"{_SIGNAL} WHERE g.closed_at IS NULL ORDER BY g.until_at DESC, g.id DESC")
    return [_signal(row) for row in rows]


async def get_signal(public_id: str) -> Signal:
    row = await fetch_one(f"{_SIGNAL} WHERE g.public_id = $1", public_id)
    if row is None:
        raise SignalUnknown
    return _signal(row)


async def _keep(found: Found) -> None:
    """One open signal of a kind about one subject; more of the same is told in it."""
    within()
    await fetch(
        "INSERT INTO signal (public_id, kind, subject, till, shop, person, facts, until_at, found_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " ON CONFLICT (subject) WHERE closed_at IS NULL"
        " DO UPDATE SET facts = excluded.facts, until_at = excluded.until_at",
        codes.random_id(),
        found.kind.value,
        found.subject,
        found.till,
        found.shop,
        found.person,
        msgspec.json.encode(found.facts).decode(),
        found.until_at,
        clock.now(),
    )


async def _uses(since: datetime) -> list[Seen]:
    return await fetch_as(
        Seen,
        "SELECT r.public_id, r.at, r.till, r.shop, r.partner, r.person, r.household, r.channel,"
        " r.mode, u.id IS NOT NULL AS undone FROM redemption r"
        " LEFT JOIN reversal u ON u.redemption = r.id WHERE r.at >= $1 ORDER BY r.at, r.id",
        since,
    )


async def _world() -> World:
    places = await fetch(
        "SELECT s.id, s.latitude, s.longitude, coalesce((SELECT json_agg(json_build_object("
        " 'weekday', h.weekday, 'opens', h.opens, 'closes', h.closes)) FROM shop_hours h"
        " WHERE h.shop = s.id), '[]')::text AS hours FROM shop s"
    )
    teams = await fetch(
        "SELECT DISTINCT g.scope_id AS partner, m.household FROM role_grant g"
        " JOIN household_member m ON m.person = g.person AND m.left_on IS NULL"
        " WHERE g.role = 'merchant' AND g.ended_at IS NULL"
    )
    looked = await fetch(
        "SELECT subject, max(until_at) AS until_at FROM signal WHERE closed_at IS NOT NULL"
        " GROUP BY subject"
    )
    return World(
        {row["id"]: _place(row) for row in places},
        frozenset((row["partner"], row["household"]) for row in teams),
        {row["subject"]: row["until_at"] for row in looked},
    )


async def _why_not(public_id: str) -> SignalUnknown | SignalClosed:
    row = await fetch_one("SELECT id FROM signal WHERE public_id = $1", public_id)
    return SignalUnknown() if row is None else SignalClosed()


_OWN = """
SELECT EXISTS (SELECT 1 FROM signal g WHERE g.public_id = $1 AND (g.person = $2 OR EXISTS
  (SELECT 1 FROM household_member m JOIN household_member n ON n.household = m.household
     AND n.left_on IS NULL
   WHERE m.person = g.person AND m.left_on IS NULL AND n.person = $2)))
"""
_SIGNAL = """
SELECT g.public_id, g.kind, g.facts, concat_ws(', ', s.name, l.name) AS place,
       coalesce(p.public_id, '') AS partner_public_id,
       n.given_name || ' ' || n.family_name AS who, n.public_id AS person_public_id,
       g.found_at, g.until_at, g.closed_at, g.reason
FROM signal g LEFT JOIN till l ON l.id = g.till LEFT JOIN shop s ON s.id = g.shop
LEFT JOIN partner p ON p.id = s.partner LEFT JOIN person n ON n.id = g.person
"""


def _place(row: Any) -> Place:
    hours = msgspec.json.decode(row["hours"], type=tuple[Hours, ...])
    return Place(row["latitude"], row["longitude"], hours)


def _signal(row: Any) -> Signal:
    values = dict(row)
    facts = msgspec.json.decode(values.pop("facts"), type=Facts)
    return Signal(kind=SignalKind(values.pop("kind")), facts=facts, **values)
