"""Dues over the counter while another payment of the household runs."""

from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.billing import jobs
from backend.billing import queries as billing
from backend.billing.gateway import Facts
from backend.billing.rules import PayWay
from backend.kit import clock, codes, formats
from backend.kit.database import fetch_one, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.membership.service import Joined
from backend.sandbox.stripe.remote import Remote
from tests.integration.billing.test_misfortunes import send_all
from tests.integration.desk.conftest import Counter, words

TICK = 'name="confirmed"'


async def order(odette: Joined, way: PayWay) -> str:
    ordered = await membership.order_dues(
        odette.household_id, way, SYSTEM, done_path="/merci", back_path="/"
    )
    return ordered.public_id


async def begin_plan(odette: Joined) -> str:
    of_order = await order(odette, PayWay.MONTHLY)
    await membership.fulfil(Facts(order=of_order, subscription="sub_1"))
    return of_order


async def begin_debit(odette: Joined) -> None:
    debit = Facts(
        order=await order(odette, PayWay.ONLINE),
        thread="pi_1",
        pending=True,
        pending_amount_cents=6000,
        pending_since=clock.now(),
    )
    await membership.fulfil(debit)


@pytest.mark.parametrize("begin", [begin_plan, begin_debit])
async def test_dues_wait_for_a_yes_when_another_payment_runs(desk: Counter, odette, begin):
    """M4, B11: nobody pays the same days twice without having been told at the counter."""
    await begin(odette)
    to = f"/comptoir/personnes/{odette.person_public_id}/cotisation"
    assert TICK in (await desk.browser.get(to)).text
    answer = await desk.send(to, months=12, way="cash", key="a")
    assert answer.status_code == 422
    assert "Ce foyer a déjà un paiement en cours." in words(answer.text)
    assert await fetch_value("SELECT count(*) FROM payment") == 0
    await desk.done(to, months=12, way="cash", key="a", confirmed="1")
    assert await fetch_value("SELECT count(*) FROM payment") == 1


async def test_page_says_until_when_a_debit_runs(desk: Counter, odette):
    await begin_debit(odette)
    until = await fetch_value("SELECT provisional_until FROM period")
    assert until > clock.today() + timedelta(days=14)
    page = await desk.open(f"/comptoir/personnes/{odette.person_public_id}/cotisation")
    assert f"La banque répond avant le {formats.day(until)}." in page
    assert "Arrêter le paiement mensuel" not in page


async def test_monthly_payment_is_stopped_at_the_desk_before_dues_are_taken(desk: Counter, odette):
    """B11, D6: stopped with both names in the record, and the payer is told."""
    of_order = await begin_plan(odette)
    at = f"/comptoir/personnes/{odette.person_public_id}"
    page = await desk.open(f"{at}/cotisation")
    assert "Ce foyer paie déjà 5,00\xa0€ chaque mois." in page
    await desk.done(f"{at}/cotisation/arret")
    assert await fetch_value("SELECT count(*) FROM outbox WHERE key LIKE '%' || $1", of_order) > 0
    assert "Paiement mensuel arrêté Nadia Comptoir" in await desk.open(f"{at}/journal")
    ends_at = clock.now() + timedelta(days=20)
    await membership.fulfil(
        Facts(order=of_order, subscription="sub_1", subscription_ends_at=ends_at)
    )
    assert TICK not in (await desk.browser.get(f"{at}/cotisation")).text
    await desk.done(f"{at}/cotisation", months=12, way="cash", key=codes.random_id())
    plan = await queries.find_plan(odette.household_id)
    assert plan is not None
    assert plan.ends_on == clock.paris(ends_at).date() - timedelta(days=1)


async def test_nothing_is_stopped_when_no_monthly_payment_runs(desk: Counter, odette):
    to = f"/comptoir/personnes/{odette.person_public_id}/cotisation"
    assert TICK not in (await desk.browser.get(to)).text
    answer = await desk.send(f"{to}/arret")
    assert answer.status_code == 409
    assert "Votre foyer ne paie pas chaque mois." in words(answer.text)


async def test_paper_for_a_transfer_says_its_reference(desk: Counter, odette):
    """B10: an order by transfer has a short reference; nothing is paid until the money is matched."""
    at = f"/comptoir/personnes/{odette.person_public_id}"
    assert "Imprimer la référence" in await desk.open(f"{at}/cotisation")
    await desk.paper(f"{at}/virement", months=6)
    order = await fetch_one("SELECT reference, amount_cents FROM pay_order")
    assert order["reference"].startswith("V-")
    assert order["amount_cents"] == 3000
    assert await fetch_value("SELECT count(*) FROM payment") == 0


async def test_cheque_keeps_its_bank_and_name_when_they_are_typed(desk: Counter, odette):
    """B10: what was read on a cheque goes to the list for the bank."""
    at = f"/comptoir/personnes/{odette.person_public_id}"
    read = {"note": "0042", "cheque_bank": "Crédit Coopératif", "cheque_holder": "O. Leroy"}
    await desk.done(f"{at}/cotisation", months=1, way="cheque", key="c", **read)
    row = await fetch_one("SELECT bank, number, holder FROM cheque")
    assert tuple(row) == ("Crédit Coopératif", "0042", "O. Leroy")


async def test_a_page_left_open_is_closed_when_the_dues_are_taken_at_the_desk(
    desk: Counter, odette, stripe: Remote
):
    """M4, B1: nobody pays a second time at home for what was paid at the counter."""
    ordered = await membership.order_dues(
        odette.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
    )
    await jobs.hurry(ordered.row)
    session = (await billing.get_order(ordered.public_id)).stripe_session
    assert session is not None
    at = f"/comptoir/personnes/{odette.person_public_id}"
    await desk.done(f"{at}/cotisation", months=12, way="cash", key="a")
    await send_all()
    assert (await stripe.get(session))["status"] == "expired"


async def test_one_reference_however_often_the_paper_is_printed(desk: Counter, odette):
    """B10: the newest paper and the first one lead to the same order; a new price makes another."""
    first = await membership.order_transfer(SYSTEM, odette.household_id, 12)
    again = await membership.order_transfer(SYSTEM, odette.household_id, 12)
    assert again.public_id == first.public_id
    assert (await membership.order_transfer(SYSTEM, odette.household_id, 6)).id != first.id
    await membership.set_price(SYSTEM, Category.NEIGHBOUR, 700, clock.today())
    dearer = await membership.order_transfer(SYSTEM, odette.household_id, 12)
    assert (dearer.id != first.id, dearer.amount_cents) == (True, 8400)


async def test_no_other_sum_is_booked_than_the_page_said(desk: Counter, odette):
    """M4, M10: the price changed while the page was open; the coins are counted again."""
    to = f"/comptoir/personnes/{odette.person_public_id}/cotisation"
    assert 'name="month_cents" value="500"' in (await desk.browser.get(to)).text
    await membership.set_price(SYSTEM, Category.NEIGHBOUR, 600, clock.today())
    answer = await desk.send(to, months=12, way="cash", key="a", month_cents="500")
    assert answer.status_code == 409
    assert "Le prix de la cotisation a changé." in words(answer.text)
    assert 'name="month_cents" value="600"' in answer.text
    await desk.done(to, months=12, way="cash", key="a", month_cents="600")
    assert await fetch_value("SELECT sum(amount_cents) FROM payment") == 7200
