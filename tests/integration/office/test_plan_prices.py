"""The page of prices says whose monthly payment goes on at another one."""

import httpx

from backend.audit.service import SYSTEM
from backend.billing.rules import PayWay
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests import sign_in
from tests.factories import add_person, add_role
from tests.integration.billing.test_misfortunes import paying


async def test_plans_at_another_price_are_named_when_a_price_changes(
    client: httpx.AsyncClient, settings: Settings, stripe: Remote
) -> None:
    """M10, B1: what was agreed holds; the treasurer sees for whom, until it is stopped."""
    joined, _, _ = await paying(stripe, PayWay.MONTHLY)
    treasurer = await add_person("Tom", "Trésor")
    await add_role(treasurer, Role.TREASURER)
    await sign_in.as_staff(client, settings, treasurer)
    number = await fetch_value("SELECT public_id FROM household WHERE id = $1", joined.household_id)
    here = "/gestion/club/cotisations"
    assert number not in (await client.get(here)).text
    await membership.set_price(SYSTEM, Category.TENANT, 50, clock.today())
    page = (await client.get(here)).text
    assert "1 foyer paie chaque mois un autre prix." in page
    assert number in page
