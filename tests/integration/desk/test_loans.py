"""What is lent, at the counter: the day on one screen, and a drill from its shelf to a home and back."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import AsyncClient

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.codes import Unit, text_of
from backend.lending import queries, service
from backend.lending.queries import upkeep
from backend.lending.queries.upkeep import Stage
from backend.lending.rules import LineState, VisitKind
from backend.lending.service import visits
from backend.lending.slots import Capacity
from backend.membership.queries import Member
from backend.settings import Settings
from tests import factories, lending
from tests.integration.statements import statements
from tests.lending import Shelf, day, mine, staff, want, whom
from tests.sign_in import as_staff, post
from web.desk.loans import FEW

TODAY, HERE = "2026-11-20", "/comptoir/prets"
pytestmark = pytest.mark.usefixtures("morning")


@pytest.fixture
async def morning(db: object) -> AsyncIterator[None]:
    with clock.frozen(day(TODAY, 10)):
        yield


@pytest.fixture
async def shelf(morning: None) -> Shelf:
    return await lending.add_shelf()


@pytest.fixture
async def alice(morning: None) -> Member:
    return await factories.add_member("Alice", "Martin", "alice@example.org")


@pytest.fixture
async def counter(client: AsyncClient, settings: Settings, morning: None) -> Any:
    """Says a gesture as a clerk does; gives the answer."""
    person_id = await factories.add_person("Nadia", "Equipe", "nadia@example.org")
    await factories.add_role(person_id, Role.DESK)
    await as_staff(client, settings, person_id)

    async def send(path: str, **form: str) -> Any:
        return await post(client, settings, path, {"key": path, **form})

    return send


async def test_drill_goes_from_its_shelf_to_a_home_and_back(
    client: AsyncClient, counter: Any, shelf: Shelf, alice: Member
) -> None:
    """L4, L26, L27: prepared, handed over by its label, opened by its label, taken back, undone."""
    drill = await shelf.resource()
    done = await service.book(mine(alice), whom(alice), [want(drill, day(TODAY))])
    line = f"{HERE}/{done.lines[0]}"
    page = (await client.get(HERE)).text
    assert "À préparer" in page
    assert "Alice M." in page
    assert (await counter(f"{line}/preparation")).status_code == 303
    label = text_of(Unit(drill.code))
    assert (await counter(f"{line}/remise", exemplaire=label)).status_code == 303
    assert "Chez Alice M." in (await client.get(f"/comptoir/objets/{drill.code}")).text
    assert (await counter(f"{line}/retour", etat="fine")).status_code == 303
    assert (await queries.get_line(done.lines[0])).state is LineState.CLOSED
    assert (await counter(f"{line}/annulation-du-geste")).status_code == 303
    assert (await queries.get_line(done.lines[0])).state is LineState.CHECKED_OUT


async def test_wrong_label_is_refused_and_the_page_keeps_the_way_on(
    client: AsyncClient, counter: Any, shelf: Shelf, alice: Member
) -> None:
    """L28: another model's label is named, nothing is handed over."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    done = await service.book(mine(alice), whom(alice), [want(drill, day(TODAY))])
    line = f"{HERE}/{done.lines[0]}"
    refused = await counter(f"{line}/remise", exemplaire=text_of(Unit(saw.code)))
    assert refused.status_code == 409
    assert "Ceci est Scie." in refused.text
    unknown = await counter(f"{line}/remise", exemplaire="n'importe quoi")
    assert unknown.status_code == 404
    assert (await queries.get_line(done.lines[0])).state is LineState.CONFIRMED


async def test_damage_needs_words_and_waits_to_be_mended(
    client: AsyncClient, counter: Any, shelf: Shelf, alice: Member
) -> None:
    """L31: anything but fine opens a ticket and says what is wrong."""
    drill = await shelf.resource()
    given = await service.lend_now(staff(), whom(alice), drill.code)
    line = f"{HERE}/{given.line}"
    assert (await counter(f"{line}/retour", etat="damaged")).status_code == 422
    taken = await counter(f"{line}/retour", etat="damaged", note="Le câble est coupé", key="2")
    assert taken.status_code == 303
    [ticket] = await upkeep.tickets(Stage.OPEN, shelf.site_id)
    assert (ticket.unit, ticket.note) == (drill.code, "Le câble est coupé")
    assert "À réparer ou nettoyer" in (await client.get(f"/comptoir/objets/{drill.code}")).text


async def test_day_asks_the_same_of_the_database_however_much_is_lent(
    client: AsyncClient, counter: Any, shelf: Shelf, alice: Member
) -> None:
    """L26: a constant number of statements."""
    asked = []
    for count in (1, 5):
        for number in range(count):
            drill = await shelf.resource(f"Perceuse {count} {number}")
            await service.book(mine(alice), whom(alice), [want(drill, day(TODAY))])
        async with statements() as said:
            assert (await client.get(HERE)).status_code == 200
        asked.append(len(said))
    assert asked[0] == asked[1] <= 6


async def test_long_lists_show_their_first_lines_and_lead_to_the_others(
    client: AsyncClient, counter: Any, shelf: Shelf, alice: Member
) -> None:
    """L26: the day stays quick whatever it holds; whole on a page of its own, and to print."""
    many = FEW + 2
    for number in range(many):
        thing = await shelf.resource(f"Objet {number}")
        await service.book(staff(), whom(alice), [want(thing, day(TODAY))])
    page = (await client.get(HERE)).text
    assert page.count("/preparation") == FEW
    assert "Prochains prêts et retours" in (await client.get("/comptoir")).text
    for whole in ("a-preparer", "tout"):
        assert (await client.get(f"{HERE}?liste={whole}")).text.count("/preparation") == many
    assert "data-print" in (await client.get(f"{HERE}?liste=tout")).text
    assert (await client.get(f"{HERE}?liste=retours")).text.count("/preparation") == 0


async def test_who_chose_an_hour_stands_beside_the_day(
    client: AsyncClient, counter: Any, shelf: Shelf, alice: Member
) -> None:
    """L19, L26: until the thing is fetched."""
    drill = await shelf.resource()
    done = await service.book(mine(alice), whom(alice), [want(drill, day(TODAY))])
    await visits.set_capacity(SYSTEM, "tilleuls", Capacity(minutes=15, most=2))
    await visits.choose(mine(alice), done.booking, VisitKind.PICKUP, day(TODAY, 11, 15))
    page = (await client.get(HERE)).text
    assert "Attendus à une heure choisie" in page
    assert "11:15" in page
    await service.hand_over(staff(), done.lines[0], drill.code)
    assert "Attendus à une heure choisie" not in (await client.get(HERE)).text
