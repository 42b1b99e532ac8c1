"""Standing discounts by the member card: no voucher, a code that turns each minute."""

from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.codes.payloads import text_of
from backend.kit.database import fetch_one
from backend.membership import queries as membership
from backend.membership import service as cards
from backend.membership.rules import CardKind
from backend.offers.rules import Delivery
from tests import factories


@pytest.fixture
async def discount(market):
    return await factories.add_offer(
        market.partner.id, title="Sur tout le magasin", delivery=Delivery.CARD, limit_count=5
    )


@pytest.fixture
def card(alice):
    """What Alice's phone shows, some minutes ago or now."""

    async def show(minutes_ago: int = 0) -> str:
        holder = await membership.card_of(alice.person_id, CardKind.PHONE)
        assert holder is not None
        at = clock.now() - timedelta(minutes=minutes_ago)
        return codes.show_card(holder.card_public_id, holder.secret, at)

    return show


async def test_card_gives_its_discount_when_its_code_is_fresh(counter, discount, card):
    """V23: a use with an offer and a person and no voucher; nothing to hold, so no countdown."""
    await counter.type(await card())
    assert counter.headline == "Vérifiez, puis validez"
    assert "Alice M." in counter.words
    assert "vous attend" not in counter.words
    await counter.confirm(price="30")
    assert counter.headline == "Validé"
    row = await fetch_one("SELECT voucher, offer FROM redemption")
    assert (row["voucher"], row["offer"]) == (None, discount.id)


async def test_shop_learns_no_more_than_it_needs(counter, discount, card, alice):
    """M7, P5: a first name, an initial and the tile, before and after; no surname, address or dues."""
    household = await membership.household_by_id(alice.household_id)
    await counter.type(await card())
    looked = counter.words
    await counter.confirm(price="30")
    for words in (looked, counter.words):
        assert "Alice M." in words
        for secret in (alice.family_name, household.postcode, household.town, "voisin", "jusqu"):
            assert secret.lower() not in words.lower(), secret


async def test_cashier_chooses_when_the_card_gives_several_discounts(
    counter, market, discount, card
):
    """V14: choose_offer is a list; one tap leads to the check of that one."""
    second = await factories.add_offer(
        market.partner.id, title="Sur les gâteaux", percent=20, delivery=Delivery.CARD
    )
    await counter.type(await card())
    assert counter.headline == "Quelle réduction ?"
    assert "Sur tout le magasin" in counter.words
    await counter.send("/caisse", offer=second.public_id)
    assert counter.headline == "Vérifiez, puis validez"
    assert "Sur tout le magasin" not in counter.words
    await counter.confirm()
    assert (await fetch_one("SELECT offer FROM redemption"))["offer"] == second.id


async def test_cashier_goes_on_with_an_identity_when_the_code_is_stale(counter, discount, card):
    """V23: stale_code is never silent; a look at an identity continues and is written down."""
    await counter.type(await card(minutes_ago=5))
    assert (counter.headline, counter.body) == ("Vérifiez", "verdict mind")
    assert "Ce code est trop vieux." in counter.words
    await counter.send("/caisse")
    assert "Vous avez vu la pièce d’identité." in counter.words
    await counter.confirm()
    assert counter.headline == "Validé"
    assert (await fetch_one("SELECT identity_checked FROM redemption"))["identity_checked"] is True


async def test_paper_card_is_taken_when_it_is_scanned(counter, discount, alice):
    """L33: paper gives the same discount on the same screens."""
    paper = await cards.make_paper_card(SYSTEM, alice.person_id)
    await counter.type(text_of(codes.PaperCard(paper.token)))
    await counter.confirm()
    assert "carte papier" in counter.words


async def test_photo_of_yesterdays_screen_is_refused(counter, discount, card):
    """M7: nothing is given on it, and the shop is told why, without more of who it is."""
    await counter.type(await card(minutes_ago=24 * 60))
    assert "Ce code est trop vieux." in counter.words
    assert "Martin" not in counter.words
    assert await fetch_one("SELECT 1 FROM redemption") is None
    row = await fetch_one("SELECT reason FROM refused_attempt")
    assert row["reason"] == "stale_code"


async def test_paper_card_opens_nothing_when_it_was_taken_back(counter, discount, alice):
    """M6: its static token is revocable: by staff, and by a new card."""
    lost = await cards.make_paper_card(SYSTEM, alice.person_id)
    newer = await cards.make_paper_card(SYSTEM, alice.person_id)
    await cards.revoke_card(SYSTEM, newer.public_id)
    for paper in (lost, newer):
        await counter.type(text_of(codes.PaperCard(paper.token)))
        assert counter.headline != "Vérifiez, puis validez"
        assert "Alice" not in counter.words
    assert await fetch_one("SELECT 1 FROM redemption") is None


async def test_card_is_told_apart_when_the_shop_gives_no_discount(counter, card):
    """V14: wrong_shop in words that fit a card."""
    await counter.type(await card())
    assert counter.headline == "Pas ici"
    assert "Demandez au client s'il a un bon." in counter.words
