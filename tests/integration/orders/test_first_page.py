"""What a member's first page says of services, and of sessions: what waits, what closes soon, what is on."""

import html
import re
from datetime import date, time

from httpx import AsyncClient

from backend.kit import clock
from backend.kit.database import fetch
from backend.membership.queries import Member
from backend.orders.rules import PayAt
from backend.settings import Settings
from tests import activities, sign_in
from tests.activities import hours
from tests.integration.statements import statements
from tests.lending import day
from tests.orders import Counter


async def words(client: AsyncClient, settings: Settings, member: Member) -> str:
    await sign_in.as_tenant(client, settings, member.person_id)
    page = (await client.get("/accueil")).text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.unescape(page)))


async def settle(counter: Counter, *members: Member) -> None:
    """The Tilleuls are their desk."""
    ids = [each.household_id for each in members]
    await fetch("UPDATE household SET site = $1 WHERE id = ANY($2)", counter.site_id, ids)


async def test_what_is_ready_is_to_be_fetched_and_what_is_ordered_is_on_its_way(
    client: AsyncClient, settings: Settings, counter: Counter, alice: Member, bob: Member
) -> None:
    """S2, PERF6: each where it belongs, in at most six statements; nothing of a neighbour's."""
    await settle(counter, alice, bob)
    await counter.parcel(await counter.parcels(), alice)
    await counter.order(await counter.baskets(), alice)
    said = await words(client, settings, alice)
    todo, now = said.index("À faire"), said.index("En ce moment")
    assert todo < said.index("Colis") < said.index("Prêt : venez le chercher") < now
    assert now < said.index("Paniers") < said.index("Pour le jeudi 26 novembre")
    assert "Commandez pour" not in said  # they have ordered
    async with statements() as asked:
        await client.get("/accueil")
    assert len(asked) <= 6, asked
    assert "Colis" not in await words(client, settings, bob)


async def test_what_closes_soon_is_said_until_it_is_closed(
    client: AsyncClient, settings: Settings, counter: Counter, alice: Member
) -> None:
    """S3: the cut-off is kept by the clock alone; then the next one is far and not said."""
    await settle(counter, alice)
    await counter.baskets()
    said = await words(client, settings, alice)
    assert "Commandez pour le jeudi 26 novembre Demain avant 18:00" in said
    with clock.frozen(day("2026-11-24", 18)):
        assert "Commandez pour" not in await words(client, settings, alice)


async def test_an_order_that_waits_for_its_money_says_so_first(
    client: AsyncClient, settings: Settings, counter: Counter, alice: Member
) -> None:
    """S6: paid first, it stands only then."""
    await counter.order(await counter.baskets(PayAt.ORDER), alice)
    said = await words(client, settings, alice)
    assert said.index("À faire") < said.index("à payer pour commander")


async def test_sessions_come_with_the_seats_one_has_and_those_that_are_free(
    client: AsyncClient, settings: Settings, counter: Counter, alice: Member, bob: Member
) -> None:
    """A1, A2, X9: first names of one's own household, never who else comes; the front door shows them too."""
    soup = await activities.session(date(2026, 11, 26))
    await activities.session(at=hours(date(2026, 11, 25), time(10), time(11)), title="Gym douce")
    await activities.take(alice, soup)
    await activities.take(bob, soup)
    said = await words(client, settings, alice)
    assert (
        said.index("Soupe de saison") < said.index("Place gardée Alice") < said.index("Gym douce")
    )
    assert "Bob" not in said
    front = await client.get("/")
    assert "Gym douce" in front.text
    assert "Alice" not in front.text.partition("<main")[2]
