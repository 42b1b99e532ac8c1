"""Vouchers at the counter: taken for a person, printed, cancelled, taken back (V32, V37)."""

import re

import pytest

from backend.audit.service import SYSTEM
from backend.kit import codes
from backend.kit.database import fetch_value
from backend.vouchers import queries, service, sheets
from backend.vouchers.errors import Revoked, SheetReplaced, UnknownCode
from backend.vouchers.rules import Life
from backend.vouchers.scans import Scan
from backend.vouchers.sheets import Sheet
from tests.factories import add_market, add_member
from tests.integration.desk.conftest import Counter, unpacked, words


def scan(text: str, till, key: str) -> Scan:
    return Scan(code=text, key=key, till=till.caller, price_cents=1000)


async def taken(desk: Counter, member, market) -> queries.VoucherPage:
    at = f"/comptoir/personnes/{member.person_public_id}/bons/nouveau"
    assert "10 % sur le pain" in await desk.open(at)
    to = await desk.done(at, offer=market.offer.public_id, key=codes.random_id())
    found = re.search(r"/bons\?bon=(\d+)&fait=bon-pris", to)
    assert found is not None, to
    assert "celui-ci" in await desk.open(to)
    return await queries.own_voucher(member.household_id, int(found[1]))


async def test_second_print_voids_the_first_sheet_scanned_or_typed(desk: Counter):
    """V37: the generation exists from the first print; a reprint voids the older sheet at once."""
    alice, market = await add_member(), await add_market()
    voucher = await taken(desk, alice, market)
    at = f"/comptoir/personnes/{alice.person_public_id}/bons/impression"
    await desk.paper(at, voucher=str(voucher.id))
    first = await queries.own_voucher(alice.household_id, voucher.id)
    assert (first.generation, first.code) == (1, voucher.code)
    await desk.paper(at, voucher=str(voucher.id))
    second = await queries.own_voucher(alice.household_id, voucher.id)
    assert second.generation == 2
    assert first.payload is not None
    assert second.payload is not None
    with pytest.raises(SheetReplaced):
        await service.look(scan(first.payload, market.till, "a"))
    with pytest.raises(UnknownCode):
        await service.look(scan(first.code, market.till, "b"))
    verdict = await service.redeem(scan(second.payload, market.till, "c"))
    assert verdict.saving_cents == 100


async def test_sheet_has_code_terms_and_shop_large_enough(db):
    """V37: A6 or A4 with four; the picture at least 35 mm, the grouped code at least 14 pt."""
    alice, market = await add_member(), await add_market(conditions="Pas le dimanche.")
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    voucher = await queries.voucher_page(alice.household_id, code)
    said = sheets.words(voucher)
    assert said["code"] == codes.grouped(code)
    assert said["conditions"] == "Pas le dimanche."
    assert said["places"][0]["where"].startswith("3 rue du Four, 80000 Amiens")
    template = (sheets.TEMPLATE).read_text()
    width = re.search(r"picture\(one\.qr, one\.qr_words, width: (\d+)mm\)", template)
    size = re.search(r"size: (\d+)pt, weight: \"bold\", one\.code", template)
    assert width is not None
    assert size is not None
    modules = int(re.search(r'viewBox="0 0 (\d+)', said["qr"])[1])  # type: ignore[index]
    assert int(width[1]) * (modules - 8) / modules >= 35
    assert int(size[1]) >= 14
    a6 = await sheets.render("Le Club", [voucher], Sheet.A6)
    a4 = await sheets.render("Le Club", [voucher] * 5, Sheet.A4)
    assert re.findall(rb"/MediaBox\s*\[0 0 (\d+)", unpacked(a6)) == [b"297"]
    assert re.findall(rb"/MediaBox\s*\[0 0 (\d+)", unpacked(a4)) == [b"595", b"595"]


async def test_printing_is_refused_when_nothing_was_ticked(desk: Counter):
    alice = await add_member()
    answer = await desk.send(f"/comptoir/personnes/{alice.person_public_id}/bons/impression")
    assert answer.status_code == 422
    assert "Choisissez un bon à imprimer." in words(answer.text)


async def test_voucher_is_refused_in_words_when_dues_are_not_paid(desk: Counter, odette):
    """UX5: the page of offers comes back with the reason."""
    market = await add_market()
    at = f"/comptoir/personnes/{odette.person_public_id}/bons/nouveau"
    answer = await desk.send(at, offer=market.offer.public_id, key="a")
    assert answer.status_code == 409
    assert "Prendre un bon pour Odette" in words(answer.text)
    assert await fetch_value("SELECT count(*) FROM voucher") == 0


async def test_voucher_is_cancelled_for_its_household(desk: Counter):
    alice, market = await add_member(), await add_market()
    voucher = await taken(desk, alice, market)
    at = f"/comptoir/personnes/{alice.person_public_id}/bons"
    await desk.done(f"{at}/annulation", voucher=str(voucher.id))
    assert (await queries.own_voucher(alice.household_id, voucher.id)).life is Life.CANCELLED
    assert "Aucun bon en cours." in await desk.open(at)


async def test_voucher_is_revoked_by_a_manager_who_says_why(desk: Counter, manager: Counter):
    """V1, V14: also when a shop has just seen it; its claimant reads why, the till that it is gone."""
    alice, market = await add_member(address="alice@example.org"), await add_market()
    voucher = await taken(desk, alice, market)
    await service.look(scan(voucher.code, market.till, "a"))
    at = f"/comptoir/personnes/{alice.person_public_id}/bons"
    revoke = f"{at}/{voucher.id}/retrait"
    assert revoke not in (await desk.browser.get(at)).text
    assert revoke in (await manager.browser.get(at)).text
    assert "Retirer ce bon ?" in await manager.open(revoke)
    assert (await manager.send(revoke)).status_code == 422
    await manager.done(revoke, reason="Pris par erreur")
    assert "Aucun bon en cours." in await manager.open(at)
    with pytest.raises(Revoked):
        await service.redeem(scan(voucher.code, market.till, "b"))
    told = "SELECT payload->>'text' FROM outbox WHERE payload->>'text' LIKE '%Pris par erreur%'"
    assert "votre bon\xa0: 10 % sur le pain." in await fetch_value(told)
    facts = "SELECT facts->>'reason' FROM audit_entry WHERE verb = 'voucher.revoke'"
    assert await fetch_value(facts) == "Pris par erreur"
    other = await add_member()
    stray = revoke.replace(alice.person_public_id, other.person_public_id)
    assert (await manager.browser.get(stray)).status_code == 404
    assert (await manager.send(revoke, reason="Encore une fois")).status_code == 409


async def test_use_is_taken_back_by_a_manager_at_any_time(desk: Counter, manager: Counter):
    """V32: with a reason, and the member is told."""
    alice, market = await add_member(address="alice@example.org"), await add_market()
    voucher = await taken(desk, alice, market)
    verdict = await service.redeem(scan(voucher.code, market.till, "a"))
    at = f"/comptoir/personnes/{alice.person_public_id}"
    undo = f"{at}/utilisations/{verdict.redemption}/annulation"
    assert undo not in (await desk.browser.get(f"{at}/bons")).text
    assert undo in (await manager.browser.get(f"{at}/bons")).text
    assert "Annuler cette utilisation ?" in await manager.open(undo)
    assert (await manager.send(undo)).status_code == 422
    await manager.done(undo, reason="Le client n'a rien reçu")
    assert "Annulée" in await manager.open(f"{at}/bons")
    assert await fetch_value("SELECT reason FROM reversal") == "Le client n'a rien reçu"
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'voucher.undone'") == 1
    elsewhere = f"/comptoir/personnes/{(await add_member()).person_public_id}"
    stray = undo.replace(at, elsewhere)
    assert (await manager.browser.get(stray)).status_code == 404
    assert (await manager.send(stray, reason="x")).status_code == 404
