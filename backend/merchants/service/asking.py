"""What the club asks of partners, and the territories within which one firm a trade is taken."""

from collections.abc import Collection

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit import clock, codes, text
from backend.kit.database import fetch, fetch_value, transaction
from backend.merchants import contracts
from backend.merchants.errors import DetailMissing, SettingWrong, TerritoryTaken
from backend.merchants.rules import Terms

MOST_CENTS, MOST_DAYS = 1_000_000, 366


async def set_terms(by: By, wanted: Terms) -> None:
    """For contracts that are drawn from now on; grace counts at once. Raises SettingWrong at its field."""
    values = msgspec.structs.asdict(wanted)
    _check(values)
    async with transaction():
        before = msgspec.to_builtins(await contracts.terms())
        await fetch(
            "INSERT INTO partner_setting (shop_cents, firm_cents, association_cents,"
            " campaigns_a_year, grace_days, renew_days, offer_days, hold_days, vat_text,"
            " updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
            " ON CONFLICT ON CONSTRAINT partner_setting_once DO UPDATE SET shop_cents = $1,"
            " firm_cents = $2, association_cents = $3, campaigns_a_year = $4, grace_days = $5,"
            " renew_days = $6, offer_days = $7, hold_days = $8, vat_text = $9, updated_at = $10",
            *values.values(),
            clock.now(),
        )
        await audit.note(
            "partner_terms.set",
            by,
            changes={name: [before[name], now] for name, now in values.items()},
        )


def _check(values: dict[str, object]) -> None:
    wrong = [
        name
        for name, value in values.items()
        if isinstance(value, int)
        and not _least(name) <= value <= (MOST_CENTS if name.endswith("_cents") else MOST_DAYS)
    ]
    if wrong:
        raise SettingWrong(dict.fromkeys(wrong, SettingWrong.sentence))
    if not str(values["vat_text"]).strip():
        raise DetailMissing().at("vat_text")


def _least(name: str) -> int:
    """Nothing is kept for no time at all."""
    return 1 if name in {"renew_days", "offer_days", "hold_days"} else 0


async def make_territory(by: By, name: str, residences: Collection[str]) -> str:
    """Of these residences (public ids), which leave the one they were in; its public id.

    Firms that have a trade in the rest of the club had it there too: they keep it.
    """
    name = text.normalise_name(name)
    async with transaction():
        territory = await fetch_value(
            "INSERT INTO territory (public_id, name, created_at) VALUES ($1, $2, $3)"
            " ON CONFLICT ON CONSTRAINT territory_name_key DO NOTHING RETURNING id",
            codes.random_id(),
            name,
            clock.now(),
        )
        if territory is None:
            raise TerritoryTaken().at("territory")
        await fetch(
            "INSERT INTO territory_residence (territory, residence)"
            " SELECT $1, id FROM residence WHERE public_id = ANY($2)"
            " ON CONFLICT ON CONSTRAINT territory_residence_residence_once"
            " DO UPDATE SET territory = $1",
            territory,
            list(residences),
        )
        await _copy(territory)
        await audit.note(
            "territory.make",
            by,
            object_kind="territory",
            object_id=territory,
            residences=len(residences),
        )
        public_id: str = await fetch_value(
            "SELECT public_id FROM territory WHERE id = $1", territory
        )
    return public_id


async def _copy(territory_id: int) -> None:
    await fetch(
        "INSERT INTO contract_trade (contract, trade, territory) SELECT DISTINCT contract, trade,"
        " $1::bigint FROM trade_place WHERE territory IS NULL AND state <> 'freed'",
        territory_id,
    )
    await fetch(
        "INSERT INTO trade_place (contract, trade, territory, during, state, until, since)"
        " SELECT contract, trade, $1, during, state, until, since FROM trade_place"
        " WHERE territory IS NULL AND state <> 'freed'",
        territory_id,
    )
