"""What a page said when somebody ordered, what may still hold, and who hears of it (S1, S2, S4, S6)."""

import re
from datetime import date, timedelta

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.billing import ways
from backend.billing.ways import Way
from backend.identity.rules import Role
from backend.kit import clock, codes
from backend.kit.database import fetch_value
from backend.membership import service as membership
from backend.membership.queries import Member
from backend.orders.errors import BackDayWrong
from backend.orders.rules import PayAt
from backend.orders.service import handing, offering, paying, rounds
from backend.settings import Settings
from tests import orders, sign_in
from tests.factories import add_person, add_role
from tests.integration.desk.conftest import Counter as Browser
from tests.integration.desk.conftest import words
from tests.lending import day
from tests.orders import Counter, mine

HIDDEN = re.compile(r'name="(key|lieu|pour|service|p_[\w-]+)" value="([^"]*)"')


async def of(client: httpx.AsyncClient, settings: Settings, member: Member) -> Browser:
    await sign_in.as_tenant(client, settings, member.person_id)
    return Browser(client, settings, member.person_id)


async def at_desk(client: httpx.AsyncClient, settings: Settings) -> Browser:
    person_id = await add_person("Nadia", "Comptoir", "nadia@example.org")
    await add_role(person_id, Role.MANAGER)
    await sign_in.as_staff(client, settings, person_id)
    return Browser(client, settings, person_id)


async def shown(browser: Browser, path: str) -> dict[str, str]:
    """What the page at this address sends back of itself."""
    return dict(HIDDEN.findall((await browser.browser.get(path)).text))


async def test_nothing_is_ordered_when_the_page_showed_another_price(
    client: httpx.AsyncClient, settings: Settings, counter: Counter, alice: Member
) -> None:
    """S1: from home the old price is refused with the new one beside it; sent again, it is ordered."""
    baskets = await counter.baskets()
    small, path = baskets.items[0].public_id, f"/services/{baskets.slug}"
    me = await of(client, settings, alice)
    before = await shown(me, path)
    await offering.set_price(SYSTEM, small, 950, clock.today())
    refused = await me.send(path, **before, **{f"n_{small}": "2"})
    assert refused.status_code == 409
    assert "Le prix a changé" in words(refused.text)
    assert await fetch_value("SELECT count(*) FROM order_ticket") == 0
    now = dict(HIDDEN.findall(refused.text))
    await me.done(path, **now, **{f"n_{small}": "2"})
    assert await fetch_value("SELECT amount_cents FROM order_ticket") == 1900


async def test_nothing_is_left_out_when_an_item_is_offered_no_more(
    client: httpx.AsyncClient, settings: Settings, counter: Counter, alice: Member
) -> None:
    """S1: two were asked for; one alone is not ordered without a word."""
    baskets = await counter.baskets()
    small, large = (item.public_id for item in baskets.items)
    path = f"/services/{baskets.slug}"
    me = await of(client, settings, alice)
    before = await shown(me, path)
    await offering.retire_item(SYSTEM, large)
    refused = await me.send(path, **before, **{f"n_{small}": "1", f"n_{large}": "1"})
    assert "Un article n'est plus proposé" in words(refused.text)
    assert await fetch_value("SELECT count(*) FROM order_ticket") == 0


async def test_the_counter_notes_nothing_when_its_page_showed_another_price(
    client: httpx.AsyncClient, settings: Settings, counter: Counter, alice: Member
) -> None:
    """S1: what was said across the counter holds, or is said anew."""
    pressing = await counter.pressing()
    shirt = pressing.items[0].public_id
    nadia = await at_desk(client, settings)
    file = f"/comptoir/personnes/{alice.person_public_id}/commandes"
    before = await shown(nadia, f"{file}/nouvelle?service={pressing.slug}")
    await offering.set_price(SYSTEM, shirt, 400, clock.today())
    refused = await nadia.send(file, **before, **{f"n_{shirt}": "1"})
    assert "Le prix a changé" in words(refused.text)
    assert await fetch_value("SELECT count(*) FROM order_ticket") == 0


async def test_the_counter_is_told_when_the_cutoff_passes_beside_its_page(
    client: httpx.AsyncClient, settings: Settings, counter: Counter, alice: Member
) -> None:
    """S3: the page said this Thursday; the answer says that it is the next one."""
    baskets = await counter.baskets()
    small = baskets.items[0].public_id
    file = f"/comptoir/personnes/{alice.person_public_id}/commandes"
    nadia = await at_desk(client, settings)
    before = await shown(nadia, f"{file}/nouvelle?service={baskets.slug}")
    assert before["pour"] == "2026-11-26"
    with clock.frozen(day("2026-11-24", 18)):
        await sign_in.as_staff(client, settings, nadia.person_id)
        to = await nadia.done(file, **before, **{f"n_{small}": "1"})
        assert "trop tard pour cette livraison" in await nadia.open(to)
    assert await fetch_value("SELECT due_on FROM order_round") == date(2026, 12, 3)


@pytest.mark.parametrize(
    ("pay_at", "state", "said"),
    [
        (PayAt.ORDER, "ordered", "Au comptoir, avant l’heure limite."),
        (PayAt.EITHER, "confirmed", "À payer en venant"),
    ],
)
async def test_order_is_paid_at_the_counter_when_the_club_takes_nothing_online(
    client: httpx.AsyncClient,
    settings: Settings,
    counter: Counter,
    alice: Member,
    pay_at: PayAt,
    state: str,
    said: str,
) -> None:
    """S6, B1: no button that leads nowhere, no refusal of what is ordered already."""
    baskets = await counter.baskets(pay_at)
    await ways.set_ways(SYSTEM, frozenset({Way.CASH}))
    me = await of(client, settings, alice)
    path = f"/services/{baskets.slug}"
    small = baskets.items[0].public_id
    offered = await me.open(path)
    assert "Commander et payer" not in offered
    assert "Commander, payer au comptoir" in offered  # it obliges to pay, and says so (L221-14)
    to = await me.done(path, **await shown(me, path), **{f"n_{small}": "1", "quand": "now"})
    assert to.startswith("/services/commandes/")
    page = await me.open(to)
    assert said in page
    assert "en ligne" not in page
    assert await fetch_value("SELECT state FROM order_ticket") == state


async def test_no_debit_is_offered_when_an_order_is_paid_online(
    counter: Counter, alice: Member
) -> None:
    """S6: a bank answers a debit after the round has left; a card at once."""
    placed = await counter.order(await counter.baskets(PayAt.ORDER), alice)
    assert Way.SEPA in await ways.ways()
    asked = await paying.order_payment(
        alice.household_id, placed.ticket, mine(alice), done_path="/{order}", back_path="/"
    )
    debit = await fetch_value(
        "SELECT payload->>'debit' FROM outbox WHERE key = $1", f"checkout:{asked.public_id}"
    )
    assert debit != "true"


@pytest.mark.parametrize("back_on", [date(2026, 11, 22), date(2027, 2, 1), date.max])
async def test_run_is_refused_when_its_day_is_none(
    counter: Counter, alice: Member, back_on: date
) -> None:
    """S4: over, or a mistyped year: the partner's address would be dead when it is mailed."""
    pressing = await counter.pressing()
    placed = await counter.order(pressing, alice)
    with pytest.raises(BackDayWrong) as refused:
        await rounds.send_out(
            SYSTEM,
            pressing.slug,
            counter.site_id,
            [placed.ticket],
            back_on,
            key=codes.random_id(),
        )
    assert set(refused.value.fields) == {"retour"}
    assert await orders.state(placed) == "confirmed"


async def test_the_household_hears_when_who_ordered_has_left_it(
    counter: Counter, alice: Member
) -> None:
    """S2, S4: the order is the household's; who moved out is told nothing of it any more."""
    placed = await counter.order(await counter.pressing(), alice)
    carol = await membership.add_adult(SYSTEM, alice.household_id, "Carol", "Martin")
    await membership.leave(SYSTEM, alice.household_id, alice.person_id)
    await handing.make_ready(SYSTEM, [placed.ticket], "A1")
    assert await orders.told("order.ready") == [carol]
    with clock.frozen(clock.now() + timedelta(days=8)):
        await handing.cancel(SYSTEM, placed.ticket)
    assert await orders.told("order.cancelled") == [carol]
