"""A member's vouchers: the list, the one that is shown, what it asks each second, giving it back."""

import re
from datetime import timedelta

import pytest
from httpx import AsyncClient, Response

from backend.audit.service import SYSTEM
from backend.http import logs
from backend.kit import clock, codes
from backend.kit.database import fetch
from backend.kit.qr import qr_svg
from backend.membership.queries import Member
from backend.offers import service as offers
from backend.settings import Settings
from backend.vouchers import queries
from backend.vouchers import service as vouchers
from backend.vouchers.scans import Scan
from backend.vouchers.values import Undo
from tests import factories
from tests.conftest import Database
from tests.factories import Market
from tests.sign_in import as_tenant, post

MARK = re.compile(r'data-mark="([^"]+)"')


@pytest.fixture
async def alice(client: AsyncClient, settings: Settings) -> Member:
    """Signed in."""
    found = await factories.add_member()
    await as_tenant(client, settings, found.person_id)
    return found


@pytest.fixture
async def market(db: Database) -> Market:
    return await factories.add_market()


@pytest.fixture
async def code(alice: Member, market: Market) -> str:
    return await vouchers.claim(alice, market.offer.public_id, SYSTEM)


async def redeem(market: Market, code: str) -> str:
    scan = Scan(code=code, key=codes.random_id(), till=market.till.caller, price_cents=1200)
    return (await vouchers.redeem(scan)).redemption


async def asked(client: AsyncClient, code: str, mark: str) -> Response:
    return await client.get(f"/bons/{code}/etat", headers={"if-none-match": f'"{mark}"'})


def mark_of(page: str) -> str:
    found = MARK.search(page)
    assert found is not None
    return found[1]


async def test_voucher_shows_its_signed_code_and_its_letters_when_it_is_open(
    client: AsyncClient, alice: Member, code: str
) -> None:
    """V20, V40: the QR is the signed payload; the same can be typed, in three groups."""
    voucher = await queries.voucher_page(alice.household_id, code)
    page = (await client.get(f"/bons/{code}")).text
    assert voucher.payload is not None
    assert qr_svg(voucher.payload) in page
    for group in voucher.grouped.replace("-", " ").split():
        assert f"<span>{group}</span>" in page
    assert "Alice M." in page
    assert "Martin" not in page.split("<main")[1]
    assert '<meta http-equiv="refresh" content="5">' in page


async def test_voucher_of_another_household_is_unknown_when_it_is_asked_for(
    client: AsyncClient, settings: Settings, market: Market, code: str
) -> None:
    bob = await factories.add_member("Bob", "Durand")
    await as_tenant(client, settings, bob.person_id)
    for path in (f"/bons/{code}", f"/bons/{code}/etat", f"/bons/{code}/annulation"):
        assert (await client.get(path)).status_code == 404
    answer = await post(client, settings, f"/bons/{code}/annulation")
    assert answer.status_code == 404


async def test_nothing_comes_back_when_nothing_changed(client: AsyncClient, code: str) -> None:
    mark = mark_of((await client.get(f"/bons/{code}")).text)
    answer = await asked(client, code, mark)
    assert answer.status_code == 304
    assert answer.content == b""


async def test_used_voucher_loses_its_code_when_it_is_asked_again(
    client: AsyncClient, market: Market, code: str
) -> None:
    """No screen of the member says valid: the part that comes back has no code and no green."""
    mark = mark_of((await client.get(f"/bons/{code}")).text)
    await redeem(market, code)
    answer = await asked(client, code, mark)
    assert answer.status_code == 200
    assert "Utilisé" in answer.text
    assert "chez Boulangerie Petit" in answer.text
    assert "qr-code" not in answer.text
    assert "circle-check" not in answer.text
    assert mark_of(answer.text) != mark


async def test_voucher_comes_back_when_the_shop_undoes_its_use(
    client: AsyncClient, market: Market, code: str
) -> None:
    """V32: the phone still asks after a use, since the shop can undo it for fifteen minutes."""
    redemption = await redeem(market, code)
    used = (await client.get(f"/bons/{code}")).text
    assert "data-watch" in used
    await vouchers.reverse(
        Undo(redemption=redemption, reason="erreur", key="k", till=market.till.caller)
    )
    answer = await asked(client, code, mark_of(used))
    assert answer.status_code == 200
    assert "qr-code" in answer.text


async def test_used_voucher_asks_no_more_when_it_can_no_longer_be_undone(
    client: AsyncClient, market: Market, code: str
) -> None:
    await redeem(market, code)
    with clock.travel(timedelta(minutes=16)):
        page = (await client.get(f"/bons/{code}")).text
    assert "data-watch" not in page
    assert 'http-equiv="refresh"' not in page


async def test_hold_changes_nothing_for_the_member_when_a_till_looks(
    client: AsyncClient, market: Market, code: str
) -> None:
    mark = mark_of((await client.get(f"/bons/{code}")).text)
    await vouchers.look(Scan(code=code, key="look", till=market.till.caller))
    assert (await asked(client, code, mark)).status_code == 304


async def test_page_says_paused_when_the_offer_waits(
    client: AsyncClient, market: Market, code: str
) -> None:
    mark = mark_of((await client.get(f"/bons/{code}")).text)
    await offers.pause(SYSTEM, market.offer.id)
    answer = await asked(client, code, mark)
    assert answer.status_code == 200
    assert "Cet avantage est en pause." in answer.text


async def test_voucher_is_cancelled_when_its_household_confirms(
    client: AsyncClient, settings: Settings, alice: Member, code: str
) -> None:
    assert "Annuler ce bon\u00a0?" in (await client.get(f"/bons/{code}/annulation")).text
    answer = await post(client, settings, f"/bons/{code}/annulation")
    assert answer.headers["location"] == "/bons?fait=bon-annule"
    assert await queries.open_vouchers(alice.household_id) == []
    again = await post(client, settings, f"/bons/{code}/annulation")
    assert again.status_code == 409
    assert "Annulé" in (await client.get("/bons")).text


async def test_voucher_is_kept_when_a_shop_has_just_seen_it(
    client: AsyncClient, settings: Settings, market: Market, code: str
) -> None:
    """A voucher held or shown at a shop in the last ten minutes cannot be cancelled by the member."""
    await vouchers.look(Scan(code=code, key="look", till=market.till.caller))
    assert "Annuler ce bon" not in (await client.get(f"/bons/{code}")).text
    answer = await post(client, settings, f"/bons/{code}/annulation")
    assert answer.status_code == 409
    assert "Attendez dix minutes" in answer.text
    with clock.travel(timedelta(minutes=11)):
        answer = await post(client, settings, f"/bons/{code}/annulation")
    assert answer.status_code == 303


async def test_history_says_what_was_saved_and_what_was_undone(
    client: AsyncClient, settings: Settings, alice: Member, market: Market
) -> None:
    first = await vouchers.claim(alice, market.offer.public_id, SYSTEM)
    undone = await redeem(market, first)
    await vouchers.reverse(
        Undo(redemption=undone, reason="erreur", key="k", till=market.till.caller)
    )
    await redeem(market, first)
    page = (await client.get("/bons")).text
    assert page.count("1,20\u00a0€") == 2
    assert page.count("Annulé par le commerce") == 1


async def test_expired_voucher_is_among_the_ended_when_its_last_day_is_past(
    client: AsyncClient, code: str
) -> None:
    await fetch("UPDATE voucher SET valid_until = $1", clock.now() - timedelta(minutes=1))
    page = (await client.get("/bons")).text
    assert "Finis sans être utilisés" in page
    assert "Terminé" in page
    shown = (await client.get(f"/bons/{code}")).text
    assert "Terminé" in shown
    assert "qr-code" not in shown


def test_log_keeps_no_code_when_a_voucher_page_is_opened() -> None:
    """SEC13: an address that holds a code is logged without it."""
    for path in ("/bons/K7MP3WQX9TRA", "/bons/K7MP3WQX9TRA/etat"):
        said = logs.clean(path)
        assert said.startswith("/bons/…")
        assert "K7MP" not in said


async def test_signed_end_never_outlives_the_membership_when_a_use_is_undone(db):
    """V20, V32: 48 hours after an undo are a shop's courtesy, not a right to sign for offline tills."""
    alice, market = await factories.add_member(), await factories.add_market()
    code = await vouchers.claim(alice, market.offer.public_id, SYSTEM)
    await fetch(
        "UPDATE period SET during = daterange(current_date - 365, current_date - 60)"
        " WHERE household = $1",
        alice.household_id,
    )
    shown = await queries.voucher_page(alice.household_id, code)
    signed = codes.parse(shown.payload)
    assert isinstance(signed, codes.Voucher)
    assert shown.valid_until > clock.now()
    assert signed.valid_until < clock.now()
