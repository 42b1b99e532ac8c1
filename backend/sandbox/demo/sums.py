"""Money of loans in the demo club: a trailer with a price and a deposit, and three damages."""

from datetime import time, timedelta
from typing import Any

from backend.audit.service import SYSTEM, person
from backend.kit import clock
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.kit.zone import at_wall_time
from backend.lending import service as lending
from backend.lending.policy import Policy
from backend.lending.rules import DepositMode, DepositWay, DueRule, Period, PriceUnit, SlotMode
from backend.lending.service import ResourceWish, UnitWish, damages, deposits
from backend.lending.values import Ask, For, Want

FIRST = "samira@example.org"
CLERK = "comptoir@example.org"
TRAILER = "Remorque"


async def owe() -> None:
    """Does nothing where somebody owes something already."""
    if await fetch_value("SELECT EXISTS (SELECT 1 FROM loan_debt)"):
        return
    first, *others = await _borrowers()
    clerk = await _person(CLERK)
    by = person(clerk) if clerk is not None else SYSTEM
    await _book_trailer(For(first["household"], first["person"]))
    said = "La couverture est déchirée."
    debt = await damages.charge_damage(by, first["line"], 1200, said, key="demo-1")
    words = "Elle était déjà déchirée quand je l'ai pris."
    await damages.contest(person(first["person"]), first["household"], debt, words)
    for number, row in enumerate(others):
        cents = 8_000 if number else 900
        await damages.charge_damage(
            by, row["line"], cents, "Cassé d'un côté, et une partie manque.", key=f"demo-{number}-o"
        )


async def _book_trailer(whom: For) -> None:
    """For tomorrow; its cheque lies in the box."""
    site: int = await fetch_value("SELECT site FROM resource ORDER BY id LIMIT 1")
    policy = await lending.make_policy(SYSTEM, _policy())
    wish = ResourceWish(
        site_id=site,
        policy=policy,
        name=TRAILER,
        category="Voiture",
        description="Pour un meuble ou un petit déménagement. 500 kilos au plus.",
        replacement_cents=40_000,
    )
    resource = await lending.add_resource(SYSTEM, wish)
    await lending.add_unit(SYSTEM, resource, UnitWish())
    start = at_wall_time(clock.today() + timedelta(days=1), time(10))
    want = Want(resource=resource, period=Period(start, start + timedelta(hours=2)))
    done = await lending.book(Ask(by=SYSTEM, key="demo-trailer"), whom, [want])
    await deposits.take(
        SYSTEM, done.lines[0], DepositWay.CHEQUE, None, key="demo", cheque="Banque du Port 0012"
    )


def _policy() -> Policy:
    return Policy(
        id=0,
        public_id="",
        name=TRAILER,
        slot_mode=SlotMode.HOURS,
        usual_length=120,
        longest_length=8 * 60,
        due_rule=DueRule.KEEP,
        advance_days=60,
        price_cents=200,
        price_unit=PriceUnit.HOUR,
        late_refund_percent=50,
        deposit_mode=DepositMode.CASH_NOTE,
        deposit_cents=15_000,
        fee_day_cents=100,
        grace_days=1,
    )


async def _borrowers() -> list[Any]:
    """Who had something: the first tenant of the demo, and two others; the newest loan of each."""
    mine = await fetch_one(
        f"{LOANS} AND b.person = $1 ORDER BY c.id DESC LIMIT 1", await _person(FIRST)
    )
    assert mine is not None
    rows = await fetch(
        f"{LOANS} AND c.in_at IS NOT NULL AND b.household <> $1 ORDER BY c.id DESC LIMIT 2",
        mine["household"],
    )
    return [mine, *rows]


LOANS = (
    "SELECT c.line, b.household, b.person FROM custody c JOIN booking_line l ON l.id = c.line"
    " JOIN booking b ON b.id = l.booking WHERE b.household IS NOT NULL AND b.person IS NOT NULL"
)


async def _person(address: str) -> int | None:
    found: int | None = await fetch_value(
        "SELECT person FROM contact_point WHERE value = $1 ORDER BY id LIMIT 1", address
    )
    return found
