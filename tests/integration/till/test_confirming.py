"""Look, then confirm: the whole way by plain forms."""

import re

from backend.audit.service import SYSTEM
from backend.kit.database import fetch_one
from backend.merchants import service as merchants
from backend.offers.rules import OfferKind
from backend.vouchers import queries, redemptions, service
from tests import factories
from tests.integration.statements import statements
from tests.integration.till.conftest import Counter


async def test_check_shows_who_and_terms_when_a_code_is_typed(counter, voucher):
    """V13, UX1: first name, initial, tile and terms before anything is used."""
    await counter.type(voucher.grouped.lower())
    assert counter.answer.status_code == 200
    assert counter.headline == "Vérifiez, puis validez"
    assert counter.body == "check"
    for word in ("Alice M.", "−10\u00a0%", "10 % sur le pain", "Valider"):
        assert word in counter.words
    assert "Martin" not in counter.text
    assert (await queries.find_voucher(voucher.code)).life == "held"


async def test_verdict_says_what_to_take_when_the_price_was_typed(counter, voucher):
    """V13, UX1, UX3: one button confirms; the answer is words, colour and sign, announced at once."""
    await counter.type(voucher.grouped)
    await counter.confirm(price="12,00 €")
    assert counter.answer.status_code == 200
    assert (counter.headline, counter.body) == ("Validé", "verdict yes")
    assert "10,80\u00a0€ au lieu de 12,00\u00a0€" in counter.words
    assert 'role="alert"' in counter.text
    assert "Annuler, encore 15 min" in counter.words


async def test_use_is_recorded_whole_when_it_is_confirmed(counter, market, voucher):
    """V3: shop, device, cashier, channel, mode, times, price and saving stand in its row."""
    await merchants.name_cashiers(SYSTEM, market.till.caller.till_id, ["Léa", "Omar"])
    await counter.open("/caisse/prenom")
    await counter.send("/caisse/prenom", cashier="Omar")
    await counter.type(voucher.grouped)
    await counter.confirm(price="20")
    row = await fetch_one("SELECT * FROM redemption")
    assert (row["shop"], row["till"]) == (market.shop.id, market.till.caller.till_id)
    assert (row["cashier"], row["channel"], row["mode"]) == ("Omar", "typed", "online")
    assert (row["full_cents"], row["paid_cents"], row["saving_cents"]) == (2000, 1800, 200)
    assert row["at"] is not None


async def test_first_name_is_not_kept_when_the_till_does_not_know_it(counter, market, voucher):
    """V3: only names of the till's own list; a page cannot write another one."""
    await merchants.name_cashiers(SYSTEM, market.till.caller.till_id, ["Léa"])
    await counter.open("/caisse/prenom")
    await counter.send("/caisse/prenom", cashier="Mallory")
    await counter.type(voucher.grouped)
    await counter.confirm()
    assert (await fetch_one("SELECT cashier FROM redemption"))["cashier"] is None


async def test_retry_is_a_success_when_the_answer_was_lost(counter, voucher):
    """V7, V9: the same form sent again gives the same verdict, and one use."""
    check = await counter.type(voucher.grouped)
    first = await counter.confirm(price="12")
    counter.answer = type("Page", (), {"text": check})  # the cashier still sees the check
    again = await counter.confirm(price="12")
    assert counter.headline == "Validé"
    assert _annulation(first) == _annulation(again)
    assert (
        len(await redemptions.till_today((await fetch_one("SELECT till FROM redemption"))["till"]))
        == 1
    )


async def test_scan_is_accepted_when_the_payload_is_sent(counter, market, voucher):
    """V20: what a camera or a keyboard scanner reads goes the same way."""
    await counter.type(voucher.payload)
    await counter.confirm()
    assert counter.headline == "Validé"
    [line] = await redemptions.till_today(market.till.caller.till_id)
    assert line.channel == "scan"


async def test_more_time_is_given_when_the_cashier_asks(counter, voucher):
    """V13: the hold is extended once, then no more."""
    await counter.type(voucher.grouped)
    assert "Garder 2 minutes de plus" in counter.words
    await counter.send("/caisse")
    assert re.search(r'data-hold="2[34]\d"', counter.text)
    assert "Garder 2 minutes de plus" not in counter.words


async def test_look_is_the_same_when_a_scanner_repeats_its_key(counter, voucher):
    """V7: a look whose answer was lost is no second look, which would spend the extension."""
    await counter.open()
    await counter.send("/caisse", code=voucher.code, key="a" * 32)
    await counter.open()
    await counter.send("/caisse", code=voucher.code, key="a" * 32)
    assert "Garder 2 minutes de plus" in counter.words


async def test_gift_asks_no_price_when_it_is_shown(counter, market, alice):
    """V13: a price field stands only where a price changes something."""
    gift = await factories.add_offer(
        market.partner.id,
        title="Un café",
        kind=OfferKind.GIFT,
        percent=None,
        public_price_cents=150,
    )
    await counter.type(await service.claim(alice, gift.public_id, SYSTEM))
    assert "Prix normal" not in counter.words
    await counter.confirm()
    assert "Offert" in counter.words


async def test_price_is_asked_again_when_it_cannot_be_read(counter, voucher):
    """V13, UX5: nothing was used; the sentence says how to write it."""
    await counter.type(voucher.grouped)
    await counter.confirm(price="douze")
    assert counter.answer.status_code == 422
    assert "Écrivez par exemple 12,50." in counter.words
    assert await fetch_one("SELECT 1 FROM redemption") is None


async def test_scan_page_says_the_day_so_far_when_it_opens(counter, voucher):
    """V13: today's count and the last one stand in the page's own HTML."""
    await counter.open()
    assert "Aucun bon aujourd’hui" in counter.words
    await counter.type(voucher.grouped)
    await counter.confirm()
    await counter.open()
    assert re.search(r"1 bon aujourd’hui Dernier : validé à \d\d:\d\d", counter.words)


async def test_list_shows_no_member_when_it_is_read_later(counter, voucher):
    """V13, P5: a name is seen while the till looks, not in the list of the day."""
    await counter.type(voucher.grouped)
    await counter.confirm(price="12")
    await counter.open("/caisse/aujourdhui")
    assert "10,80\u00a0€ au lieu de 12,00\u00a0€" in counter.words
    assert "Alice" not in counter.text


async def test_answer_comes_alone_when_script_asks_for_it(client, counter, voucher):
    """V13: the same answer without its page, so that the scanner is not loaded again."""
    await counter.open()
    token = re.search(r'name="csrf_token" value="([^"]+)"', counter.text)[1]
    answer = await client.post(
        "/caisse",
        data={"csrf_token": token, "code": voucher.payload},
        headers={"hx-request": "true"},
    )
    assert answer.text.lstrip().startswith('<div class="answer"')
    assert "<html" not in answer.text


async def test_no_form_is_taken_when_its_token_is_missing(client, counter, voucher):
    """SEC10: refused before anything is looked at, with a way on."""
    answer = await client.post("/caisse", data={"code": voucher.payload})
    assert answer.status_code == 403
    counter.answer = answer
    assert counter.body == "verdict mind"
    assert (await queries.find_voucher(voucher.code)).life == "issued"


def _annulation(text: str) -> str:
    found = re.search(r"/caisse/utilisations/(\w+)/annulation", text)
    assert found is not None
    return found[1]


async def test_other_tills_undo_page_is_unknown_when_its_shop_is_another(client, market, voucher):
    """SEC11: another shop's use is not to be seen."""
    other = await factories.add_market("Fleurs du Port")
    client.cookies.set("till", other.till.cookie)
    elsewhere = Counter(client)
    used = await service.redeem(service.Scan(code=voucher.code, key="k", till=market.till.caller))
    await elsewhere.open(f"/caisse/utilisations/{used.redemption}/annulation")
    assert elsewhere.answer.status_code == 404
    assert elsewhere.headline == "Inconnu"


async def test_till_asks_the_database_little_when_its_pages_open(counter, voucher):
    """PERF6: at most 6 statements a page, however long the day's list is."""
    await counter.type(voucher.code)
    await counter.confirm()
    for path in ("/caisse", "/caisse/aujourdhui", counter.link("annulation")):
        async with statements() as said:
            await counter.open(path)
        assert counter.answer.status_code == 200
        assert 1 <= len(said) <= 6, said
