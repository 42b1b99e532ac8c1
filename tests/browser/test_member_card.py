"""The member card: the phone turns its code by itself, by the club's clock, without a network."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from backend.kit import clock, codes
from backend.kit.qr import qr_matrix
from backend.membership import queries
from backend.membership.queries import CardHolder, Member
from backend.membership.rules import CardKind
from tests.browser import club_life
from tests.browser.conftest import Club
from tests.browser.look import Watch
from tests.browser.modules import shown_modules, until
from tests.conftest import Database

SIZE = 29
OFFLINE = "ERR_INTERNET_DISCONNECTED"


@pytest.fixture
async def samira(club: Club, phone: Page, db: Database) -> Member:
    found = await club_life.add_samira()
    await club_life.sign_in(phone.context, club, found.person_id)
    return found


@pytest.fixture
async def card(samira: Member) -> CardHolder:
    found = await queries.card_of(samira.person_id, CardKind.PHONE)
    assert found is not None
    return found


def code_at(card: CardHolder, at: datetime) -> list[list[bool]]:
    return qr_matrix(codes.show_card(card.card_public_id, card.secret, at))


async def shows_code_of(phone: Page, card: CardHolder, *moments: datetime) -> bool:
    shown = await shown_modules(phone.locator(".qr svg"), SIZE)
    return shown in [code_at(card, at) for at in moments]


async def test_code_turns_each_minute_when_the_phone_is_alone(
    phone: Page, card: CardHolder, watch: Watch
) -> None:
    """V23: the phone makes from its seed what the server would, minute after minute."""
    watch.allow("503")
    await phone.route("**/health", lambda route: route.fulfill(status=503))
    start = clock.now().replace(second=0, microsecond=0)
    await phone.clock.install(time=start)
    await phone.goto("/carte")
    await phone.clock.pause_at(start + timedelta(seconds=55))
    await until(lambda: shows_code_of(phone, card, start))
    await expect(phone.locator("[data-card-left]")).to_have_text("5")
    await phone.clock.run_for(6_000)
    await until(lambda: shows_code_of(phone, card, start + timedelta(minutes=1)))
    await phone.clock.run_for(60_000)
    await until(lambda: shows_code_of(phone, card, start + timedelta(minutes=2)))


async def test_code_is_of_this_minute_when_the_phones_clock_is_wrong(
    phone: Page, card: CardHolder
) -> None:
    """V23: the club's own clock counts as long as it can be reached."""
    wrong = clock.now() - timedelta(hours=3)
    await phone.clock.install(time=wrong)
    await phone.goto("/carte")
    minute = timedelta(minutes=1)
    now = clock.now()
    await until(lambda: shows_code_of(phone, card, now - minute, now, now + minute))


async def test_card_turns_when_there_is_no_network(
    phone: Page, card: CardHolder, watch: Watch
) -> None:
    """V23, V22: the kept card makes new codes where there is no network at all."""
    watch.allow(OFFLINE)
    await phone.goto("/carte")
    await expect(phone.get_by_text("Marche sans réseau.")).to_be_visible()
    await phone.context.set_offline(True)
    await phone.goto("/carte")
    await expect(phone.get_by_role("heading", name="Samira Belkacem")).to_be_visible()
    minute = timedelta(minutes=1)
    now = clock.now()
    await until(lambda: shows_code_of(phone, card, now, now + minute))


@pytest.mark.parametrize("media", [{"color_scheme": "dark"}, {"forced_colors": "active"}])
async def test_code_is_black_on_white_when_the_phone_has_any_colours(
    phone: Page, card: CardHolder, media: dict[str, Any]
) -> None:
    """V21: the card's code is read in every theme, with four white modules around."""
    await phone.emulate_media(**media)
    await phone.goto("/carte")
    now = datetime.now(UTC)
    minute = timedelta(minutes=1)
    await until(lambda: shows_code_of(phone, card, now, now + minute))
    box = await phone.locator(".qr svg").bounding_box()
    assert box is not None
    assert box["width"] * SIZE / (SIZE + 8) >= 0.7 * 360
