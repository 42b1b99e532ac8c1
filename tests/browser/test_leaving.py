"""Leaving the monthly payment, click by click (B11)."""

from playwright.async_api import Page, expect

from backend.audit.service import SYSTEM
from backend.billing import queries as billing
from backend.billing.rules import PayWay
from backend.kit.database import fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Category, Status
from backend.membership.service import Joined
from tests import factories
from tests.browser import club_life
from tests.browser.conftest import Club
from tests.browser.modules import until

COUNT = "addEventListener('click', () => { name = String(Number(name || 0) + 1); }, true)"


async def paying_each_month(club: Club) -> Joined:
    """A household whose first month was paid on the simulated page."""
    joined = await factories.add_household(
        "Awa", "Diabaté", "awa@example.org", category=Category.TENANT
    )
    ordered = await membership.order_dues(
        joined.household_id, PayWay.MONTHLY, SYSTEM, done_path="/{order}", back_path="/"
    )

    async def asked() -> bool:
        return (await billing.get_order(ordered.public_id)).stripe_session is not None

    async def paid() -> bool:
        return (await queries.standing(joined.household_id)).status is Status.CURRENT

    await until(asked)
    await club.stripe.pay(str((await billing.get_order(ordered.public_id)).stripe_session))
    await until(paid)
    return joined


async def test_a_member_leaves_in_three_clicks(club: Club, phone: Page) -> None:
    """B11: from the home page, each click counted by the browser, and the way back beside each."""
    joined = await paying_each_month(club)
    await phone.add_init_script(COUNT)
    await club_life.sign_in(phone.context, club, joined.person_id)
    await phone.goto("/accueil")
    await phone.get_by_role("link", name="Mon compte").tap()
    await phone.get_by_role("link", name="Arrêter de payer chaque mois").tap()
    await expect(phone.get_by_role("link", name="Continuer comme avant")).to_be_visible()
    await phone.get_by_role("button", name="Arrêter le paiement").tap()
    await expect(phone.get_by_role("status").filter(has_text="arrêté")).to_be_visible()
    assert await phone.evaluate("name") == "3"

    async def ended() -> bool:
        plan = await queries.find_plan(joined.household_id)
        paid_until = (await queries.standing(joined.household_id)).paid_until
        return plan is not None and plan.ends_on == paid_until

    await until(ended)

    async def told() -> bool:
        said = "SELECT count(*) FROM message WHERE kind = 'dues.stopped' AND person = $1"
        return bool(await fetch_value(said, joined.person_id))

    await until(told)
