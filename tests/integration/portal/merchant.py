"""A merchant at the portal, and uses to read there."""

from collections.abc import Sequence

import httpx

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit import codes
from backend.membership.queries import Member
from backend.settings import Settings
from backend.vouchers import service as vouchers
from backend.vouchers.scans import Scan
from backend.vouchers.values import Verdict
from tests import factories, sign_in
from tests.factories import Market


async def enter(client: httpx.AsyncClient, settings: Settings, *partner_ids: int) -> int:
    """Somebody who speaks for these partners is signed in."""
    person_id = await factories.add_person("Nadia", "Ferrand", "nadia@example.org")
    for partner_id in partner_ids:
        await factories.add_role(person_id, Role.MERCHANT, partner_id)
    await sign_in.as_merchant(client, settings, person_id)
    return person_id


async def use(market: Market, member: Member, price_cents: int | None = 1200) -> Verdict:
    """The member takes a voucher and uses it."""
    code = await vouchers.claim(member, market.offer.public_id, SYSTEM, key=codes.random_id())
    scan = Scan(code=code, key=codes.random_id(), till=market.till.caller, price_cents=price_cents)
    return await vouchers.redeem(scan)


async def use_each(market: Market, prices: Sequence[int | None]) -> list[Verdict]:
    """As many members, one use each."""
    return [
        await use(market, await factories.add_member(f"Alice {at}", "Quenneville"), price)
        for at, price in enumerate(prices)
    ]
