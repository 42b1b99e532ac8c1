"""Unpaid and expired partners: warned, in grace, suspended; what was issued is honoured."""

from datetime import timedelta
from typing import Any

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.membership import service as membership
from backend.membership.queries import card_of
from backend.membership.rules import CardKind
from backend.merchants import contracts, jobs, standings
from backend.merchants import service as merchants
from backend.merchants.contracts import Has
from backend.merchants.rules import GIVING, EndReason, PartnerKind, Standing
from backend.offers import queries as offers
from backend.offers import service as offer_states
from backend.offers.queries import VISITOR
from backend.offers.rules import Delivery
from backend.vouchers import service as vouchers
from backend.vouchers.errors import AlreadyRedeemed, Expired, OfferPaused, PartnerInactive
from backend.vouchers.scans import Scan
from tests import factories
from tests.contracts import add_contract, add_firm, add_merchant, add_waiting, draw, pay, sign

pytestmark = pytest.mark.usefixtures("db")
SHOP: dict[str, Any] = {"kind": PartnerKind.SHOP, "dues_cents": 10_000}


async def shown() -> int:
    return (await offers.catalogue(VISITOR)).total


async def test_offers_stop_when_grace_is_over():
    """P3: claimed and shown through the grace, refused with `partner_inactive` after it."""
    market = await factories.add_market()
    await add_contract(market.partner.id, clock.today() - timedelta(days=300), **SHOP)
    alice = await factories.add_member()
    end = (await contracts.contracts_of(market.partner.id))[0].until - clock.today()
    for late, expected in ((0, 1), (29, 1), (30, 0)):
        with clock.travel(end + timedelta(days=late)):
            assert await shown() == expected
    with clock.travel(end + timedelta(days=30)):
        await factories.pay_dues(alice.household_id)
        bob = await factories.add_member("Bob", "Petit")
        with pytest.raises(PartnerInactive):
            await vouchers.claim(bob, market.offer.public_id, SYSTEM)


async def test_voucher_is_honoured_when_its_partner_is_suspended():
    """P3: until its printed date, whatever became of the contract."""
    market = await factories.add_market(voucher_days=60)
    contract = await add_contract(market.partner.id, clock.today() - timedelta(days=300), **SHOP)
    alice = await factories.add_member()
    with clock.travel(timedelta(days=29)):
        code = await vouchers.claim(alice, market.offer.public_id, SYSTEM)
        await merchants.end_contract(SYSTEM, contract.public_id, EndReason.LEFT)
        today = clock.today()
        assert await standings.standing(market.partner.id, today) is Standing.CLOSED
        second = await factories.add_member("Bob", "Petit")
        with pytest.raises(PartnerInactive):
            await vouchers.claim(second, market.offer.public_id, SYSTEM)
    printed = await fetch_value("SELECT valid_until FROM voucher")
    with clock.frozen(printed - timedelta(minutes=1)):
        verdict = await vouchers.redeem(Scan(code=code, key="k1", till=market.till.caller))
    assert verdict.redemption


async def test_voucher_of_a_partner_that_left_ends_on_its_printed_date():
    """P3: and not a day later."""
    market = await factories.add_market(voucher_days=60)
    contract = await add_contract(market.partner.id, clock.today(), **SHOP)
    code = await vouchers.claim(await factories.add_member(), market.offer.public_id, SYSTEM)
    await merchants.end_contract(SYSTEM, contract.public_id, EndReason.LEFT)
    with (
        clock.frozen(await fetch_value("SELECT valid_until FROM voucher")),
        pytest.raises(Expired),
    ):
        await vouchers.redeem(Scan(code=code, key="k1", till=market.till.caller))


async def test_card_is_refused_when_its_partner_is_suspended():
    """P3: standing discounts stop, with `partner_inactive`; a paused one says `offer_paused`."""
    market = await factories.add_market(delivery=Delivery.CARD)
    contract = await add_contract(market.partner.id, **SHOP)
    alice = await factories.add_member()
    await membership.make_phone_card(alice.person_id)
    card = await card_of(alice.person_id, CardKind.PHONE)
    assert card is not None

    def scan(key: str) -> Scan:
        code = codes.show_card(card.card_public_id, card.secret, clock.now())
        return Scan(code=code, key=key, till=market.till.caller)

    await vouchers.look(scan("k1"))
    await merchants.end_contract(SYSTEM, contract.public_id, EndReason.CLUB)
    with pytest.raises(PartnerInactive):
        await vouchers.look(scan("k2"))
    again = await draw(market.partner.id, **SHOP)
    await sign(again)
    await pay(again)
    await offer_states.pause(SYSTEM, market.offer.id)
    with pytest.raises(OfferPaused):
        await vouchers.look(scan("k3"))


@pytest.mark.parametrize("club_closed_it", [True, False])
async def test_a_partner_that_left_sees_no_name(*, club_closed_it: bool):
    """P5, V13: of no card, fresh, stale or of a lapsed membership, looked at or used."""
    market = await factories.add_market(delivery=Delivery.CARD)
    contract = await add_contract(market.partner.id, **SHOP)
    alice = await factories.add_member()
    await membership.make_phone_card(alice.person_id)
    card = await card_of(alice.person_id, CardKind.PHONE)
    assert card is not None
    if club_closed_it:
        await merchants.close_partner(SYSTEM, market.partner.id)
    else:
        await merchants.end_contract(SYSTEM, contract.public_id, EndReason.LEFT)

    async def told(ago: timedelta, verb: Any) -> dict[str, Any]:
        code = codes.show_card(card.card_public_id, card.secret, clock.now() - ago)
        with pytest.raises(PartnerInactive) as refused:
            await verb(Scan(code=code, key=codes.random_id(), till=market.till.caller))
        return refused.value.facts

    verbs = (vouchers.look, vouchers.redeem)
    for verb in verbs:
        assert await told(timedelta(0), verb) == {}
        assert await told(timedelta(minutes=10), verb) == {}
    with clock.travel(timedelta(days=500)):
        for verb in verbs:
            assert await told(timedelta(0), verb) == {}


async def test_a_voucher_at_a_partner_the_club_closed_names_nobody():
    """P5, V13: what it is for is said, not whose it is; also where it was used before."""
    market = await factories.add_market(limit_count=9)
    used, left = [
        await vouchers.claim(await factories.add_member(name), market.offer.public_id, SYSTEM)
        for name in ("Alice", "Bob")
    ]
    await vouchers.redeem(Scan(code=used, key="k0", till=market.till.caller))
    await merchants.close_partner(SYSTEM, market.partner.id)
    for code, refusal in ((used, AlreadyRedeemed), (left, PartnerInactive)):
        with pytest.raises(refusal) as refused:
            await vouchers.look(Scan(code=code, key=f"k-{code}", till=market.till.caller))
        assert {"title", "label"} <= refused.value.facts.keys()
        assert not {"member", "household"} & refused.value.facts.keys()


async def test_both_ways_of_judging_agree_day_by_day():
    """P3: the catalogue's one statement and the rule say the same of every partner."""
    old = await factories.add_partner("Old")
    paid = await factories.add_partner("Paid")
    await add_contract(paid.id, clock.today() - timedelta(days=200), **SHOP)
    unpaid = await factories.add_partner("Unpaid")
    await sign(await draw(unpaid.id, **SHOP))
    unsigned = await factories.add_partner("Unsigned")
    await draw(unsigned.id, **SHOP)
    gone = await factories.add_partner("Gone")
    ended = await add_contract(gone.id, **SHOP)
    await merchants.end_contract(SYSTEM, ended.public_id, EndReason.LEFT)
    closed = await factories.add_partner("Closed")
    await merchants.close_partner(SYSTEM, closed.id)
    await add_contract((await add_firm("Roux")).id)
    await add_waiting("Blanc")
    for ahead in (0, 29, 30, 165, 166, 195, 196, 400):
        day = clock.today() + timedelta(days=ahead)
        judged = await standings.standings(None, day)
        giving = {id_ for id_, found in judged.items() if found in GIVING}
        rows = await fetch(f"SELECT p.id FROM partner p WHERE {standings.gives('$1')}", day)
        assert {row["id"] for row in rows} == giving
        assert {old.id, unsigned.id} <= giving
    assert len(judged) == 8


async def messages(kind: str) -> int:
    found: int = await fetch_value("SELECT count(*) FROM message WHERE kind = $1", kind)
    return found


async def test_merchant_is_warned_before_offers_stop():
    """P3: the next year is drawn, then a reminder, the grace and its end are told, each once."""
    partner = await factories.add_partner()
    await add_merchant(partner.id)
    contract = await add_contract(partner.id, **SHOP)
    left = contract.until - clock.today()
    for early, kind in (
        (60, "partner.renewal"),
        (15, "partner.reminder"),
        (0, "partner.grace"),
        (-23, "partner.suspending"),
        (-30, "partner.suspended"),
    ):
        with clock.travel(left - timedelta(days=early)):
            assert await messages(kind) == 0
            await jobs.keep_up()
            await jobs.keep_up()
            assert await messages(kind) == 1, kind
    with clock.travel(left + timedelta(days=30)):
        assert await standings.standing(partner.id, clock.today()) is Standing.SUSPENDED


async def test_next_year_begins_where_this_one_ends_when_it_is_paid_early():
    """P3: a renewal is another contract, on the club's terms of its day; nothing is lost by paying early."""
    firm = await add_firm("Roux")
    contract = await add_contract(firm.id)
    with clock.travel(timedelta(days=310)):
        await jobs.keep_up()
        following = (await contracts.running(firm.id))[0]
        assert following.first_day == contract.until
        await sign(following.public_id)
        await pay(following.public_id)
        assert await messages("partner.reminder") == 0
    with clock.travel(timedelta(days=400)):
        await jobs.keep_up()
        assert await standings.standing(firm.id, clock.today()) is Standing.ACTIVE
        assert (await contracts.get_contract(following.public_id)).trades[0].has is Has.TAKEN


async def test_place_goes_to_who_waits_when_a_firm_does_not_renew():
    """P1, P3: the firm's place is kept through its grace, then the first who waits has it."""
    await add_contract((await add_firm("Roux")).id)
    second = await add_waiting("Blanc")
    for day, has in ((310, Has.WAITING), (380, Has.WAITING), (396, Has.OFFERED)):
        with clock.travel(timedelta(days=day)):
            await jobs.keep_up()
            assert (await contracts.get_contract(second)).trades[0].has is has, day


async def test_contract_counts_campaigns_of_its_own_year():
    """P4: the contract in force on a day says how many campaigns a year it gives."""
    partner = await factories.add_partner()
    contract = await add_contract(partner.id, campaigns_a_year=2, **SHOP)
    found = await contracts.in_force(partner.id, clock.today())
    assert found is not None
    assert found.campaigns_a_year == 2
    assert await contracts.in_force(partner.id, contract.until) is None
