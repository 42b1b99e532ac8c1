"""What a screen reader is told, and when; what is read at twice the size (V40)."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests import factories
from tests.browser import club_life
from tests.browser.conftest import Club
from tests.browser.look import Watch, assert_good_page, assert_zooms
from tests.browser.test_till import CHECK, heard, open_till, type_in
from tests.browser.till_feed import Scene, set_scene

# An observer is called right after the code that changed the page and before any timer or drawing: what
# a live region holds at that moment was put there in the same breath as what the eye sees.
EARS = """
window.breaths = [];
addEventListener("DOMContentLoaded", () => {
  const regions = "[role=alert], [role=status], [aria-live]";
  new MutationObserver(() => {
    const said = [...document.querySelectorAll(regions)]
      .filter((one) => one.checkVisibility() || one.matches(".vh"))
      .map((one) => one.textContent.replace(/\\\\s+/g, " ").trim());
    window.breaths.push({
      body: document.body.className,
      shown: document.querySelector("main")?.innerText ?? "",
      said: said.join(" | "),
      focus: document.activeElement?.tagName ?? "",
    });
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
});
"""


async def first_breath(page: Page, what: str, words: str) -> dict[str, Any]:
    """What was said in the breath in which the page first showed these words."""
    breaths: list[dict[str, Any]] = await page.evaluate("window.breaths")
    return next(breath for breath in breaths if words in breath[what])


@pytest.fixture
async def scene(club: Club, db: object) -> Scene:
    return await set_scene(club)


@pytest.fixture
async def till(phone: Page, club: Club, scene: Scene, watch: Watch) -> Page:
    await phone.add_init_script(EARS)
    return await open_till(phone, club, scene, watch)


async def test_verdict_is_said_in_the_breath_that_shows_it(till: Page, scene: Scene) -> None:
    """V40: yes and no stand in a live region, whole, with the focus on them, before any timer runs."""
    await type_in(till, scene.voucher.code)
    await heard(till, CHECK)
    await till.get_by_label("Prix normal").fill("12")
    await till.get_by_role("button", name="Valider").tap()
    await heard(till, "Validé")
    yes = await first_breath(till, "body", "verdict yes")
    assert "Validé" in yes["said"]
    assert "10,80" in yes["said"]
    assert yes["focus"] == "H1"


async def test_refusal_is_said_whole_in_the_breath_that_shows_it(till: Page, scene: Scene) -> None:
    """V40: what happened and what to do, in one region."""
    other = await factories.add_till(scene.market.shop.id, "Caisse 2")
    await club_life.redeem(other, scene.voucher.code)
    await type_in(till, scene.voucher.code)
    await heard(till, "Déjà utilisé")
    no = await first_breath(till, "body", "verdict no")
    for words in ("Déjà utilisé", "Aujourd", "Que faire"):
        assert words in no["said"], no
    assert no["focus"] == "H1"


async def test_lost_network_is_said_in_the_breath_that_shows_it(
    till: Page, scene: Scene, watch: Watch
) -> None:
    """V40: the one answer that comes from the page itself is said like the others."""
    watch.allow("ERR_INTERNET_DISCONNECTED")
    await till.context.set_offline(True)
    await type_in(till, scene.voucher.code)
    await heard(till, "Pas de réseau")
    mind = await first_breath(till, "body", "verdict mind")
    assert "Rien n’est perdu." in mind["said"]


async def test_member_hears_the_use_in_the_breath_that_shows_it(phone: Page, club: Club) -> None:
    """V40: the open voucher tells its turn to those who cannot see it, as it turns."""
    samira = await club_life.add_samira()
    market = await club_life.bakery()
    code = await club_life.claim(samira, market)
    await club_life.sign_in(phone.context, club, samira.person_id)
    await phone.add_init_script(EARS)
    await phone.goto(f"/bons/{code}")
    await club_life.redeem(market.till, code)
    await expect(phone.locator(".used-mark b")).to_have_text("Utilisé")
    turn = await first_breath(phone, "shown", "Utilisé")
    assert "chez Boulangerie des Tilleuls" in turn["said"]


async def test_scanner_is_read_at_twice_the_size(till: Page, scene: Scene) -> None:
    """V40, UX2: 200 %, on the scan page, the check, the verdict and a refusal."""
    await assert_zooms(till)
    await type_in(till, scene.voucher.code)
    await heard(till, CHECK)
    await assert_zooms(till)
    await till.get_by_role("button", name="Valider").tap()
    await heard(till, "Validé")
    await assert_zooms(till)
    await till.goto("/caisse")
    await type_in(till, scene.voucher.code)
    await heard(till, "Déjà validé")
    await assert_zooms(till)


async def test_nothing_moves_when_one_asked_for_calm(till: Page, scene: Scene) -> None:
    """V40: reduced motion: no animation and no transition lasts longer than a blink."""
    await till.emulate_media(reduced_motion="reduce")
    await type_in(till, scene.voucher.code)
    await heard(till, CHECK)
    moving = await till.evaluate(
        "() => [...document.querySelectorAll('*')].filter(e => { const s = getComputedStyle(e);"
        " return Math.max(...`${s.animationDuration},${s.transitionDuration}`.split(',')"
        ".map(parseFloat)) > 0.01; }).map(e => e.outerHTML.slice(0, 80))"
    )
    assert moving == []
    await assert_good_page(till)
