"""Dues that are taken back while others, paid later, stand; and months given by mistake."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from backend.audit.service import By
from backend.billing import cheques, drawers
from backend.billing.errors import OrderUnknown
from backend.billing.rules import PayWay
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Category, Status
from backend.membership.service import Joined
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests import sign_in
from tests.conftest import Database
from tests.factories import add_household, add_person, add_role, open_drawer, pay_dues
from tests.integration.billing.test_misfortunes import paying
from tests.integration.membership.test_households import clerk
from tests.integration.statements import statements
from tests.paying import events

FIRST = "SELECT public_id FROM pay_order ORDER BY id LIMIT 1"


async def test_who_paid_twice_is_a_member_today_when_the_first_is_undone(db: Database) -> None:
    """M1, B8: the days of the second begin where those of the first are gone, as many of them."""
    joined = await add_household()
    await pay_dues(joined.household_id, 3)
    once = (await queries.standing(joined.household_id)).paid_until
    second = (await pay_dues(joined.household_id, 3)).span
    by, order = await clerk(), await fetch_value(FIRST)
    await membership.undo_dues(by, joined.household_id, order, None, "payé deux fois")
    standing = await queries.standing(joined.household_id)
    assert standing.status is Status.CURRENT
    assert standing.paid_until == clock.today() + (second.end - second.start)
    assert once is not None
    assert abs(standing.paid_until - once) <= timedelta(days=3)  # months are not all as long


async def test_what_another_household_paid_is_not_undone_from_this_ones_file(db: Database) -> None:
    """B8: an order is undone where it stands."""
    paid, other = await add_household(), await add_household("Zoé", "Petit")
    await pay_dues(paid.household_id)
    by, order = await clerk(), await fetch_value(FIRST)
    with pytest.raises(OrderUnknown):
        await membership.undo_dues(by, other.household_id, order, None, "payé deux fois")
    assert (await queries.standing(paid.household_id)).status is Status.CURRENT


async def test_days_that_run_stay_where_they_are_when_later_ones_are_undone(db: Database) -> None:
    """M1: nothing moves that nothing was taken from."""
    joined = await add_household()
    first = (await pay_dues(joined.household_id, 3)).span
    await pay_dues(joined.household_id, 3)
    by = await clerk()
    order = await fetch_value(FIRST.replace("ORDER BY id", "ORDER BY id DESC"))
    await membership.undo_dues(by, joined.household_id, order, None, "payé deux fois")
    assert (await queries.standing(joined.household_id)).paid_until == first.end


@pytest.mark.parametrize(
    ("at_the_bank", "words"), [(False, "Chèque rendu le"), (True, "Montant du chèque rendu le")]
)
async def test_a_credit_note_says_what_was_given_back(
    db: Database, at_the_bank: bool, words: str
) -> None:
    """M9: a cheque that the bank has cashed is no longer there to be handed back."""
    joined, by = await add_household(), await clerk()
    await membership.take_dues(by, joined.household_id, 12, PayWay.CHEQUE, None, key="k")
    if at_the_bank:
        await cheques.deposit(by, [each.payment for each in await cheques.waiting()])
    await membership.undo_dues(by, joined.household_id, await fetch_value(FIRST), None, "erreur")
    way = await fetch_value("SELECT printed ->> 'way' FROM receipt WHERE series = 'AC'")
    assert way.startswith(words)


async def test_who_renewed_is_a_member_today_when_an_older_payment_goes_back(
    stripe: Remote,
) -> None:
    """M1, B8: a refund of the year that runs leaves the one that was paid after it."""
    joined, _, session = await paying(stripe, PayWay.ONLINE)
    await pay_dues(joined.household_id, 1)
    await stripe.refund(session)
    await events(stripe)
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT


async def gifted() -> tuple[By, Joined, str]:
    """A household at no price with twelve months, given by mistake."""
    by, joined = await clerk(), await add_household(address="alice@example.org")
    await membership.set_category(by, joined.household_id, Category.FREE)
    await membership.grant_months(by, joined.household_id, 12, key="k")
    return by, joined, await fetch_value(FIRST)


async def test_free_months_given_by_mistake_are_taken_back_once(db: Database) -> None:
    """M10, D6: with a reason, a line in the record and a word to the household; no paper, no cent."""
    by, joined, order = await gifted()
    taking = [membership.undo_months(by, joined.household_id, order, "pas elle") for _ in range(3)]
    outcomes = await asyncio.gather(*taking, return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == [
        "DuesUndone",
        "DuesUndone",
        "NoneType",
    ]
    assert (await queries.standing(joined.household_id)).status is Status.PROSPECT
    noted = "SELECT facts ->> 'reason' AS said FROM audit_entry WHERE verb = 'months_undone'"
    assert [row["said"] for row in await fetch(noted)] == ["pas elle"]
    assert await fetch_value("SELECT count(*) FROM payment") == 0
    assert await fetch_value("SELECT count(*) FROM receipt") == 0
    household = await queries.household_by_id(joined.household_id)
    assert (await queries.besides(household.payer_id, household.id)).granted == []


async def test_free_months_that_were_carried_are_taken_back_where_they_are(db: Database) -> None:
    """M5, M10: given to Alice, they went along to Zoé's household: they end there."""
    by, joined, order = await gifted()
    other = await add_household("Zoé", "Petit")
    await membership.merge(by, joined.household_id, other.household_id)
    await membership.undo_months(by, other.household_id, order, "pas elle")
    assert (await queries.standing(other.household_id)).status is Status.PROSPECT


async def test_free_months_are_taken_back_on_the_file(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    """M10, PERF6: listed beside the receipts, in six statements; asked once more, said."""
    _, joined, order = await gifted()
    manager = await add_person("Hélène", "Vasseur")
    await add_role(manager, Role.MANAGER)
    await sign_in.as_staff(client, settings, manager)
    public_id = await fetch_value("SELECT public_id FROM person WHERE id = $1", joined.person_id)
    tab = f"/comptoir/personnes/{public_id}/paiements"
    path = f"{tab.replace('paiements', 'mois')}/{order}/annulation"
    await client.get(tab)  # the first look at a file is noted
    async with statements() as said:
        assert path in (await client.get(tab)).text
    assert len(said) <= 6, said
    assert "Annuler ces mois gratuits" in (await client.get(path)).text
    assert (await sign_in.post(client, settings, path, {"reason": "erreur"})).status_code == 303
    after = (await client.get(f"{tab}?fait=mois-annules")).text
    assert "Les mois gratuits sont annulés." in after
    assert path not in after


@pytest.mark.parametrize("way", [PayWay.CASH, PayWay.TRANSFER])
async def test_what_the_desk_took_is_given_back_when_the_household_has_ended(
    client: httpx.AsyncClient, settings: Settings, way: PayWay
) -> None:
    """B8, M9: two years ahead and a death; from the page of who left to the money, once."""
    joined, by = await add_household(), await clerk()
    await open_drawer()
    await membership.take_dues(by, joined.household_id, 24, way, None, key="k")
    order = await fetch_value(FIRST)
    await membership.end_household(by, joined.household_id)
    manager = await add_person("Hélène", "Vasseur")
    await add_role(manager, Role.MANAGER)
    await sign_in.as_staff(client, settings, manager, sudo=True)
    public_id = await fetch_value("SELECT public_id FROM person WHERE id = $1", joined.person_id)
    path = f"/gestion/remboursements/{order}"
    assert path in (await client.get(f"/comptoir/personnes/{public_id}")).text
    [drawer] = await drawers.opened()
    assert ("De quelle caisse" in (await client.get(path)).text) == (way is PayWay.CASH)
    form = {"drawer": drawer.public_id, "reason": "décès"}
    assert (await sign_in.post(client, settings, path, {**form, "reason": ""})).status_code == 422
    assert (await sign_in.post(client, settings, path, form)).status_code == 303
    assert (await sign_in.post(client, settings, path, form)).status_code == 409
    assert "Tout est rendu." in (await client.get(path)).text
    assert path not in (await client.get(f"/comptoir/personnes/{public_id}")).text
    assert await fetch_value("SELECT count(*) FROM receipt WHERE series = 'AC'") == 1
