"""The map of exclusivity: territories made, changed, removed, and no firm loses what it was promised (P1).

A residence lies in one territory, or in the rest of the club. It may go elsewhere only where every firm
that is alone there is alone at its new address too: so it never has two, and nobody loses it.
"""

from collections.abc import Collection

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit import clock, codes, text
from backend.kit.database import fetch, fetch_one, fetch_value, once_more, transaction, within
from backend.merchants.errors import (
    DetailMissing,
    TerritoriesClash,
    TerritoryHeld,
    TerritoryTaken,
    TerritoryUnknown,
    TerritoryUsed,
)
from backend.merchants.service import places
from backend.merchants.trades import BY_NUMBER

MAP = places.Slot(0, 0)  # no trade has this number: whoever holds it draws the map alone


@once_more
async def make_territory(by: By, name: str, residences: Collection[str]) -> str:
    """Of these residences (public ids), which leave where they were; its public id.

    Firms that have a trade in the rest of the club had it there too: they keep it. Raises
    TerritoryTaken, TerritoryHeld, TerritoriesClash.
    """
    name = text.normalise_name(name)
    async with transaction():
        await places.lock_trades([MAP])
        wanted = await _ids(residences)
        row = await fetch_one(
            "INSERT INTO territory (public_id, name, created_at) VALUES ($1, $2, $3)"
            " ON CONFLICT ON CONSTRAINT territory_name_key DO NOTHING RETURNING id, public_id",
            codes.random_id(),
            name,
            clock.now(),
        )
        if row is None:
            raise TerritoryTaken().at("territory")
        await _lock_trades()
        await _copy(row["id"])
        await _move(row["id"], wanted)
        await _note(by, "territory.make", row["id"], residences=len(wanted))
    public_id: str = row["public_id"]
    return public_id


@once_more
async def change_territory(by: By, public_id: str, name: str, residences: Collection[str]) -> None:
    """Its name, and all its residences; those that leave it lie in the rest of the club.

    Raises TerritoryUnknown, TerritoryTaken, DetailMissing, TerritoryHeld, TerritoriesClash.
    """
    name = text.normalise_name(name)
    if not name:
        raise DetailMissing().at("territory")
    async with transaction():
        territory = await _get(public_id)
        wanted = await _ids(residences)
        await _lock_trades()
        await _move(territory, wanted)
        await _rename(territory, name)
        await _note(by, "territory.change", territory, residences=len(wanted))


@once_more
async def remove_territory(by: By, public_id: str) -> None:
    """One that no contract is for; its residences lie in the rest of the club again.

    What the firms of the rest have there beside their place is no contract for it. Raises
    TerritoryUnknown, TerritoryUsed, TerritoryHeld, TerritoriesClash.
    """
    async with transaction():
        territory = await _get(public_id)
        await _lock_trades()
        await _move(territory, [])
        # From here on nothing new can name it: who is about to waits, and finds it gone.
        await fetch("SELECT 1 FROM territory WHERE id = $1 FOR UPDATE", territory)
        await _forget_copies(territory)
        if await fetch_value(_REFERRED, territory):
            raise TerritoryUsed
        await fetch("DELETE FROM territory WHERE id = $1", territory)
        await _note(by, "territory.remove", territory)


async def _get(public_id: str) -> int:
    """Its key; nobody else draws the map meanwhile."""
    await places.lock_trades([MAP])
    found: int | None = await fetch_value(
        "SELECT id FROM territory WHERE public_id = $1", public_id
    )
    if found is None:
        raise TerritoryUnknown
    return found


async def _ids(residences: Collection[str]) -> list[int]:
    rows = await fetch("SELECT id FROM residence WHERE public_id = ANY($1)", list(residences))
    return [row["id"] for row in rows]


async def _lock_trades() -> None:
    """All: who signs up meanwhile is waited for, also where nothing of it is seen yet."""
    within()
    await places.lock_trades(places.Slot(number, 0) for number in BY_NUMBER)


async def _rename(territory_id: int, name: str) -> None:
    """Last, since a new name keeps out whoever refers to it, and only where it is another one."""
    taken = "SELECT EXISTS (SELECT 1 FROM territory WHERE name = $1 AND id <> $2)"
    if await fetch_value(taken, name, territory_id):
        raise TerritoryTaken().at("territory")
    await fetch("UPDATE territory SET name = $2 WHERE id = $1 AND name <> $2", territory_id, name)


async def _copy(territory_id: int) -> None:
    """Who is in the club with a trade, or waits for it, or has not signed yet, is so there too (P1, P7)."""
    await fetch(
        "INSERT INTO contract_trade (contract, trade, territory) SELECT x.contract, x.trade,"
        " $1::bigint FROM contract_trade x JOIN contract c ON c.id = x.contract"
        " WHERE x.territory IS NULL AND c.ended_on IS NULL",
        territory_id,
    )
    await fetch(
        "INSERT INTO trade_place (contract, trade, territory, during, state, until, offered_until,"
        " since) SELECT contract, trade, $1, during, state, until, offered_until, since FROM trade_place"
        " WHERE territory IS NULL AND state <> 'freed'",
        territory_id,
    )
    await fetch(
        "INSERT INTO trade_wait (contract, trade, territory, since, place)"
        " SELECT w.contract, w.trade, $1::bigint, w.since, s.id FROM trade_wait w"
        " LEFT JOIN trade_place o ON o.id = w.place"
        " LEFT JOIN trade_place s ON s.contract = o.contract AND s.trade = o.trade"
        "  AND s.during = o.during AND s.state = o.state AND s.territory = $1"
        " WHERE w.territory IS NULL AND w.ended_at IS NULL ORDER BY w.id",
        territory_id,
    )


async def _forget_copies(territory_id: int) -> None:
    await fetch(
        "DELETE FROM trade_wait w WHERE w.territory = $1 AND EXISTS (SELECT 1 FROM trade_wait o"
        " WHERE o.contract = w.contract AND o.trade = w.trade AND o.since = w.since"
        " AND o.territory IS NULL AND (o.ended_at IS NULL) = (w.ended_at IS NULL))",
        territory_id,
    )
    await fetch(
        "DELETE FROM trade_place s WHERE s.territory = $1 AND EXISTS (SELECT 1 FROM trade_place o"
        " WHERE o.contract = s.contract AND o.trade = s.trade AND o.during = s.during"
        " AND o.territory IS NULL)"
        " AND NOT EXISTS (SELECT 1 FROM trade_wait w WHERE w.place = s.id)",
        territory_id,
    )
    await fetch(
        "DELETE FROM contract_trade x WHERE x.territory = $1 AND EXISTS (SELECT 1"
        " FROM contract_trade o WHERE o.contract = x.contract AND o.trade = x.trade"
        " AND o.territory IS NULL)",
        territory_id,
    )


async def _move(territory_id: int, wanted: list[int]) -> None:
    """One statement moves all of them, or none and says whose they are."""
    within()
    held = await fetch_one(_MOVE, territory_id, wanted, clock.now(), clock.today())
    if held is None:
        return
    trade = BY_NUMBER[held["trade"]]
    said = {"firm": held["firm"], "trade": trade.plain or trade.label}
    if held["other"] is not None:
        raise TerritoriesClash(other=held["other"], **said)
    raise TerritoryHeld(until=held["last_day"], **said)


async def _note(by: By, verb: str, territory_id: int, **facts: int) -> None:
    await audit.note(verb, by, object_kind="territory", object_id=territory_id, **facts)


def _alive(place: str) -> str:
    """At $3, on $4 or later."""
    return (
        f"{place}.state <> 'freed' AND ({place}.until IS NULL OR {place}.until > $3)"
        f" AND upper({place}.during) > $4::date"
    )


_REFERRED = (
    "SELECT EXISTS (SELECT 1 FROM contract_trade WHERE territory = $1)"
    " OR EXISTS (SELECT 1 FROM trade_place WHERE territory = $1)"
    " OR EXISTS (SELECT 1 FROM trade_wait WHERE territory = $1)"
)
# $1 the territory, $2 all its residences from now on, $3 now, $4 today. `went`: from where to where;
# `held`: a firm that would lose some, and who would have them instead.
_MOVE = f"""
WITH went AS (
  SELECT DISTINCT coalesce(x.territory, 0) AS before, $1::bigint AS after
  FROM unnest($2::bigint[]) wanted (id) LEFT JOIN territory_residence x ON x.residence = wanted.id
  WHERE x.territory IS DISTINCT FROM $1
  UNION SELECT $1, 0 FROM territory_residence x WHERE x.territory = $1 AND x.residence <> ALL ($2)
), held AS (
  SELECT s.trade, p.name AS firm, upper(s.during) - 1 AS last_day,
         (SELECT q.name FROM trade_place o JOIN contract d ON d.id = o.contract
            JOIN partner q ON q.id = d.partner
          WHERE coalesce(o.territory, 0) = w.after AND o.trade = s.trade AND d.partner <> c.partner
            AND o.during && s.during AND {_alive("o")} ORDER BY o.id LIMIT 1) AS other
  FROM went w JOIN trade_place s ON coalesce(s.territory, 0) = w.before AND {_alive("s")}
  JOIN contract c ON c.id = s.contract JOIN partner p ON p.id = c.partner
  WHERE NOT EXISTS (SELECT 1 FROM trade_place o JOIN contract d ON d.id = o.contract
    WHERE coalesce(o.territory, 0) = w.after AND o.trade = s.trade AND d.partner = c.partner
      AND {_alive("o")} AND o.during @> s.during * daterange($4, NULL))
), gone AS (
  DELETE FROM territory_residence x WHERE x.territory = $1 AND x.residence <> ALL ($2)
    AND NOT EXISTS (SELECT 1 FROM held)
), come AS (
  INSERT INTO territory_residence (territory, residence)
  SELECT $1, wanted.id FROM unnest($2::bigint[]) wanted (id) WHERE NOT EXISTS (SELECT 1 FROM held)
  ON CONFLICT ON CONSTRAINT territory_residence_residence_once DO UPDATE SET territory = $1
)
SELECT * FROM held ORDER BY other IS NULL, trade, firm LIMIT 1
"""  # noqa: S608 - our own words only
