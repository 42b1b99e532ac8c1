"""Which price a household pays, set at the counter; months for those who pay none (M10)."""

import asyncio
import re

import pytest

from backend.audit.service import SYSTEM
from backend.billing import queries as billing
from backend.billing.rules import PayWay
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch_one, fetch_value
from backend.kit.keys import IdempotencyMismatch
from backend.membership import former, queries, rules
from backend.membership import service as membership
from backend.membership.errors import MonthsUnlikely, NotFree, PaidFarAhead, PlanStillRuns
from backend.membership.rules import Category, Status
from backend.membership.service import Joined
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests import sign_in
from tests.factories import add_household, add_role, pay_dues
from tests.integration.billing.test_checkout import order
from tests.integration.desk.conftest import Counter, words
from tests.paying import events, pay


def at(joined: Joined) -> str:
    return f"/comptoir/personnes/{joined.person_public_id}"


async def test_a_reduced_price_counts_from_the_next_payment_on(desk: Counter, odette: Joined):
    """M10, D6: the periods and receipts so far stay; both names are on record; Odette hears of it."""
    before = await pay_dues(odette.household_id, 1)
    page = await desk.open(f"{at(odette)}/tarif")
    assert "Prix des voisins 5,00\xa0€ par mois" in page
    assert "Donner des mois gratuits" not in page
    await desk.done(f"{at(odette)}/tarif", category="reduced")
    after = await pay_dues(odette.household_id, 1)
    assert (before.amount_cents, after.amount_cents) == (500, 50)
    periods = await queries.periods_of(odette.household_id)
    assert [each.paid_cents for each in periods] == [50, 500]
    line = await fetch_one("SELECT * FROM audit_entry WHERE verb = 'category_set'")
    assert (line["actor_id"], line["subject_id"]) == (desk.person_id, odette.person_id)
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'desk.act'") == 1
    assert "Tarif changé" in await desk.open(f"{at(odette)}/journal")


async def test_who_pays_nothing_gets_months_all_the_same(
    desk: Counter, manager: Counter, odette: Joined
):
    """M10, M1, D6: a free household is a member like others, told so, without a receipt or a line in
    the books.
    """
    await desk.done(f"{at(odette)}/tarif", category="free")
    assert "Ce foyer ne paie rien." in await desk.open(f"{at(odette)}/cotisation")
    told = "SELECT count(*) FROM message WHERE kind = 'desk.act'"
    before = await fetch_value(told)
    to = await manager.done(f"{at(odette)}/tarif/mois", months="12", key="a")
    assert to == f"{at(odette)}?fait=enregistre"
    standing = await queries.standing(odette.household_id)
    assert standing.status is Status.CURRENT
    assert standing.paid_until == rules.last_day(clock.today(), 12)
    for table in ("payment", "receipt", "journal_entry"):
        assert await fetch_value(f"SELECT count(*) FROM {table}") == 0
    assert await fetch_value(told) == before + 1
    await membership.grant_months(SYSTEM, odette.household_id, 2, key="b")
    with pytest.raises(PaidFarAhead):
        await membership.grant_months(SYSTEM, odette.household_id, 2, key="c")


async def test_free_months_are_given_once_when_they_are_sent_twice(desk: Counter, odette: Joined):
    """M10, M1: a double press gives three months and not six; the page has a key for each."""
    await desk.done(f"{at(odette)}/tarif", category="free")
    page = await desk.browser.get(f"{at(odette)}/tarif")
    [key] = re.findall(r'tarif/mois">.*?name="key" value="([^"]+)"', page.text, re.DOTALL)
    for _ in range(2):
        await desk.done(f"{at(odette)}/tarif/mois", months="3", key=key)
    await asyncio.gather(
        *(membership.grant_months(SYSTEM, odette.household_id, 3, key=key) for _ in range(2))
    )
    standing = await queries.standing(odette.household_id)
    assert standing.paid_until == rules.last_day(clock.today(), 3)
    with pytest.raises(IdempotencyMismatch):
        await membership.grant_months(SYSTEM, odette.household_id, 2, key=key)


async def test_the_counter_gives_and_takes_back_three_free_months_and_a_manager_more(
    desk: Counter, manager: Counter, odette: Joined
):
    """M10: one measure for giving and for undoing; given again and again, they are no more."""
    grants, tab = f"{at(odette)}/tarif/mois", f"{at(odette)}/paiements"
    await desk.done(f"{at(odette)}/tarif", category="free")
    page = await desk.open(f"{at(odette)}/tarif")
    assert "Au comptoir, 3 mois d’avance au plus." in page
    assert "Au comptoir, 3 mois" not in await manager.open(f"{at(odette)}/tarif")
    for months in ("4", "24"):
        refused = await desk.send(grants, months=months, key=months)
        assert refused.status_code == 422
        assert "on donne 3 mois d'avance au plus" in words(refused.text)
    await desk.done(grants, months="2", key="a")
    assert (await desk.send(grants, months="2", key="b")).status_code == 422
    few = await fetch_value("SELECT public_id FROM pay_order ORDER BY id DESC LIMIT 1")
    path = f"{at(odette)}/mois/{few}/annulation"
    assert path in (await desk.browser.get(tab)).text
    assert "Annuler ces mois gratuits" in await desk.open(path)
    await desk.done(path, reason="Erreur")
    await manager.done(grants, months="12", key="c")
    many = await fetch_value("SELECT public_id FROM pay_order ORDER BY id DESC LIMIT 1")
    path = f"{at(odette)}/mois/{many}/annulation"
    assert path not in (await desk.browser.get(tab)).text
    refused = await desk.send(path, reason="Erreur")
    assert refused.status_code == 409
    assert "Un responsable a donné ces mois." in words(refused.text)
    await manager.done(path, reason="Erreur")
    assert (await queries.standing(odette.household_id)).status is Status.PROSPECT


async def test_free_months_of_an_ended_household_are_taken_back_from_its_page(
    settings: Settings, desk: Counter, odette: Joined
):
    """M10: with nobody at whose file to do it; who comes back has them no more."""
    await membership.set_category(SYSTEM, odette.household_id, Category.FREE)
    await membership.grant_months(SYSTEM, odette.household_id, 12, key="a")
    await membership.end_household(SYSTEM, odette.household_id)
    order_id = await fetch_value("SELECT public_id FROM pay_order")
    path = f"/gestion/remboursements/{order_id}"
    assert "Mois gratuits" in await desk.open(at(odette))
    assert path not in (await desk.browser.get(at(odette))).text
    await add_role(desk.person_id, Role.TREASURER)
    await sign_in.as_staff(desk.browser, settings, desk.person_id, sudo=True)
    assert path in (await desk.browser.get(at(odette))).text
    assert "Annuler les mois gratuits de Odette Leroy" in await desk.open(path)
    assert (await desk.done(path, reason="Erreur")).endswith("?fait=mois-annules")
    assert "Ces mois sont annulés." in await desk.open(path)
    assert path not in (await desk.browser.get(at(odette))).text
    assert await former.days_ahead(odette.person_id) == 0


async def test_the_full_price_is_that_of_where_they_live(desk: Counter, odette: Joined):
    await desk.done(f"{at(odette)}/tarif", category="free")
    await desk.done(f"{at(odette)}/tarif", category="tenant")
    found = await queries.household_by_id(odette.household_id)
    assert found.category is Category.NEIGHBOUR
    assert await membership.set_category(SYSTEM, found.id, Category.NEIGHBOUR) is found.category


async def test_no_months_are_given_to_who_has_a_price(desk: Counter, odette: Joined):
    refused = await desk.send(f"{at(odette)}/tarif/mois", months="12", key="a")
    assert refused.status_code == 409
    with pytest.raises(NotFree):
        await membership.grant_months(SYSTEM, odette.household_id, 12, key="a")
    for months in (0, 25):
        with pytest.raises(MonthsUnlikely):
            await membership.grant_months(SYSTEM, odette.household_id, months, key="a")
    assert await queries.periods_of(odette.household_id) == []


async def test_what_was_opened_at_the_old_price_closes(stripe: Remote):
    """M10, B11: an open page is given up; a monthly plan is stopped first, it would go on at its price."""
    joined, monthly = await add_household(), await add_household("Zoé", "Petit")
    await order(joined)
    await membership.set_category(SYSTEM, joined.household_id, Category.REDUCED)
    household = await queries.household_by_id(joined.household_id)
    [given_up] = await billing.orders_of(household.payer_id, "dues")
    assert given_up.cancelled_at is not None
    await pay(stripe, (await order(monthly, PayWay.MONTHLY)).public_id)
    await events(stripe)
    with pytest.raises(PlanStillRuns):
        await membership.set_category(SYSTEM, monthly.household_id, Category.FREE)
