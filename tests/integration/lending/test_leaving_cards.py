"""A card that was left with Stripe is taken away again by whoever left it (L34)."""

import httpx
import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.lending import service as lend
from backend.lending.owing_errors import CardMissing, CardNotYours, CardRelied, DepositMissing
from backend.lending.queries import deposits as found
from backend.lending.rules import DepositMode
from backend.lending.service import deposits
from backend.lending.service.leaving_cards import remove_card
from backend.lending.values import Back
from backend.membership import service as membership
from backend.membership.queries import Member
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests import sign_in
from tests.integration.lending.test_deposits import (
    BROKEN,
    TUESDAY,
    booked,
    damage,
    nadia,
    only,
    send,
    thing,
    with_card,
)
from tests.integration.lending.test_money_pages import Browser
from tests.lending import Shelf, mine, staff
from tests.paying import events

__all__ = ["nadia"]


async def method_of(member: Member) -> str:
    method: str = await fetch_value(
        "SELECT method FROM card_imprint WHERE household = $1", member.household_id
    )
    return method


async def test_who_left_a_card_takes_it_away(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34: Stripe has it no more, nothing is handed over on it, and it may be left anew."""
    line = await booked(alice, await thing(shelf, DepositMode.CARD_IMPRINT))
    me = mine(alice).by
    with pytest.raises(CardMissing):
        await remove_card(alice.household_id, me)
    await with_card(stripe, alice)
    method = await method_of(alice)
    carol = await membership.add_adult(SYSTEM, alice.household_id, "Carol", "Martin")
    with pytest.raises(CardNotYours):
        await remove_card(alice.household_id, By(Actor.PERSON, carol))
    await remove_card(alice.household_id, me)
    await send()
    assert (await stripe.get(method))["customer"] is None
    await events(stripe)
    assert not (await found.pledges_of(alice.household_id)).card
    with clock.frozen(TUESDAY):
        with pytest.raises(DepositMissing):
            await lend.hand_over(staff(), line)
        await with_card(stripe, alice)
        await lend.hand_over(staff(), line)


async def test_card_stays_while_a_loan_relies_on_it(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34: while the thing is out, and until what was asked of it for a damage has come."""
    line = await booked(alice, await thing(shelf, DepositMode.CARD_IMPRINT))
    await with_card(stripe, alice)
    me = mine(alice).by
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        with pytest.raises(CardRelied):
            await remove_card(alice.household_id, me)
        await lend.take_back(staff(), line, BROKEN)
        await damage(nadia, line, 1200)
        await deposits.keep(nadia, (await only(line)).public_id, key="k")
        with pytest.raises(CardRelied):
            await remove_card(alice.household_id, me)
        await send()
        await events(stripe)
        await remove_card(alice.household_id, me)
    assert await fetch_value("SELECT sum(amount_cents) FROM payment WHERE way = 'online'") == 1200


async def test_page_takes_the_card_away_and_says_why_not(
    stripe: Remote, client: httpx.AsyncClient, settings: Settings, shelf: Shelf, alice: Member
):
    """L34: on the page of what a household owes; refused, it says what to do first."""
    line = await booked(alice, await thing(shelf, DepositMode.CARD_IMPRINT))
    await with_card(stripe, alice)
    with clock.frozen(TUESDAY):
        await sign_in.as_tenant(client, settings, alice.person_id)
        browser = Browser(client, settings)
        await lend.hand_over(staff(), line)
        refused = await browser.post("/reserver/argent/carte/fin")
        assert (refused.status_code, "Un prêt compte sur cette carte" in refused.text) == (
            409,
            True,
        )
        await lend.take_back(staff(), line, Back())
        assert "Retirer ma carte" in (await browser.get("/reserver/argent")).text
        removed = await browser.post("/reserver/argent/carte/fin")
        assert removed.headers["location"].endswith("carte-des-cautions-retiree")
        assert "Retirer ma carte" not in (await browser.get("/reserver/argent")).text
