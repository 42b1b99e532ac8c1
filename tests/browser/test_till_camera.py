"""The till's lens: a real picture of a real voucher before a real Chromium."""

from playwright.async_api import expect

from backend.audit.service import SYSTEM
from backend.merchants import service as merchants
from backend.vouchers import redemptions
from tests.browser.look import assert_accessible
from tests.browser.till_feed import enrol, film_of, phone_before, set_scene

READER = "reader."
NATIVE = """
window.BarcodeDetector = class {
  static getSupportedFormats() { return Promise.resolve(["qr_code"]); }
  detect() { return Promise.resolve([{ rawValue: "PAYLOAD" }]); }
};
"""


async def test_voucher_is_redeemed_when_the_camera_sees_its_code(
    playwright, executable, club, db, chromium, watch, tmp_path
):
    """V13, V24, V40, UX3: enrol by the link, aim, look, confirm; words, colour, sound and buzz."""
    scene = await set_scene(club)
    feed = await film_of(chromium, scene.voucher.payload, tmp_path)
    made = await merchants.make_till(SYSTEM, scene.market.shop.id, "Caisse 2")
    async with phone_before(playwright, executable, club, feed) as phone:
        watch.follow(phone)
        await phone.goto(f"/caisse/inscription/{made.enrol_code}")
        await phone.get_by_role("button", name="Inscrire cette caisse").tap()
        check = phone.get_by_role("heading", name="Vérifiez, puis validez")
        await expect(check).to_be_visible()
        assert await phone.evaluate("document.cookie") == ""
        await phone.get_by_label("Prix normal").fill("12")
        await expect(phone.locator("[data-take]")).to_have_text("10,80\u00a0€")
        await phone.get_by_role("button", name="Valider").tap()
        said = phone.get_by_role("alert").filter(has_text="Validé")
        await expect(said).to_contain_text("10,80\u00a0€")
        await expect(phone.locator("body")).to_have_class("verdict yes")
        assert await phone.evaluate("window.felt.at(-1)") == [90]
        await phone.wait_for_function("() => window.notes === 2")
        await assert_accessible(phone)

        await phone.get_by_role("link", name="Bon suivant").tap()
        await expect(phone.locator("[data-part=tally]")).to_contain_text("1 bon aujourd’hui")
        await expect(phone.locator("video")).to_be_visible()
        # The code still lies before the lens, longer than one that comes back is away.
        begun = await phone.evaluate("performance.now()")
        await phone.wait_for_function("begun => performance.now() > begun + 3000", arg=begun)
        await expect(phone.locator("[data-answers]")).to_be_hidden()
    [line] = await redemptions.till_today(made.id)
    assert (line.channel, line.paid_cents) == ("scan", 1080)


async def test_browsers_own_reader_is_used_when_it_has_one(playwright, executable, club, db, watch):
    """UX3: where the browser reads codes, nothing is fetched for it."""
    scene = await set_scene(club)
    asked: list[str] = []
    async with phone_before(playwright, executable, club, None) as phone:
        watch.follow(phone)
        phone.on("request", lambda request: asked.append(request.url))
        await phone.add_init_script(NATIVE.replace("PAYLOAD", scene.voucher.payload))
        await enrol(phone.context, club, scene.market.till.cookie)
        await phone.goto("/caisse")
        await expect(phone.get_by_role("heading", name="Vérifiez, puis validez")).to_be_visible()
    assert not [address for address in asked if READER in address or address.endswith(".wasm")]


async def test_lens_is_let_go_when_the_page_is_hidden(playwright, executable, club, db, watch):
    """V40: tracks stop on hide and start again on return, without another touch."""
    scene = await set_scene(club)
    async with phone_before(playwright, executable, club, None) as phone:
        watch.follow(phone)
        await enrol(phone.context, club, scene.market.till.cookie)
        await phone.goto("/caisse")
        video = phone.locator("video")
        await expect(video).to_have_js_property("paused", False)
        track = await phone.evaluate_handle(
            "document.querySelector('video').srcObject.getTracks()[0]"
        )
        await phone.evaluate(_turn("hidden"))
        assert await track.evaluate("track => track.readyState") == "ended"
        await expect(video).to_have_js_property("srcObject", None)
        await phone.evaluate(_turn("visible"))
        await phone.wait_for_function("() => document.querySelector('video').srcObject !== null")
        await expect(video).to_have_js_property("paused", False)


def _turn(state: str) -> str:
    return (
        f"() => {{ Object.defineProperty(document, 'visibilityState', {{ value: '{state}',"
        " configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }"
    )


async def test_field_is_ready_when_the_camera_is_refused(playwright, executable, club, db, watch):
    """V40: a refusal of the camera leads straight to the typed field, and says why."""
    scene = await set_scene(club)
    async with phone_before(playwright, executable, club, None) as phone:
        watch.follow(phone)
        await phone.add_init_script(
            "navigator.mediaDevices.getUserMedia = () =>"
            " Promise.reject(new DOMException('no', 'NotAllowedError'));"
            "navigator.permissions.query = () => Promise.resolve({ state: 'prompt' });"
        )
        await enrol(phone.context, club, scene.market.till.cookie)
        await phone.goto("/caisse")
        await phone.get_by_role("button", name="Ouvrir la caméra").tap()
        await expect(phone.get_by_label("Code du bon ou de la carte")).to_be_focused()
        await expect(
            phone.get_by_text("La caméra n’est pas autorisée. Tapez le code.")
        ).to_be_visible()
        await phone.keyboard.type(scene.voucher.code, delay=120)
        await phone.keyboard.press("Enter")
        await expect(phone.get_by_role("heading", name="Vérifiez, puis validez")).to_be_visible()
