"""The till by hand: typed codes, keyboard scanners, bad networks, mistakes, on a phone and on a PC."""

import asyncio
import gzip
import time
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, Route, expect

from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.membership import queries as membership
from backend.membership.rules import CardKind
from backend.merchants import service as merchants
from backend.offers.rules import Delivery
from backend.vouchers import redemptions, service
from backend.vouchers.scans import Scan
from tests import factories
from tests.browser.look import Watch, assert_good_page
from tests.browser.till_feed import LISTENING, Scene, enrol, set_scene

CHECK = "Vérifiez, puis validez"
PRESS = 0.004  # seconds from one letter of a scanner to the next


@pytest.fixture
async def scene(club, db) -> Scene:
    return await set_scene(club)


async def open_till(page: Page, club, scene: Scene, watch: Watch) -> Page:
    """The page as a till that has no camera: typing is the way in."""
    watch.allow("status of 4")
    await page.add_init_script(LISTENING)
    await page.add_init_script(
        "Object.defineProperty(navigator, 'mediaDevices', { value: undefined })"
    )
    await enrol(page.context, club, scene.market.till.cookie)
    await page.goto("/caisse")
    return page


@pytest.fixture
async def till(phone, club, scene, watch) -> Page:
    return await open_till(phone, club, scene, watch)


@pytest.fixture
async def counter(desk, club, scene, watch) -> Page:
    """A PC with a keyboard scanner."""
    return await open_till(desk, club, scene, watch)


async def type_in(page: Page, code: str) -> None:
    await page.get_by_label("Code du bon ou de la carte").fill(code)
    await page.get_by_role("button", name="Vérifier ce code").click()


async def heard(page: Page, headline: str) -> None:
    await expect(page.get_by_role("heading", name=headline, level=1, exact=True)).to_be_visible()


async def wedge(page: Page, text: str) -> None:
    """A keyboard scanner: letters at once, then Enter. They carry the times the scanner pressed them
    at, as a real one's do: what a busy machine adds on the way to the page does not slow its hand.
    """
    session = await page.context.new_cdp_session(page)
    enter = {"key": "Enter", "code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13}
    keys: list[dict[str, Any]] = [*({"key": one, "text": one} for one in text), enter]
    began = time.time()
    for at, key in enumerate(keys):
        for way in ("keyDown", "keyUp"):
            await session.send(
                "Input.dispatchKeyEvent", {"type": way, "timestamp": began + at * PRESS, **key}
            )
    await session.detach()


async def test_voucher_is_redeemed_and_undone_when_there_is_no_script(
    plain_phone, club, scene, watch
):
    """UX1, UX3, V13, V32: typed code, look, confirm, undo, by plain forms."""
    watch.allow("status of 4")
    await enrol(plain_phone.context, club, scene.market.till.cookie)
    await plain_phone.goto("/caisse")
    await type_in(plain_phone, scene.voucher.grouped)
    await heard(plain_phone, CHECK)
    await plain_phone.get_by_label("Prix normal").fill("12,00 €")
    await assert_good_page_without_script(plain_phone)
    await plain_phone.get_by_role("button", name="Valider").tap()
    await heard(plain_phone, "Validé")
    await expect(plain_phone.get_by_role("alert")).to_contain_text("10,80\u00a0€")
    await plain_phone.get_by_role("link", name="Annuler, encore 15 min").tap()
    await plain_phone.get_by_role("button", name="Erreur de prix").tap()
    await heard(plain_phone, "Annulé")
    await plain_phone.get_by_role("link", name="Bon suivant").tap()
    await type_in(plain_phone, scene.voucher.grouped)
    await heard(plain_phone, CHECK)


async def assert_good_page_without_script(page: Page) -> None:
    """What can be seen without axe, which is script: nothing sticks out at 360 px."""
    main = await page.locator("main").bounding_box()
    assert main is not None
    assert main["width"] <= 360


async def test_slip_is_told_at_once_when_a_letter_is_wrong(till, scene):
    """V18: caught before any network; what was typed stays."""
    asked: list[str] = []
    till.on("request", lambda request: asked.append(request.method))
    wrong = ("A" if scene.voucher.code[0] != "A" else "B") + scene.voucher.code[1:]
    await type_in(till, wrong)
    await expect(till.get_by_role("alert").filter(has_text="faute de frappe")).to_be_visible()
    field = till.get_by_label("Code du bon ou de la carte")
    await expect(field).to_be_focused()
    await expect(field).to_have_attribute("aria-invalid", "true")
    assert "POST" not in asked


async def test_refusal_is_heard_and_felt_when_the_voucher_was_used(till, scene):
    """V14, V40, UX3: red, octagon, words, low double sound, two long buzzes, focus on the words."""
    other = await factories.add_till(scene.market.shop.id, "Caisse 2")
    await service.redeem(Scan(code=scene.voucher.code, key="k", till=other.caller))
    await type_in(till, scene.voucher.code)
    await heard(till, "Déjà utilisé")
    alert = till.get_by_role("alert").filter(has_text="Déjà utilisé")
    await expect(alert).to_contain_text("Aujourd’hui à")
    await expect(alert).to_contain_text("Que faire ?")
    await expect(till.locator("body")).to_have_class("verdict no")
    assert await till.evaluate("window.felt.at(-1)") == [280, 120, 280]
    await till.wait_for_function("() => window.notes === 2")
    await expect(till.locator("h1:focus")).to_have_count(1)
    await till.get_by_role("link", name="Scanner un autre bon").tap()
    await heard(till, "Tapez le code du client")


async def test_keyboard_scanner_works_when_the_focus_is_anywhere(counter, scene):
    """V40: on the page, on a button, in another field; nothing is pressed or written by it."""
    await wedge(counter, scene.voucher.payload)
    await heard(counter, CHECK)
    await expect(counter.get_by_label("Prix normal")).to_be_focused()
    await wedge(counter, scene.voucher.payload)
    # Its answer would come over what is done before it.
    await expect(counter.locator("body")).not_to_have_attribute("aria-busy", "true")
    await expect(counter.get_by_label("Prix normal")).to_have_value("")
    await counter.get_by_role("link", name="Annuler et revenir au scan").click()
    await heard(counter, "Tapez le code du client")
    await counter.get_by_role("button", name="Vérifier ce code").focus()
    await wedge(counter, scene.voucher.payload)
    await heard(counter, CHECK)
    await counter.get_by_label("Prix normal").fill("20")
    await counter.keyboard.press("Enter")
    await heard(counter, "Validé")
    await wedge(counter, scene.voucher.payload)
    await heard(counter, "Déjà validé")
    [line] = await redemptions.till_today(scene.market.till.caller.till_id)
    assert (line.channel, line.full_cents) == ("scan", 2000)


async def test_field_keeps_what_was_typed_when_a_scanner_writes_into_it(counter, scene):
    """V40: the price stays the cashier's, also while the answer is on its way."""
    await type_in(counter, scene.voucher.code)
    await heard(counter, CHECK)
    price = counter.get_by_label("Prix normal")
    await price.fill("20")
    go_on = asyncio.Event()

    async def wait(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await counter.context.route("**/caisse", wait)
    await wedge(counter, scene.voucher.payload)
    await expect(counter.locator("body")).to_have_attribute("aria-busy", "true")
    await expect(price).to_have_value("20")
    go_on.set()
    await expect(price).to_have_value("")


async def test_caps_lock_scanner_is_undone_when_the_code_proves_it(counter, scene):
    """V40: a scanner with Caps Lock on sends small letters; the code is read all the same."""
    await wedge(counter, scene.voucher.payload.lower())
    await heard(counter, CHECK)


async def test_voucher_counts_once_when_the_answer_is_lost(till, scene, watch):
    """V7, V9, V13: the network takes the request and loses the answer; trying again is a success."""
    await type_in(till, scene.voucher.code)
    await heard(till, CHECK)

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    watch.allow("ERR_FAILED")
    await till.context.route("**/caisse/aujourdhui", lose)
    await till.get_by_label("Prix normal").fill("12")
    await till.get_by_role("button", name="Valider").tap()
    await heard(till, "Pas de réseau")
    await expect(till.get_by_role("alert").filter(has_text="Rien n’est perdu")).to_be_visible()
    await till.context.unroute("**/caisse/aujourdhui")
    await till.get_by_role("button", name="Réessayer").tap()
    await heard(till, "Validé")
    assert len(await redemptions.till_today(scene.market.till.caller.till_id)) == 1


async def test_code_is_kept_when_the_network_is_gone(till, scene, watch):
    """V13: a lost network says so plainly; the code stays on the screen and is sent by one touch."""
    watch.allow("ERR_INTERNET_DISCONNECTED")
    await till.context.set_offline(True)
    await expect(till.locator("[data-offline]")).to_be_visible()
    await type_in(till, scene.voucher.code)
    await heard(till, "Pas de réseau")
    await expect(
        till.get_by_text(codes.grouped(scene.voucher.code).replace("-", " "))
    ).to_be_visible()
    await assert_good_page(till)
    await till.context.set_offline(False)
    await till.get_by_role("button", name="Réessayer").tap()
    await heard(till, CHECK)


async def test_somebody_elses_page_is_no_answer_when_a_network_puts_one_in_between(till, scene):
    """V13: a hotel's sign-in page is not shown as a verdict."""
    await till.context.route("**/caisse", lambda route: route.fulfill(body="<h1>Hôtel</h1>"))
    await type_in(till, scene.voucher.code)
    await heard(till, "Pas de réseau")
    await expect(till.get_by_text("Hôtel")).to_have_count(0)
    await till.context.unroute("**/caisse")


async def test_same_scan_goes_through_when_the_page_outlived_its_token(till, scene):
    """SEC10, V13: a fresh token is fetched once, and nothing is asked of the cashier."""
    await till.context.clear_cookies(name="csrf")
    await type_in(till, scene.voucher.code)
    await heard(till, CHECK)


async def test_more_time_is_offered_when_the_hold_ends_soon(till, scene):
    """V13: a countdown; in the last 30 seconds two minutes more, once."""
    await till.clock.install()
    await type_in(till, scene.voucher.code)
    await heard(till, CHECK)
    more = till.get_by_role("button", name="Garder 2 minutes de plus")
    await expect(more).to_be_hidden()
    await till.clock.fast_forward(95_000)
    await expect(more).to_be_visible()
    await expect(till.get_by_role("status").filter(has_text="vous attend encore")).to_have_count(0)
    await more.tap()
    await expect(till.locator("[data-hold]")).to_contain_text("Ce bon vous attend encore 3 min")
    await expect(more).to_have_count(0)
    await till.clock.fast_forward(300_000)
    await expect(till.locator("[data-hold]")).to_contain_text("n’est plus réservé")


async def test_cashier_validates_when_only_keys_are_used(counter, scene):
    """UX2, V40: from the typed code to the verdict and back without a pointer."""
    await counter.get_by_label("Code du bon ou de la carte").focus()
    await counter.keyboard.type(scene.voucher.code, delay=110)
    await counter.keyboard.press("Enter")
    await heard(counter, CHECK)
    await counter.keyboard.press("Enter")
    await heard(counter, "Validé")
    await counter.keyboard.press("Tab")
    await expect(counter.get_by_role("link", name="Bon suivant")).to_be_focused()
    await counter.keyboard.press("Enter")
    await heard(counter, "Tapez le code du client")


async def test_way_back_leads_to_the_scanner_when_an_answer_is_open(till, scene):
    """V13: the phone's own way back closes the answer, not the till."""
    await type_in(till, scene.voucher.code)
    await heard(till, CHECK)
    await till.go_back()
    await heard(till, "Tapez le code du client")


async def test_every_state_is_good_when_it_is_seen(till, scene, watch):
    """V40, UX2, UX7: axe, 320 px, targets of 44 px on each screen of the till."""
    market, code = scene.market, scene.voucher.code
    await merchants.name_cashiers(SYSTEM, market.till.caller.till_id, ["Léa", "Omar"])
    await till.reload()
    await assert_good_page(till)
    await till.get_by_label("Menu de la caisse").first.click()
    await assert_good_page(till)
    await till.goto("/caisse/prenom")
    await assert_good_page(till)
    await till.get_by_role("button", name="Omar").tap()
    await type_in(till, code)
    await heard(till, CHECK)
    await assert_good_page(till)
    await till.get_by_role("button", name="Valider").tap()
    await heard(till, "Validé")
    await assert_good_page(till)
    await till.get_by_role("link", name="Bon suivant").tap()
    await type_in(till, code)
    await heard(till, "Déjà validé")
    await assert_good_page(till)
    await till.get_by_role("link", name="Annuler cette utilisation").tap()
    await heard(till, "Pourquoi annuler ?")
    await assert_good_page(till)
    await till.get_by_role("button", name="Erreur de prix").tap()
    await heard(till, "Annulé")
    await assert_good_page(till)
    await till.goto("/caisse/aujourdhui")
    await assert_good_page(till)


async def test_every_refusal_is_good_when_it_is_seen(till, scene):
    """V40, UX2, UX7: the refusals that hold more than words."""
    market = scene.market
    offers = [
        await factories.add_offer(market.partner.id, title=title, delivery=Delivery.CARD)
        for title in ("Sur tout le magasin", "Sur les gâteaux")
    ]
    assert len(offers) == 2
    holder = await membership.card_of(scene.samira.person_id, CardKind.PHONE)
    assert holder is not None
    old = clock.now() - timedelta(minutes=9)
    await type_in(till, codes.show_card(holder.card_public_id, holder.secret, old))
    await heard(till, "Vérifiez")
    await assert_good_page(till)
    await till.get_by_role("button", name="J’ai vu la pièce d’identité").tap()
    await heard(till, "Quelle réduction ?")
    await assert_good_page(till)
    await till.get_by_role("button", name="Sur les gâteaux").tap()
    await heard(till, CHECK)
    await assert_good_page(till)
    await till.goto("/caisse")
    await type_in(till, "é&àç(-è_çàé&")
    await heard(till, "Relisez le code")
    await assert_good_page(till)
    await merchants.revoke_till(SYSTEM, market.till.caller.till_id)
    await till.goto("/caisse")
    await heard(till, "Caisse fermée")
    await assert_good_page(till)


async def test_door_is_good_when_a_phone_is_no_till_yet(phone, club, scene):
    """V24, UX2, UX7: the pages before enrolment."""
    made = await merchants.make_till(SYSTEM, scene.market.shop.id, "Caisse 3")
    for path in ("/caisse/inscription", f"/caisse/inscription/{made.enrol_code}"):
        await phone.goto(path)
        await assert_good_page(phone)


async def test_scan_page_is_light_when_it_loads_the_first_time(phone, club, scene):
    """PERF1: at most 60 kB compressed before the reader and its wasm are fetched."""
    await enrol(phone.context, club, scene.market.till.cookie)
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    await phone.goto("/caisse", wait_until="networkidle")
    lazy = ("/reader.", "/zxing_reader.")
    eager = {address for address in asked if not any(part in address for part in lazy)}
    assert len(eager) >= 6
    weights = {address: await _weight(phone, address) for address in eager}
    assert sum(weights.values()) <= 60_000, weights


async def _weight(page: Page, address: str) -> int:
    """Bytes as a browser behind TLS gets them: brotli where we have it, the page as the proxy packs it."""
    async with httpx.AsyncClient(timeout=60) as fetch:
        asked = {"accept-encoding": "br"}
        async with fetch.stream("GET", address, headers=asked) as answer:
            body = b"".join([part async for part in answer.aiter_raw()])
    if address.endswith("/caisse"):
        return len(gzip.compress((await page.content()).encode()))
    return len(body)
