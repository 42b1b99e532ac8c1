"""The proof that a renewal was asked for and announced, where the treasurer looks for it."""

import json
from datetime import timedelta

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.billing import differences, unsent
from backend.billing.rules import DifferenceKind
from backend.identity.rules import Role
from backend.kit import formats
from backend.kit.database import fetch, fetch_value, transaction
from backend.kit.outbox import Letter
from backend.membership import service as membership
from backend.membership.service.renewals import give_notices
from backend.notifications import texts
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests.factories import add_household, add_person, add_role, pay_dues
from tests.integration.billing.test_renewals import (
    WORDS,
    charge,
    deliver_mail,
    on,
    term,
    with_wish,
)
from tests.integration.desk.conftest import words
from tests.sign_in import as_staff


async def test_the_proof_of_a_notice_stands_where_its_money_is_asked_about(
    stripe: Remote, office: httpx.AsyncClient, settings: Settings
) -> None:
    """B11: when it was asked for, announced and delivered, for which sum: on the page of the refund,
    of a dispute and in the household's story.
    """
    joined = await with_wish(stripe)
    last = await term(joined)
    with on(last - timedelta(days=45)):
        await give_notices()
        await deliver_mail()
    with on(last):
        await charge(stripe)
    first, renewed = [
        row["public_id"] for row in await fetch("SELECT public_id FROM pay_order ORDER BY id")
    ]
    order_id = await fetch_value("SELECT id FROM pay_order WHERE public_id = $1", renewed)
    async with transaction():
        await differences.notice(DifferenceKind.DISPUTED, "dp_1", -1200, order_id=order_id)
    [found] = await differences.waiting()
    proof = f"{formats.euros(1200)} le {formats.day(last)}"
    version = texts.version("dues.renewal_notice")
    story = words((await office.get(f"/gestion/adherents/{joined.household_public_id}")).text)
    assert "Renouvellement automatique demandé" in story
    assert f"Préavis de renouvellement {proof}" in story
    assert f"texte {version}" in story
    treasurer = await add_person("Théo", "Trésor")
    await add_role(treasurer, Role.TREASURER)
    await as_staff(office, settings, treasurer, sudo=True)
    for path in (f"/gestion/remboursements/{renewed}", f"/gestion/ecarts/{found.public_id}"):
        page = words((await office.get(path)).text)
        assert "Préavis du renouvellement" in page
        assert WORDS in page
        assert proof in page
        assert "par e-mail" in page
        assert f"version {version}" in page
    assert "Préavis" not in (await office.get(f"/gestion/remboursements/{first}")).text


async def test_a_notice_that_did_not_arrive_is_no_proof_there(
    stripe: Remote, office: httpx.AsyncClient
) -> None:
    """B11: and a wish that has ended is told."""
    joined = await with_wish(stripe)
    with on(await term(joined) - timedelta(days=45)):
        await give_notices()
        await membership.stop_renewing(SYSTEM, joined.household_id)
    story = words((await office.get(f"/gestion/adherents/{joined.household_public_id}")).text)
    assert "Pas de preuve" in story
    assert "Renouvellement automatique arrêté" in story


@pytest.mark.parametrize(
    ("kind", "says"),
    [("dues", "Un renouvellement"), ("lending", "due pour un prêt"), ("hold", "Une caution")],
)
async def test_a_charge_that_never_reached_stripe_is_said_by_what_it_is_for(
    office: httpx.AsyncClient, kind: str, says: str
) -> None:
    """B11, L34: a sum that a loan costs is no renewal."""
    joined = await add_household()
    await pay_dues(joined.household_id)
    order = await fetch_value("UPDATE pay_order SET kind = $1 RETURNING public_id", kind)
    payload = json.dumps({"order": order})
    await unsent.notice(Letter(1, "charge", f"charge:{order}", payload, 9))
    [found] = await differences.waiting()
    assert says in words((await office.get(f"/gestion/ecarts/{found.public_id}")).text)
