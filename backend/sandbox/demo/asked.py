"""What waits for somebody: uses that are contested or worth a look, and what partners asked the club."""

from datetime import timedelta
from typing import Any

from backend.audit.service import SYSTEM, By, person
from backend.insight import signals
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value, transaction
from backend.membership import queries as membership
from backend.merchants import changes
from backend.merchants import queries as merchants
from backend.merchants.changes import ShopDetails
from backend.merchants.wishes import Part
from backend.offers import proposals
from backend.offers.rules import OfferKind
from backend.offers.service import OfferWish
from backend.sandbox.demo.cast import DEMO_SHOP
from backend.vouchers import contests, regulars, savings
from backend.vouchers.rules import Outcome

NEW_PHONE = "03 22 00 00 12"
# The baker's household uses its own discount: what a signal about a shop's team is made of.
OWN_USES = 4
MONDAY = 0


async def ask_all() -> None:
    """Each through its service. Contests come after what a second time would double, and say that it was
    done; what follows them a worker's night does too.
    """
    baker = await _baker()
    await _write_offers(baker)
    await _change_shop(baker)
    await _use_own(baker)
    await _contest()
    await signals.look()
    await regulars.close_months()


async def _baker() -> Any:
    """The merchant of the demo: who they are, and their partner."""
    row = await fetch_one(
        "SELECT g.person, g.scope_id AS partner, m.household FROM role_grant g"
        " JOIN partner p ON p.id = g.scope_id JOIN household_member m ON m.person = g.person"
        " WHERE g.role = 'merchant' AND p.name = $1",
        DEMO_SHOP,
    )
    assert row is not None, "the demo club has a baker"
    return row


async def _write_offers(baker: Any) -> None:
    """One for the club to read, one still a draft."""
    by = person(baker["person"])
    wish = OfferWish(
        title="Une galette achetée, une fève offerte",
        summary="Pour l'Épiphanie, en janvier.",
        kind=OfferKind.GIFT,
        public_price_cents=250,
        starts_on=clock.today() + timedelta(days=20),
    )
    sent = await proposals.write(by, baker["partner"], wish)
    await proposals.send(by, await proposals.get(sent, [baker["partner"]]))
    sandwich = OfferWish(
        title="Un sandwich et sa boisson",
        kind=OfferKind.FIXED,
        price_cents=650,
        public_price_cents=820,
        starts_on=clock.today() + timedelta(days=7),
    )
    await proposals.write(by, baker["partner"], sandwich)


async def _change_shop(baker: Any) -> None:
    """In this club, merchants change their hours alone, and ask for the rest."""
    await changes.set_free_parts(await _manager(), [Part.HOURS])
    shop = (await merchants.shops_of(baker["partner"]))[0]
    wish = ShopDetails(hours=shop.hours, phone=NEW_PHONE)
    await changes.ask(person(baker["person"]), shop, wish)


async def _use_own(baker: Any) -> None:
    """As the till wrote them, at noon of days on which the bakery is open."""
    days = [clock.today() - timedelta(days=ago) for ago in range(2, 25, 2)]
    async with transaction():
        for day in [day for day in days if day.weekday() != MONDAY][:OWN_USES]:
            await fetch(
                _OWN_USE,
                codes.random_id(),
                baker["household"],
                baker["person"],
                baker["partner"],
                clock.start_of_day(day) + timedelta(hours=12),
            )
        await savings.settle()


async def _contest() -> None:
    """One that waits, one that was decided."""
    rows = await fetch(_LATE_USES, clock.now() - timedelta(days=9), clock.now() - timedelta(days=2))
    cases = []
    for row, words in zip(rows, ("Ce jour-là, j'étais au travail.", ""), strict=False):
        member = await membership.find_member(row["person"])
        if member is not None:
            use = row["redemption"]
            cases.append(await contests.contest(member, person(row["person"]), use, words))
    if len(cases) > 1:
        why = "Vu avec le magasin : votre fille avait le bon."
        await contests.close(await _manager(), cases[1], Outcome.KEPT, why)


async def _manager() -> By:
    found = await fetch_value(
        "SELECT person FROM role_grant WHERE role = 'manager' AND ended_at IS NULL ORDER BY id"
    )
    return SYSTEM if found is None else person(found)


_OWN_USE = """
INSERT INTO redemption (public_id, offer, offer_version, household, person, partner, shop, till,
                        channel, mode, at, full_cents, paid_cents, saving_cents, identity_checked)
SELECT $1, o.id, o.version, $2, $3, $4, s.id, l.id, 'scan', 'online', $5, 800, 720, 80, false
FROM offer o JOIN shop s ON s.partner = o.partner JOIN till l ON l.shop = s.id
WHERE o.partner = $4 AND o.delivery = 'card' AND o.state = 'published' ORDER BY s.id, l.id LIMIT 1
"""
# Of members of today, each another person, so that the cases are of several.
_LATE_USES = """
SELECT DISTINCT ON (r.person) r.public_id AS redemption, r.person FROM redemption r
JOIN household_member m ON m.person = r.person AND m.left_on IS NULL AND m.household = r.household
WHERE r.voucher IS NOT NULL AND r.at BETWEEN $1 AND $2
  AND NOT EXISTS (SELECT 1 FROM reversal u WHERE u.redemption = r.id)
  AND NOT EXISTS (SELECT 1 FROM contest k WHERE k.redemption = r.id)
ORDER BY r.person, r.at LIMIT 2
"""
