"""A whole town, written by SQL: 50,000 homes and 500,000 uses, for what is measured at that size."""

from datetime import timedelta

from backend.kit import clock
from backend.kit.database import fetch, transaction
from backend.vouchers import savings
from tests import factories
from tests.bench.stage import Stage
from tests.bench.town import CHUNK, VOUCHERS, settle
from tests.factories import Market

MARK = "UPDATE voucher SET state = 'redeemed' WHERE id > $1 AND id <= $2 AND code LIKE 'B%'"
# As in life: somebody pays every day of the year.
SPREAD = (
    "UPDATE period SET during = daterange(lower(during) - (id % 365)::int,"
    " upper(during) - (id % 365)::int) WHERE household <> 1"
)
USES = """
INSERT INTO redemption (public_id, voucher, round, offer, offer_version, household, person, partner,
                        shop, till, channel, mode, at, full_cents, paid_cents, saving_cents,
                        identity_checked)
SELECT 'bench ' || v.id, v.id, 0, v.offer, 1, v.household, v.claimant, v.partner, $1, $2, 'scan',
       'online', now() - v.id % 365 * interval '1 day', 1250, 1125, 125, false
FROM voucher v WHERE v.id > $3 AND v.id <= $4 AND v.state = 'redeemed'
"""
# Every household in a dwelling of its own that it proved, two hundred to a residence.
HOUSED = (
    (
        "INSERT INTO residence (public_id, landlord, code, name, postcode, town) SELECT 'bench-' || n, l.id,"
        " n::text, 'Bench ' || n, '80000', 'Amiens' FROM landlord l, generate_series(0, 299) n"
        " WHERE l.slug = 'bench'"
    ),
    (
        "INSERT INTO dwelling (landlord, residence, external_id, contract_number, contract_folded, street,"
        " building, stair, floor, door, postcode, town, insee_code, rooms, agreement, occupancy, search)"
        " SELECT r.landlord, r.id, h.id::text, 'B' || h.id, 'B' || h.id, '', '', '', '', '', '80000',"
        " 'Amiens', '80021', 3, '', 'let', '' FROM household h"
        " JOIN residence r ON r.public_id = 'bench-' || h.id % 300"
    ),
    (
        "UPDATE household h SET dwelling = d.id, proof = 'proved' FROM dwelling d"
        " WHERE d.external_id = h.id::text"
    ),
)


async def house(club: Stage) -> None:
    """After `gather` and `invite`: where they live, so that figures by residence count something."""
    for statement in HOUSED:
        await fetch(statement)
    await club.analyze()


async def gather(club: Stage, market: Market, households: int, uses: int) -> None:
    """One true member, copied; each household used as many vouchers as the others."""
    bob = await factories.add_member("Bob", "Durand")
    await settle(households, bob.household_id)
    await fetch(SPREAD)
    until = clock.end_of_day(clock.today() + timedelta(days=20))
    till = market.till.caller
    for first in range(1, uses + 1, CHUNK):
        last = min(first + CHUNK - 1, uses)
        await fetch(VOUCHERS, market.offer.id, market.partner.id, until, first, last, households)
        await fetch(MARK, first - 1, last)
        await fetch(USES, till.shop_id, till.till_id, first - 1, last)
    async with transaction():
        await savings.settle()
    await fetch("UPDATE offer SET claimed = $2 WHERE id = $1", market.offer.id, uses)
    await club.analyze()
