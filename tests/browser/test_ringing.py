"""« Me prévenir ici » on a phone: nothing is asked before the tap, and what rings is shown (L36)."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from backend.membership.queries import Member
from backend.notifications import phones
from tests.browser import club_life
from tests.browser.conftest import Club
from tests.browser.look import assert_good_page
from tests.browser.modules import until
from tests.conftest import Database

PAGE = "/compte/consentements"
# A browser here reaches no push service: what one would answer, and what it was asked.
SERVICE = """
window.asked = [];
Notification.requestPermission = async () => { asked.push("permission"); return ANSWER; };
PushManager.prototype.getSubscription = async () => null;
PushManager.prototype.subscribe = async (options) => {
  asked.push(options.userVisibleOnly && new Uint8Array(options.applicationServerKey).length === 65);
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  const keys = { p256dh: await crypto.subtle.exportKey("raw", pair.publicKey),
                 auth: crypto.getRandomValues(new Uint8Array(16)).buffer };
  return { endpoint: "https://web.push.apple.com/" + crypto.randomUUID(), getKey: (name) => keys[name] };
};
"""
SHOWN = """async () => {
  const worker = await navigator.serviceWorker.ready;
  return (await worker.getNotifications()).map(({ title, body, data }) => [title, body, data]);
}"""


@pytest.fixture
async def samira(club: Club, phone: Page, db: Database) -> Member:
    found = await club_life.add_samira()
    await club_life.sign_in(phone.context, club, found.person_id)
    return found


async def test_a_phone_asks_after_the_tap_and_is_listed(phone: Page, samira: Member) -> None:
    """L36, D4: no question, no worker and no service before it; then a line, and one tap ends it."""
    await phone.add_init_script(SERVICE.replace("ANSWER", '"granted"'))
    await phone.goto(PAGE)
    tap = phone.get_by_role("button", name="Me prévenir ici")
    await expect(tap).to_be_visible()
    await expect(phone.get_by_text("Ce navigateur ne sait pas le faire.")).to_be_hidden()
    workers = "async () => (await navigator.serviceWorker.getRegistrations()).length"
    assert await phone.evaluate(f"async () => [asked.length, await ({workers})()]") == [0, 0]
    await assert_good_page(phone)
    await tap.tap()
    await expect(phone.get_by_text("Celui-ci")).to_be_visible()
    assert len(await phones.phones_of(samira.person_id)) == 1
    await assert_good_page(phone)
    await phone.get_by_role("listitem").filter(has_text="Celui-ci").get_by_role("button").tap()
    await expect(phone.get_by_text("Celui-ci")).to_be_hidden()
    await expect(tap).to_be_visible()
    assert await phones.phones_of(samira.person_id) == []


async def test_a_phone_that_says_no_is_told_what_stays(phone: Page, samira: Member) -> None:
    """L36: nothing is sent, and the page says what to do."""
    await phone.add_init_script(SERVICE.replace("ANSWER", '"denied"'))
    await phone.goto(PAGE)
    await phone.get_by_role("button", name="Me prévenir ici").tap()
    await expect(phone.get_by_text("Ce téléphone n’a pas dit oui.")).to_be_visible()
    assert await phone.evaluate("asked") == ["permission"]
    assert await phones.phones_of(samira.person_id) == []


async def test_a_browser_without_push_reads_a_sentence(phone: Page, samira: Member) -> None:
    """L36: as with scripts off, and on an iPhone before the club is on its home screen."""
    await phone.add_init_script("delete window.PushManager;")
    await phone.goto(PAGE)
    await expect(phone.get_by_text("Ce navigateur ne sait pas le faire.")).to_be_visible()
    await expect(phone.get_by_role("button", name="Me prévenir ici")).to_be_hidden()


async def test_what_rings_is_shown_by_the_worker(club: Club, phone: Page, samira: Member) -> None:
    """L36: title, words and page; also for what cannot be read."""
    await phone.context.grant_permissions(["notifications"], origin=club.url)
    await phone.goto(PAGE)
    await phone.evaluate("navigator.serviceWorker.register('/sw.js')")
    await phone.evaluate("async () => { await navigator.serviceWorker.ready; }")
    registration = await registered(phone)
    words = '{"title":"C’est prêt","text":"Perceuse","link":"/reserver","key":"k"}'
    shown: list[list[str]] = []
    for said in (words, words, "?"):
        await registration(said)

    async def are_shown() -> bool:
        shown[:] = await phone.evaluate(SHOWN)
        return len(shown) == 2

    await until(are_shown)
    assert sorted(shown) == [
        ["C’est prêt", "Perceuse", "/reserver"],
        ["Un message du club", "", "/accueil"],
    ]


async def registered(page: Page) -> Any:
    """What pushes words to the page's worker, as the browser's service would."""
    session = await page.context.new_cdp_session(page)
    known: list[dict[str, Any]] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: known.extend(event["registrations"]),
    )
    await session.send("ServiceWorker.enable")

    async def is_known() -> bool:
        await page.evaluate("0")
        return bool(known)

    await until(is_known)
    found = known[-1]

    async def push(said: str) -> None:
        await session.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": found["scopeURL"].rstrip("/"),
                "registrationId": found["registrationId"],
                "data": said,
            },
        )

    return push
