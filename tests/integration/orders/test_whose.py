"""Whose an order is: an adult's to make and to cancel, and nobody's any more after the club's months (S2, D2)."""

from datetime import timedelta

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership.queries import Member, find_member
from backend.orders.errors import OrdersByAdults
from backend.orders.service import handing
from backend.privacy import retention
from backend.settings import Settings
from tests import orders, sign_in
from tests.activities import add_child
from tests.integration.desk.conftest import Counter as Desk
from tests.integration.desk.conftest import words
from tests.orders import Counter


async def test_names_leave_old_orders_and_figures_stay(
    counter: Counter, alice: Member, bob: Member
) -> None:
    """D2: after the club's months; not while money of it is open. A dry run counts and takes nothing."""
    pressing = await counter.pressing()
    ended = await counter.order(pressing, alice, words={"Chemise": "bleue"})
    open_ = await counter.order(pressing, bob)
    await handing.cancel(SYSTEM, ended.ticket)
    with clock.travel(timedelta(days=360)):
        assert (await retention.run(dry=True))["orders"] == 0
    with clock.travel(timedelta(days=370)):
        assert (await retention.run(dry=True))["orders"] == 1
        assert (await orders.ticket(ended)).person_id == alice.person_id
        assert (await retention.run())["orders"] == 1
        assert (await retention.run())["orders"] == 0
    kept = await orders.ticket(ended)
    assert (kept.person_id, kept.household_id, kept.amount_cents) == (None, None, 350)
    assert [line.words for line in kept.lines] == [""]
    assert (await orders.ticket(open_)).household_id == bob.household_id


async def test_only_adults_order_and_cancel(
    counter: Counter, client: httpx.AsyncClient, settings: Settings, alice: Member
) -> None:
    """S2: an order obliges to pay: a child of the household reads, and neither orders nor cancels, on
    whatever page; nor does staff order in its name.
    """
    copies = await counter.service("Copies", {"Une page": 10})
    placed = await counter.order(copies, alice)
    child_id = await fetch_value(
        "SELECT id FROM person WHERE public_id = $1", await add_child(alice, "Zoé")
    )
    zoe = await find_member(child_id)
    assert zoe is not None
    for by in (None, SYSTEM):
        with pytest.raises(OrdersByAdults):
            await counter.order(copies, zoe, by=by)
    with pytest.raises(OrdersByAdults):
        await handing.cancel(orders.mine(zoe), placed.ticket, zoe.household_id)
    await sign_in.as_tenant(client, settings, child_id)
    me = Desk(client, settings, child_id)
    assert "Un adulte du foyer commande" in words(await me.open(f"/services/{copies.slug}"))
    assert "Annuler" not in await me.open(f"/services/commandes/{placed.ticket}")
    wish = {"key": "k", "lieu": counter.site, f"n_{copies.items[0].public_id}": "1"}
    refused = await me.send(f"/services/{copies.slug}", **wish)
    assert refused.status_code == 403
    assert "Un adulte du foyer commande" in words(refused.text)
    refused = await me.send(f"/services/commandes/{placed.ticket}/annulation")
    assert refused.status_code == 403
    assert await fetch_value("SELECT count(*) FROM order_ticket") == 1
    assert await orders.state(placed) == "confirmed"
