"""What the club asks of partners."""

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit import clock
from backend.kit.database import fetch, transaction
from backend.merchants import contracts
from backend.merchants.errors import DetailMissing, SettingWrong
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
