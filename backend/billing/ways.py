"""The ways of paying that the club takes (B1): read, asked for, and switched.

Closing a way refuses new payments by it. What was agreed goes on: a monthly payment until its payer
stops it, a renewal that was asked for and announced, a transfer that was sent. It is the club's word,
and money that comes all the same is recorded.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing.errors import NoWayLeft, WayClosed
from backend.kit import clock, locks
from backend.kit.database import fetch, transaction
from backend.kit.errors import N_


class Way(StrEnum):
    """Those of PayWay, and the debit, which is one way inside Stripe's page."""

    ONLINE = "online"
    MONTHLY = "monthly"
    SEPA = "sepa"
    CASH = "cash"
    CHEQUE = "cheque"
    TRANSFER = "transfer"


NAMES: Mapping[str, str] = MappingProxyType(
    {
        Way.ONLINE: N_("En ligne, 12 mois"),
        Way.MONTHLY: N_("En ligne, chaque mois"),
        Way.SEPA: N_("Prélèvement SEPA"),
        Way.CASH: N_("Espèces"),
        Way.CHEQUE: N_("Chèque"),
        Way.TRANSFER: N_("Virement"),
    }
)


async def ways() -> frozenset[str]:
    """The words of the ways that are open now, so that `PayWay.CASH in ...` may be asked of it."""
    return but([row["way"] for row in await fetch(CLOSED)])


def but(closed: Collection[str]) -> frozenset[str]:
    """Every way that is not closed."""
    return frozenset(Way) - set(closed)


CLOSED = (
    "SELECT way FROM (SELECT DISTINCT ON (way) way, open FROM way_switch ORDER BY way, id DESC) w"
    " WHERE NOT open"
)


async def check_open(way: str) -> None:
    """Raises WayClosed."""
    if way not in await ways():
        raise WayClosed


async def set_ways(by: By, wanted: frozenset[Way]) -> None:
    """These are open from now on, the others closed; each change is a dated row. Raises NoWayLeft."""
    if not wanted - {Way.SEPA}:
        raise NoWayLeft
    async with transaction():
        await locks.alone("ways")
        before = await ways()
        for way in sorted(wanted ^ before):
            await fetch(
                "INSERT INTO way_switch (way, open, since, person) VALUES ($1, $2, $3, $4)",
                way,
                way in wanted,
                clock.now(),
                by.id,
            )
        if wanted != before:
            told = [", ".join(sorted(before)), ", ".join(sorted(wanted))]
            await audit.note("ways_set", by, object_kind="ways", changes={"ways": told})
