"""A delivery meets a closed door, or does not come at all: who ordered, the grower and the counter know (S3)."""

from datetime import date, timedelta

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership.queries import Member
from backend.orders import closed_days, jobs, lists, queries
from backend.orders.errors import (
    CallOffReasonNeeded,
    DeliveryDayClosed,
    DeliveryDayWrong,
    DeliveryOver,
)
from backend.orders.queries import Round
from backend.orders.rules import PayAt
from backend.orders.service import handing, moving, rounds
from backend.orders.service.ordering import Placed
from backend.places import queries as places
from backend.places.service import ClosureWish
from backend.settings import Settings
from tests import factories, orders, sign_in
from tests.integration.desk.conftest import Counter as Desk
from tests.lending import day
from tests.orders import Counter

AT_SIX = day("2026-11-24", 18)
THURSDAY, FRIDAY, SATURDAY = date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 28)
NEXT = date(2026, 12, 3)


def closed(first_on: date = THURSDAY, last_on: date = THURSDAY) -> ClosureWish:
    return ClosureWish(site="tilleuls", first_on=first_on, last_on=last_on, reason="Travaux")


async def round_of(placed: Placed) -> Round:
    return await queries.get_round((await orders.ticket(placed)).round)


async def mails() -> list[str]:
    """What partners were sent, in their order."""
    rows = await fetch("SELECT payload::text FROM outbox WHERE key LIKE 'order.list:%' ORDER BY id")
    return [row["payload"] for row in rows]


async def test_delivery_goes_to_the_next_open_day_when_its_own_is_closed(
    counter: Counter, alice: Member, bob: Member
) -> None:
    """S3: before its list has left it moves by itself, each household is told once, and the list that
    leaves says the new day.
    """
    baskets = await counter.baskets()
    first = await counter.order(baskets, alice)
    await counter.order(baskets, bob)
    (met,) = await closed_days.look(closed())
    assert (met.round.orders, met.to) == (2, FRIDAY), "the preview says it before anybody says yes"
    await factories.close_days(closed())
    for _ in range(2):
        await jobs.send_lists()
    assert (await round_of(first)).due_on == FRIDAY
    assert await orders.told("order.moved") == [alice.person_id, bob.person_id]
    assert await mails() == []
    with clock.frozen(AT_SIX):
        await jobs.send_lists()
    (mail,) = await mails()
    assert "27 novembre" in mail
    assert (await counter.order(baskets, alice)).on == NEXT, (
        "this week has another day, not another round"
    )


async def test_partner_is_told_when_the_day_changes_after_the_list_has_left(
    counter: Counter, alice: Member
) -> None:
    """S3: another mail, which names both days; the address before opens nothing any more."""
    placed = await counter.order(await counter.baskets(), alice)
    with clock.frozen(AT_SIX):
        await jobs.send_lists()
        await factories.close_days(closed())
        await jobs.send_lists()
    first, second = await mails()
    assert "Attention" not in first
    assert "ce n'est plus le 26 novembre" in second
    assert "c'est le 27 novembre" in second
    assert await orders.state(placed) == "with_partner"


async def test_who_orders_after_it_was_put_off_is_in_the_same_round(
    counter: Counter, alice: Member, bob: Member
) -> None:
    """S3: before the cut-off there is one round and one list, and the order says its new day."""
    baskets = await counter.baskets()
    first = await counter.order(baskets, alice)
    await moving.put_off(SYSTEM, (await round_of(first)).public_id, FRIDAY)
    assert (await counter.order(baskets, bob, on=THURSDAY)).on == FRIDAY
    with clock.frozen(AT_SIX):
        await jobs.send_lists()
        assert (await counter.order(baskets, bob)).on == NEXT
    (mail,) = await mails()
    assert "27 novembre" in mail
    assert (await round_of(first)).orders == 2


async def test_who_orders_after_the_day_closed_is_in_the_moved_round(
    counter: Counter, client: httpx.AsyncClient, settings: Settings, alice: Member, bob: Member
) -> None:
    """S3: before the cut-off there is one round; the page shows its new day, and nobody is late."""
    baskets = await counter.baskets()
    first = await counter.order(baskets, alice)
    await factories.close_days(closed())
    await jobs.send_lists()
    await sign_in.as_tenant(client, settings, bob.person_id)
    shown = (await client.get(f"/services/{baskets.slug}")).text
    assert 'name="pour" value="2026-11-27"' in shown
    for said in (THURSDAY, FRIDAY):
        placed = await counter.order(baskets, bob, on=said)
        assert (placed.on, placed.late) == (FRIDAY, False)
    assert (await round_of(first)).orders == 3
    with clock.frozen(AT_SIX):
        late = await counter.order(baskets, bob, on=FRIDAY)
    assert (late.on, late.late) == (NEXT, True)


async def test_delivery_moves_again_when_its_new_day_closes_too(
    counter: Counter, alice: Member
) -> None:
    """S3: told each time; never to the day of the next one, which is not free for it."""
    placed = await counter.order(await counter.baskets(), alice)
    for closing in (closed(), closed(FRIDAY, FRIDAY)):
        await factories.close_days(closing)
        await jobs.send_lists()
    assert (await round_of(placed)).due_on == SATURDAY
    assert await orders.told("order.moved") == [alice.person_id] * 2
    await factories.close_days(closed(SATURDAY, NEXT - timedelta(days=1)))
    (met,) = await closed_days.met(await places.calendars())
    assert met.to == NEXT + timedelta(days=1)
    await jobs.send_lists()
    assert (await round_of(placed)).due_on == met.to


async def test_a_round_is_not_put_off_when_the_day_is_the_next_ones_or_before_its_cutoff(
    counter: Counter, alice: Member, bob: Member
) -> None:
    """S3: whoever orders for next week gets next week; and nothing comes while one may still order."""
    baskets = await counter.baskets()
    public_id = (await round_of(await counter.order(baskets, alice))).public_id
    for wrong in (AT_SIX.date(), NEXT):
        with pytest.raises(DeliveryDayWrong):
            await moving.put_off(SYSTEM, public_id, wrong)
    await moving.put_off(SYSTEM, public_id, FRIDAY)
    await moving.put_off(SYSTEM, public_id, THURSDAY)
    with clock.frozen(AT_SIX):
        await jobs.send_lists()
        with pytest.raises(DeliveryDayWrong):
            await moving.put_off(SYSTEM, public_id, NEXT)
        assert (await counter.order(baskets, bob, on=NEXT)).late is False


async def test_delivery_is_left_to_staff_when_the_whole_week_is_closed(
    counter: Counter, alice: Member
) -> None:
    """S3: no list leaves for a closed day; staff choose another one, or call it off."""
    placed = await counter.order(await counter.baskets(), alice)
    public_id = (await round_of(placed)).public_id
    await factories.close_days(closed(last_on=NEXT))
    with clock.frozen(AT_SIX):
        await jobs.send_lists()
        with pytest.raises(DeliveryDayClosed):
            await rounds.send_list(SYSTEM, public_id)
        assert await mails() == []
        for wrong in (THURSDAY - timedelta(days=3), NEXT, NEXT + timedelta(days=400)):
            with pytest.raises(DeliveryDayWrong):
                await moving.put_off(SYSTEM, public_id, wrong)
        await moving.put_off(SYSTEM, public_id, NEXT + timedelta(days=1))
        await jobs.send_lists()
    assert len(await mails()) == 1
    assert await orders.told("order.moved") == [alice.person_id]


async def test_everybody_hears_when_a_delivery_is_called_off(
    counter: Counter, alice: Member, bob: Member
) -> None:
    """S3, S6: one act; each order ends, what was paid waits to go back, and the round takes nobody more."""
    baskets = await counter.baskets(pay_at=PayAt.EITHER)
    first, second = await counter.order(baskets, alice), await counter.order(baskets, bob)
    round_ = await round_of(first)
    with pytest.raises(CallOffReasonNeeded):
        await moving.call_off(SYSTEM, round_.public_id, "  ")
    await moving.call_off(SYSTEM, round_.public_id, "Pas de récolte")
    with pytest.raises(DeliveryOver):
        await moving.call_off(SYSTEM, round_.public_id, "Encore")
    assert {await orders.state(each) for each in (first, second)} == {"cancelled"}
    assert await orders.told("order.cancelled") == [alice.person_id, bob.person_id]
    late = await counter.order(baskets, alice, on=THURSDAY)
    assert (late.on, late.late) == (NEXT, True)
    with clock.frozen(AT_SIX):
        await jobs.send_lists()
    assert await mails() == [], "nobody waits for a list that is called off"


async def test_calling_off_is_finished_later_when_it_was_cut_short(
    counter: Counter, alice: Member
) -> None:
    """S3, REL3: the round is closed first; what is left of it ends the next time the clock looks."""
    placed = await counter.order(await counter.baskets(), alice)
    with clock.frozen(AT_SIX):
        await jobs.send_lists()
        await fetch(
            "UPDATE order_round SET called_off_at = $1, called_off_for = 'Gel'", clock.now()
        )
        await jobs.send_lists()
    assert await orders.state(placed) == "cancelled"
    assert await orders.told("order.cancelled") == [alice.person_id]


async def test_partner_reads_what_changed_when_staff_cancel_after_the_list_has_left(
    counter: Counter, client: httpx.AsyncClient, settings: Settings, alice: Member, bob: Member
) -> None:
    """S3, P5: the page and the mail differ by what it says; sent again, they are the same."""
    baskets = await counter.baskets()
    await counter.order(baskets, bob, {"Grand panier": 1})
    placed = await counter.order(baskets, alice, {"Petit panier": 2})
    clerk = await factories.add_person("Nadia", "Comptoir")
    await factories.add_role(clerk, Role.DESK)
    with clock.frozen(AT_SIX):
        await jobs.send_lists()
    with clock.frozen(AT_SIX + timedelta(hours=1)):
        public_id = (await round_of(placed)).public_id
        await handing.cancel(SYSTEM, placed.ticket)
        (fewer,) = await lists.fewer_since(await queries.get_round(public_id))
        assert (fewer.name, fewer.count) == ("Petit panier", 2)
        told = (await client.get(await orders.partner_address())).text
        assert "2 × Petit panier en moins" in told
        assert "Martin" not in told
        await sign_in.as_staff(client, settings, clerk)
        desk = Desk(client, settings, clerk)
        assert "Depuis l’envoi" in await desk.open(f"/comptoir/tournees/{public_id}")
        await rounds.show_again(SYSTEM, public_id)
        assert "en moins" not in (await client.get(await orders.partner_address())).text


async def test_counter_changes_the_day_and_calls_off_with_its_buttons(
    counter: Counter, client: httpx.AsyncClient, settings: Settings, alice: Member
) -> None:
    """S3: the board marks what would come to a closed door; the office's preview names it (L18)."""
    placed = await counter.order(await counter.baskets(), alice)
    round_ = await round_of(placed)
    clerk = await factories.add_person("Nadia", "Comptoir")
    await factories.add_role(clerk, Role.MANAGER)
    await sign_in.as_staff(client, settings, clerk)
    desk = Desk(client, settings, clerk)
    form = {"first_on": "2026-11-26", "last_on": "2026-12-03", "reason": "Travaux", "site": ""}
    preview = await desk.send("/gestion/points/fermetures/apercu", **form)
    assert "Livraisons touchées" in preview.text
    assert "À voir au comptoir" in preview.text
    await factories.close_days(closed(last_on=NEXT))
    assert "Fermé ce jour-là" in await desk.open("/comptoir/commandes")
    here = f"/comptoir/tournees/{round_.public_id}"
    assert "Le lieu est fermé ce jour-là." in await desk.open(here)
    refused = await desk.send(f"{here}/jour", jour="2026-12-03")
    assert refused.status_code == 422
    await desk.done(f"{here}/jour", jour="2026-12-04")
    assert "Fermé ce jour-là" not in await desk.open("/comptoir/commandes")
    await desk.done(f"{here}/annulation", raison="Le camion est en panne")
    assert "Raison : Le camion est en panne" in await desk.open(here)
    assert await fetch_value("SELECT state FROM order_ticket") == "cancelled"
