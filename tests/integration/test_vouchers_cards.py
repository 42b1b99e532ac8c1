"""Standing discounts: the member card at a till."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.codes.payloads import text_of
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.kit.errors import DomainError
from backend.membership import service as membership
from backend.membership.queries import Member, card_of
from backend.membership.rules import CardKind
from backend.offers import service as offers
from backend.offers.rules import Delivery, LimitPeriod
from backend.vouchers import queries, redemptions, savings, service
from backend.vouchers.errors import (
    BadSignature,
    ChooseOffer,
    FrequencyCap,
    MembershipInactive,
    NoStandingOffer,
    OfferPaused,
    Revoked,
    StaleCode,
    UnknownCode,
)
from backend.vouchers.scans import Scan
from backend.vouchers.values import Undo
from tests import factories
from tests.conftest import Database
from tests.factories import Market

DAILY = {"delivery": Delivery.CARD, "limit_period": LimitPeriod.DAY}


@pytest.fixture
async def market(db: Database) -> Market:
    return await factories.add_market(**DAILY)


@pytest.fixture
async def alice(db: Database) -> Member:
    return await factories.add_member()


class Phone:
    """A card on a phone, which makes its code from its seed."""

    def __init__(self, public_id: str, seed: bytes) -> None:
        self.public_id, self.seed = public_id, seed

    def shows(self, ago: timedelta = timedelta(0)) -> str:
        return codes.show_card(self.public_id, self.seed, clock.now() - ago)


@pytest.fixture
async def phone(alice: Member) -> Phone:
    await membership.make_phone_card(alice.person_id)
    card = await card_of(alice.person_id, CardKind.PHONE)
    assert card is not None
    return Phone(card.card_public_id, card.secret)


def scan(market: Market, code: str, **more: Any) -> Scan:
    return Scan(**{"code": code, "key": codes.random_id(), "till": market.till.caller, **more})


async def test_card_gives_its_discount_when_it_is_fresh(market: Market, phone: Phone) -> None:
    """V23: a redemption with an offer and a person and no voucher."""
    look = await service.look(scan(market, phone.shows()))
    assert (look.kind, look.member, len(look.choices)) == ("card", "Alice M.", 1)
    verdict = await service.redeem(scan(market, phone.shows(), price_cents=2000))
    assert verdict.saving_cents == 200
    row: Any = await fetch_one("SELECT voucher, round, person, offer, channel FROM redemption")
    assert (row["voucher"], row["round"], row["channel"]) == (None, None, "scan")
    assert row["offer"] == market.offer.id


@pytest.mark.parametrize("ago", [timedelta(seconds=-50), timedelta(0), timedelta(seconds=60)])
async def test_code_is_fresh_one_minute_around(
    market: Market, phone: Phone, ago: timedelta
) -> None:
    """V23: new each minute, with one step of tolerance."""
    with clock.frozen(clock.now().replace(second=30)):
        assert not (await service.look(scan(market, phone.shows(ago)))).stale


async def test_stale_code_goes_on_after_an_identity_check(market: Market, phone: Phone) -> None:
    """V23: stale_code with advice; staff may go on, logged as a signal, never a silent refusal."""
    screenshot = phone.shows(ago=timedelta(hours=3))
    with pytest.raises(StaleCode) as told:
        await service.look(scan(market, screenshot))
    assert told.value.facts["member"] == "Alice M."
    assert "identité" in told.value.advice()
    assert (
        await fetch_value("SELECT count(*) FROM refused_attempt WHERE reason = 'stale_code'") == 1
    )
    assert (await service.look(scan(market, screenshot, identity_checked=True))).stale
    await service.redeem(scan(market, screenshot, identity_checked=True))
    assert await fetch_value("SELECT identity_checked FROM redemption")


async def test_forged_card_is_told_from_a_stale_one(market: Market, phone: Phone) -> None:
    forged = Phone(phone.public_id, b"z" * 32).shows()
    with pytest.raises(BadSignature):
        await service.look(scan(market, forged))
    with pytest.raises(UnknownCode):
        await service.look(scan(market, Phone(codes.random_id(), phone.seed).shows()))


async def test_card_is_refused_when_it_was_revoked(market: Market, phone: Phone) -> None:
    await fetch("UPDATE card SET revoked_at = $1", clock.now())
    with pytest.raises(Revoked):
        await service.look(scan(market, phone.shows()))


async def test_card_is_refused_when_the_membership_ended(market: Market, phone: Phone) -> None:
    with clock.travel(timedelta(days=500)), pytest.raises(MembershipInactive):
        await service.look(scan(market, phone.shows()))


async def test_till_chooses_when_there_are_several(market: Market, phone: Phone) -> None:
    """V14: choose_offer with the choices; the same key may then be used for the choice."""
    other = await factories.add_offer(market.partner.id, title="5 % sur tout", percent=5, **DAILY)
    assert len((await service.look(scan(market, phone.shows()))).choices) == 2
    with pytest.raises(ChooseOffer) as told:
        await service.redeem(scan(market, phone.shows(), key="k"))
    assert {each["offer"] for each in told.value.facts["choices"]} == {
        market.offer.public_id,
        other.public_id,
    }
    chosen = await service.redeem(scan(market, phone.shows(), key="k", offer=other.public_id))
    assert chosen.title == "5 % sur tout"


async def test_discount_stops_when_it_served_as_often_as_allowed(
    market: Market, phone: Phone
) -> None:
    """V14: frequency_cap, until the next day; an undone use does not count."""
    used = await service.redeem(scan(market, phone.shows()))
    with pytest.raises(FrequencyCap):
        await service.redeem(scan(market, phone.shows()))
    undo = Undo(redemption=used.redemption, reason="erreur", key="u", till=market.till.caller)
    assert (await service.reverse(undo)).voucher_until is None
    await service.redeem(scan(market, phone.shows()))
    with clock.travel(timedelta(days=1)):
        await service.redeem(scan(market, phone.shows()))


async def test_discount_is_given_once_when_tills_scan_at_once(market: Market, phone: Phone) -> None:
    """V6: the household's lock guards what no voucher guards."""
    shown = phone.shows()
    answers = await asyncio.gather(
        *(service.redeem(scan(market, shown)) for _ in range(12)), return_exceptions=True
    )
    assert sum(isinstance(answer, FrequencyCap | DomainError) for answer in answers) == 11
    assert await fetch_value("SELECT count(*) FROM redemption") == 1


async def test_card_is_told_when_nothing_stands_here(db: Database, phone: Phone) -> None:
    market = await factories.add_market("Garage Martin")
    with pytest.raises(NoStandingOffer) as told:
        await service.look(scan(market, phone.shows()))
    assert told.value.slug == "wrong_shop"


async def test_card_waits_when_the_discount_is_paused(market: Market, phone: Phone) -> None:
    await offers.pause(SYSTEM, market.offer.id)
    with pytest.raises(OfferPaused):
        await service.look(scan(market, phone.shows()))


async def test_discount_is_for_one_shop_when_it_says_so(market: Market, phone: Phone) -> None:
    other = await factories.add_shop(market.partner.id, "Bis")
    await factories.add_offer(market.partner.id, title="Ici", shop_ids=(other.id,), **DAILY)
    assert len((await service.look(scan(market, phone.shows()))).choices) == 1
    till = (await factories.add_till(other.id)).caller
    assert len((await service.look(scan(market, phone.shows(), till=till))).choices) == 2


async def test_paper_card_is_named_on_the_use(market: Market, alice: Member) -> None:
    """M6: a static token, checked online; its uses say "paper"."""
    card = await membership.make_paper_card(SYSTEM, alice.person_id)
    printed = text_of(codes.PaperCard(card.token))
    verdict = await service.redeem(scan(market, printed))
    assert verdict.channel == "paper"
    assert [use.channel for use in await redemptions.history(alice.household_id)] == ["paper"]


async def test_savings_add_up_without_undone_uses(
    market: Market, phone: Phone, alice: Member
) -> None:
    """Savings are recorded for each use; "you have saved" and "saved together" leave undone ones out."""
    start = clock.now() - timedelta(minutes=1)
    used = await service.redeem(scan(market, phone.shows(), price_cents=3000))
    assert (await queries.at_home(alice.household_id, start)).saved_cents == 300
    assert (await savings.together(clock.today())).saved_cents == 300
    undo = Undo(redemption=used.redemption, reason="erreur", key="u", till=market.till.caller)
    await service.reverse(undo)
    assert (await queries.at_home(alice.household_id, start)).saved_cents == 0
    assert (await savings.together(clock.today())).saved_cents == 0
