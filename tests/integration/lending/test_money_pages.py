"""The pages of what loans cost: a household's own, and those of the counter (L34, L35)."""

from typing import Any

import httpx
import pytest

from backend.billing import queries as billing
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.lending import service as lend
from backend.lending.rules import DepositMode
from backend.lending.service import damages
from backend.lending.values import Back
from backend.membership.queries import Member
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests import sign_in
from tests.factories import add_person, add_role, open_drawer
from tests.integration.lending.test_damages import picture
from tests.integration.lending.test_desk import out
from tests.integration.lending.test_owing import owed
from tests.integration.statements import statements
from tests.lending import Shelf, day, mine, staff, want, whom
from tests.paying import events, pay

HERE = "/reserver/argent"


class Browser:
    """Somebody's browser: pages, and forms with their sign against forgery."""

    def __init__(self, client: httpx.AsyncClient, settings: Settings) -> None:
        self.client, self.settings = client, settings

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def post(self, path: str, files: Any = None, **data: str) -> httpx.Response:
        return await sign_in.post(self.client, self.settings, path, data, files=files)


@pytest.fixture
async def at_home(client: httpx.AsyncClient, settings: Settings, alice: Member) -> Browser:
    await sign_in.as_tenant(client, settings, alice.person_id)
    return Browser(client, settings)


async def broken(shelf: Shelf, member: Member) -> str:
    given = await out(await shelf.resource(replacement_cents=9000), member)
    await lend.take_back(staff(), given.line, Back())
    return await damages.charge_damage(
        staff().by, given.line, 1200, "Mandrin cassé", [picture()], key="one"
    )


async def test_nothing_is_owed_at_first(at_home: Browser):
    """L35: fees are off by default, and the page says so."""
    page = await at_home.get(HERE)
    assert page.status_code == 200
    assert "Vous ne devez rien" in page.text


async def test_what_a_household_owes_asks_at_most_six_things(
    at_home: Browser, shelf: Shelf, alice: Member
):
    """PERF6: however much there is."""
    await broken(shelf, alice)
    await at_home.get(HERE)
    async with statements() as said:
        await at_home.get(HERE)
    assert len(said) <= 6, said


async def test_a_household_sees_what_it_owes_and_pays_it_online(
    stripe: Remote, at_home: Browser, shelf: Shelf, alice: Member
):
    """L35: to Stripe's page, and back to what is known; the receipt is there."""
    await broken(shelf, alice)
    page = (await at_home.get(HERE)).text
    assert "12,00" in page
    answer = await at_home.post(f"{HERE}/paiement")
    order = await fetch_value("SELECT public_id FROM pay_order WHERE kind = 'lending'")
    assert answer.headers["location"] == (await billing.get_order(order)).checkout_url
    waits = (await at_home.get(f"{HERE}/paiements/{order}")).text
    assert "Nous attendons" in waits
    await pay(stripe, order)
    paid = (await at_home.get(f"{HERE}/paiements/{order}")).text  # before any event came
    assert "C’est payé" in paid
    receipt = await fetch_value("SELECT public_id FROM receipt WHERE series = 'L'")
    assert f"/compte/cotisation/recus/{receipt}" in paid
    paper = await at_home.get(f"/compte/cotisation/recus/{receipt}")
    assert paper.content.startswith(b"%PDF")
    await events(stripe)
    assert (await owed(alice)).due_cents == 0


async def test_a_damage_is_seen_and_contested(at_home: Browser, shelf: Shelf, alice: Member):
    """L35: why, with its picture; words are needed; then nothing is asked for."""
    debt = await broken(shelf, alice)
    path = f"{HERE}/{debt}/contestation"
    page = (await at_home.get(path)).text
    assert "Mandrin cassé" in page
    seen = await at_home.get(f"{HERE}/{debt}/photos/0")
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/png")
    assert (await at_home.get(f"{HERE}/{debt}/photos/1")).status_code == 404
    assert (await at_home.post(path, mots="")).status_code == 422
    await at_home.post(path, mots="Il était déjà cassé")
    assert (await owed(alice)).due_cents == 0
    assert "Il était déjà cassé" in (await at_home.get(path)).text
    assert "Vous avez dit non" in (await at_home.get(HERE)).text
    await damages.answer(staff().by, debt, "Vous avez raison.", accepted=True)
    assert "donne raison" in (await at_home.get(path)).text


async def test_a_card_is_left_and_money_is_held_by_its_owner(
    stripe: Remote, at_home: Browser, shelf: Shelf, alice: Member
):
    """L34: the page says what is asked for, and when; both go by Stripe's page."""
    pledge = {"deposit_mode": DepositMode.AUTHORISATION, "deposit_cents": 3000}
    lent = await shelf.resource("Remorque", **pledge)
    tuesday = day("2026-11-24")
    line = (await lend.book(mine(alice), whom(alice), [want(lent, tuesday)])).lines[0]
    page = (await at_home.get(HERE)).text
    assert "Cautions à prévoir" in page
    await at_home.post(f"{HERE}/carte")
    card = await fetch_value("SELECT public_id FROM pay_order WHERE kind = 'card'")
    await pay(stripe, card)
    assert "Votre carte est laissée" in (await at_home.get(f"{HERE}/paiements/{card}")).text
    await at_home.post(f"{HERE}/cautions/{line}")
    hold = await fetch_value("SELECT public_id FROM pay_order WHERE kind = 'hold'")
    await pay(stripe, hold)
    assert "bloquée sur votre carte" in (await at_home.get(f"{HERE}/paiements/{hold}")).text
    assert "30,00" in (await at_home.get(HERE)).text
    with clock.frozen(tuesday):
        await lend.hand_over(staff(), line)


# The counter


@pytest.fixture
async def clerk(
    client: httpx.AsyncClient, settings: Settings, shelf: Shelf, alice: Member
) -> Browser:
    await open_drawer(site_id=shelf.site_id)
    nadia = await add_person("Nadia", "Comptoir")
    await add_role(nadia, Role.DESK)
    await sign_in.as_staff(client, settings, nadia)
    return Browser(client, settings)


async def as_manager(browser: Browser) -> None:
    sofia = await add_person("Sofia", "Responsable")
    await add_role(sofia, Role.MANAGER)
    await sign_in.as_staff(browser.client, browser.settings, sofia)


async def test_a_deposit_is_taken_kept_in_sight_and_given_back(
    clerk: Browser, shelf: Shelf, alice: Member
):
    """L34: on the page of the loan, in the drawer, on the list until it is given back."""
    pledge = {"deposit_mode": DepositMode.CASH_NOTE, "deposit_cents": 3000}
    lent = await shelf.resource("Remorque", **pledge)
    line = (await lend.book(staff(), whom(alice), [want(lent, day("2026-11-24"))])).lines[0]
    page = (await clerk.get(f"/comptoir/prets/{line}/argent")).text
    assert "Prendre la caution" in page
    await clerk.post(f"/comptoir/prets/{line}/caution", key="k", facon="cash")
    listed = (await clerk.get("/comptoir/cautions")).text
    assert "Remorque" in listed
    deposit = await fetch_value("SELECT public_id FROM loan_deposit")
    with clock.frozen(day("2026-11-24")):
        await as_manager(clerk)  # days later
        await lend.hand_over(staff(), line)
        refused = await clerk.post(f"/comptoir/cautions/{deposit}/rendue", key="r")
        assert refused.status_code == 409
        await lend.take_back(staff(), line, Back())
        assert (await clerk.post(f"/comptoir/cautions/{deposit}/rendue", key="s")).is_redirect
        assert "Aucune caution tenue" in (await clerk.get("/comptoir/cautions")).text


async def test_a_damage_is_charged_agreed_to_and_paid_at_the_counter(
    clerk: Browser, shelf: Shelf, alice: Member
):
    """L35, B9: with a photo; another one agrees; paid in the drawer, with its receipt."""
    given = await out(await shelf.resource(replacement_cents=9000), alice)
    await lend.take_back(staff(), given.line, Back())
    path = f"/comptoir/prets/{given.line}"
    assert (await clerk.post(f"{path}/degat", key="a", somme="60")).status_code == 422
    photo = {"photos": ("a.png", picture(), "image/png")}
    sent = await clerk.post(f"{path}/degat", files=photo, key="b", somme="60")
    assert sent.headers["location"].endswith("degat-a-deux")
    debt = await fetch_value("SELECT public_id FROM loan_debt")
    assert "Une autre personne" in (await clerk.get(f"/comptoir/sommes/{debt}")).text
    assert (await clerk.get(f"/comptoir/sommes/{debt}/photos/0")).status_code == 200
    assert (await clerk.post(f"/comptoir/sommes/{debt}/accord")).status_code == 403
    await as_manager(clerk)
    assert "Attendent" in (await clerk.get("/comptoir/sommes")).text
    assert (await clerk.post(f"/comptoir/sommes/{debt}/accord")).is_redirect
    file = f"/comptoir/personnes/{alice.person_public_id}"
    assert "60,00" in (await clerk.get(f"{file}/prets")).text
    paid = await clerk.post(f"{file}/prets", key="p", cents="6000", way="cash")
    assert paid.headers["location"].startswith(f"{file}/paiements")
    assert (await owed(alice)).due_cents == 0
    assert "L-2026" in (await clerk.get(f"{file}/paiements")).text
    order = await fetch_value("SELECT public_id FROM pay_order WHERE kind = 'lending'")
    undo = f"{file}/paiements/{order}/annulation"
    assert undo in (await clerk.get(f"{file}/paiements")).text
    assert "doit de nouveau" in (await clerk.get(undo)).text
    undone = await clerk.post(undo, reason="Mauvais foyer")
    assert undone.headers["location"].endswith("paiement-annule")
    assert (await owed(alice)).due_cents == 6000


async def test_a_contest_is_answered_and_a_debt_waived_by_who_manages(
    clerk: Browser, shelf: Shelf, alice: Member
):
    """L35: the counter reads it, a manager decides; what was paid goes back over the counter."""
    debt = await broken(shelf, alice)
    await damages.contest(mine(alice).by, alice.household_id, debt, "Déjà cassé")
    assert "Déjà cassé" in (await clerk.get("/comptoir/sommes")).text
    refused = await clerk.post(f"/comptoir/sommes/{debt}/reponse", mots="Non", decision="non")
    assert refused.status_code in (403, 404)
    await as_manager(clerk)
    answer = {"mots": "Il marchait.", "decision": "non"}
    assert (await clerk.post(f"/comptoir/sommes/{debt}/reponse", **answer)).is_redirect
    file = f"/comptoir/personnes/{alice.person_public_id}/prets"
    await clerk.post(file, key="p", cents="1200", way="cash")
    waiver = {"key": "w", "somme": "12", "raison": "Geste"}
    assert (await clerk.post(f"/comptoir/sommes/{debt}/annulation", **waiver)).is_redirect
    assert "12,00" in (await clerk.get(file)).text
    await clerk.post(f"{file}/rendu", key="g", cents="1200", way="cash")
    assert (await owed(alice)).credit_cents == 0
