"""Signals found at night, explained to a manager, set aside with a reason; they stop nobody."""

import json
from datetime import timedelta

import httpx
import pytest

from backend.audit.errors import OwnCase
from backend.audit.rules import Actor
from backend.audit.service import By
from backend.identity.rules import Role
from backend.insight import jobs, signals
from backend.insight.signals import AsideUnexplained, SignalClosed
from backend.insight.thresholds import SignalKind
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership.queries import Member
from backend.settings import Settings
from tests import factories
from tests.conftest import Database
from tests.factories import Market
from tests.integration.portal.merchant import use
from tests.sign_in import as_staff, post

BURST = """
INSERT INTO redemption (public_id, offer, offer_version, household, person, partner, shop, till,
                        channel, mode, at, saving_cents, identity_checked)
SELECT 'burst-' || n || $6, $1, 1, $2, $3, $4, $5, t.id, 'scan', 'online',
       $7::timestamptz + n * interval '1 second', 100, false
FROM generate_series(1, 8) n, till t
"""


@pytest.fixture
async def market(db: Database) -> Market:
    return await factories.add_market(limit_count=50)


@pytest.fixture
async def alice(db: Database) -> Member:
    return await factories.add_member("Alice", "Quenneville")


async def burst(market: Market, alice: Member, name: str = "", ago: int = 2) -> None:
    await fetch(
        BURST,
        market.offer.id,
        alice.household_id,
        alice.person_id,
        market.partner.id,
        market.shop.id,
        name,
        clock.now() - timedelta(days=ago),
    )


async def a_manager() -> By:
    return By(Actor.PERSON, await factories.add_person("Marc", "Gérant"))


async def test_signal_says_why_and_which_uses(
    client: httpx.AsyncClient, settings: Settings, market: Market, alice: Member
) -> None:
    """V36: computed and explained, for a manager."""
    await burst(market, alice)
    await jobs.look()
    (signal,) = await signals.open_signals()
    assert signal.kind is SignalKind.BURST
    assert set(signal.facts.uses) == {f"burst-{n}" for n in range(1, 9)}
    manager = await factories.add_person("Marc", "Gérant")
    await factories.add_role(manager, Role.MANAGER)
    await as_staff(client, settings, manager)
    assert "8 utilisations en deux minutes." in (await client.get("/gestion/cas")).text
    page = await client.get(f"/gestion/cas/signaux/{signal.public_id}")
    assert page.text.count("10 % sur le pain") == 8


async def test_second_night_finds_the_same_signal_once(market: Market, alice: Member) -> None:
    """V36: whoever runs it again changes nothing."""
    await burst(market, alice)
    await signals.look()
    before = await signals.open_signals()
    await signals.look()
    assert await signals.open_signals() == before


async def test_signal_punishes_nobody(market: Market, alice: Member) -> None:
    """V36: never auto-punishing: the till goes on scanning, the member goes on taking."""
    await burst(market, alice)
    messages = await fetch_value("SELECT count(*) FROM message")
    await signals.look()
    assert await fetch_value("SELECT count(*) FROM till WHERE revoked_at IS NOT NULL") == 0
    assert await fetch_value("SELECT count(*) FROM message") == messages
    assert (await use(market, alice)).saving_cents == 120


async def test_signal_is_set_aside_with_a_reason_and_comes_back_with_new_uses(
    client: httpx.AsyncClient, settings: Settings, market: Market, alice: Member
) -> None:
    """V36: looked at by a person, who says why."""
    await burst(market, alice)
    await signals.look()
    (signal,) = await signals.open_signals()
    with pytest.raises(AsideUnexplained):
        await signals.set_aside(await a_manager(), signal.public_id, "")
    manager = await factories.add_person("Marc", "Gérant")
    await factories.add_role(manager, Role.MANAGER)
    await as_staff(client, settings, manager)
    there = f"/gestion/cas/signaux/{signal.public_id}"
    answer = await post(client, settings, there, {"reason": "Jour de marché."})
    assert answer.status_code == 303
    assert "Jour de marché." in (await client.get(there)).text
    with pytest.raises(SignalClosed):
        await signals.set_aside(await a_manager(), signal.public_id, "Encore une fois.")
    await signals.look()
    assert await signals.open_signals() == []
    await burst(market, alice, "-again", ago=1)
    await signals.look()
    (again,) = await signals.open_signals()
    assert all(each.endswith("-again") for each in again.facts.uses)
    noted = await fetch_value("SELECT facts FROM audit_entry WHERE verb = 'signal.aside'")
    assert json.loads(noted) == {"kind": "burst"}


async def test_household_of_who_speaks_for_the_shop_is_seen(market: Market, alice: Member) -> None:
    """V36: self-redemption by shop staff who are members; nobody sets aside what is about themselves."""
    await factories.add_role(alice.person_id, Role.MERCHANT, market.partner.id)
    for _ in range(3):
        await use(market, alice)
    await signals.look()
    (signal,) = await signals.open_signals()
    assert (signal.kind, signal.who) == (SignalKind.SELF, "Alice Quenneville")
    with pytest.raises(OwnCase):
        await signals.set_aside(By(Actor.PERSON, alice.person_id), signal.public_id, "Rien à voir.")
    await signals.set_aside(await a_manager(), signal.public_id, "Vu ensemble.")


async def test_uses_of_long_ago_are_not_looked_at(market: Market, alice: Member) -> None:
    await burst(market, alice, ago=31)
    await signals.look()
    assert await signals.open_signals() == []
