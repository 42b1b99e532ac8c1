"""Fills an empty database once; whoever comes second finds it full and does nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg

from backend.audit.service import SYSTEM
from backend.identity.rules import FactorKind, Role
from backend.identity.service import grant_role
from backend.kit import clock, codes, locks
from backend.kit.database import fetch, fetch_value, transaction
from backend.kit.seals import Seals
from backend.people import service as people
from backend.people.rules import read_address
from backend.sandbox.demo import (
    activities,
    asked,
    books,
    closures,
    contracts,
    counts,
    dues,
    ground,
    insurance,
    lent,
    market,
    neighbours,
    news,
    referent,
    register,
    services,
    slips,
    spending,
    sums,
    things,
    upkeep,
)
from backend.sandbox.demo.cast import DEMO_SHOP, MERCHANT, SECOND_FACTOR, STAFF, STARS, Employee
from backend.sandbox.demo.model import Family
from backend.sandbox.demo.people import families
from backend.sandbox.demo.uses import Taken, Year
from backend.settings import Settings

# What the first demo tenant has in hand today, and had besides what was rolled: days ago.
IN_HAND = (("Une baguette tradition", 3), ("La place à 5 €", 1), ("20 % sur une réparation", 5))
SHELVES_SINCE = timedelta(days=500)  # longer than the year that is told
HAD = (("60 € sur une monture", 140), ("Le panier de saison", 33), ("Une lessive", 61))


async def fill_once(settings: Settings) -> None:
    """Needs the pool open and the migrations done.

    Lists, partners and offers come first, each step of which may run again; all people, money and
    vouchers are one transaction. Partners' contracts come last, one by one; the application to read
    ends them. So a start that is interrupted costs nothing but time.
    """
    async with _alone(settings):
        if not await fetch_value("SELECT EXISTS (SELECT 1 FROM household)"):
            await ground.lay()
            await market.open_market()
            await insurance.open_insurance()
            await spending.spend()
            await _populate(settings)
        if not await fetch_value("SELECT EXISTS (SELECT 1 FROM partner_application)"):
            await contracts.sign_all(settings)
        if not await fetch_value("SELECT EXISTS (SELECT 1 FROM contest)"):
            await asked.ask_all()
        await news.plan_next()
        with clock.frozen(clock.now() - SHELVES_SINCE):
            await things.stock_shelves()
        await things.lend_some()
        await lent.tell_the_year()
        await things.keep_some_for_long()
        await upkeep.look_after_things()
        await sums.owe()
        await closures.close_days()
        await neighbours.live_together()
        await activities.meet()
        await services.open_services()
        await counts.count()


@asynccontextmanager
async def _alone(settings: Settings) -> AsyncIterator[None]:
    """Of two that start at once, one fills and the other waits."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1, 0)", locks.key_of("demo"))
        yield
    finally:
        await connection.close()


async def _populate(settings: Settings) -> None:
    async with transaction():
        told = await families()
        dues.collect(told)
        clerk_id, *_ = [await _employ(one, settings) for one in STAFF]
        await register.enrol(told)
        await books.write(told, clerk_id, settings.home / "stripe.json")
        await _make_merchant(told)
        await referent.employ()
        await slips.write(await _year(told))
        await insurance.live(told)
        await news.tell(told)


async def _employ(one: Employee, settings: Settings) -> int:
    """Somebody of the staff, with a second factor whose secret everybody may know."""
    person_id = await people.register(one.given_name, one.family_name)
    address = read_address(one.address)
    await people.add_contact(person_id, address.channel, address.value, verified=True)
    await grant_role(SYSTEM, person_id, one.role)
    public_id = codes.random_id()
    await fetch(
        "INSERT INTO factor (public_id, person, kind, name, sealed, counter, created_at, confirmed_at)"
        " VALUES ($1, $2, $3, 'Application', $4, 0, $5, $5)",
        public_id,
        person_id,
        FactorKind.TOTP.value,
        Seals(settings.secret_keys).seal(SECOND_FACTOR.encode(), f"factor:{public_id}"),
        clock.now(),
    )
    return person_id


async def _make_merchant(told: Sequence[Family]) -> None:
    family = _family(told, MERCHANT.household)
    partner_id = await fetch_value("SELECT id FROM partner WHERE name = $1", DEMO_SHOP)
    await grant_role(SYSTEM, family.head.id, Role.MERCHANT, partner_id)


async def _year(told: Sequence[Family]) -> list[Taken]:
    deals = await slips.deals()
    return await asyncio.to_thread(_lived, Year(deals), told)


def _lived(year: Year, told: Sequence[Family]) -> list[Taken]:
    first = _family(told, STARS[0].household)
    hers = [year.wanted(first, title, ago) for title, ago in IN_HAND]
    hers += [year.wanted(first, title, ago, used=True) for title, ago in HAD]
    today = [family for family in told if family.span_on(clock.today()) is not None]
    lived = [*year.told(told), *year.today(today, DEMO_SHOP)]
    return [*filter(None, hers), *lived]


def _family(told: Sequence[Family], public_id: str) -> Family:
    return next(family for family in told if family.public_id == public_id)
