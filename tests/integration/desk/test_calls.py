"""The counter calls who has no address, and who keeps a thing for long (L36, L10)."""

from collections.abc import Iterator

import pytest
from httpx import AsyncClient

from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.lending import service
from backend.lending.queries import calls
from backend.lending.service import reminding
from backend.lending.service.calling import note_called
from backend.membership.queries import Member
from backend.settings import Settings
from tests import factories, lending
from tests.integration.statements import statements
from tests.lending import Shelf, day, staff, whom
from tests.sign_in import as_staff, post

HERE = "/comptoir/appels"
TAKEN = day("2026-10-31", 10)


@pytest.fixture
def today(db: object) -> Iterator[None]:
    with clock.frozen(day("2026-11-20", 10)):
        yield


@pytest.fixture
async def shelf(today: None) -> Shelf:
    return await lending.add_shelf()


@pytest.fixture
async def alice(today: None) -> Member:
    with clock.frozen(TAKEN):
        return await factories.add_member("Alice", "Martin", "+33612345678")


async def late(shelf: Shelf, member: Member, *names: str) -> None:
    """These things are twelve open days late today."""
    with clock.frozen(TAKEN):
        for name in names:
            thing = await shelf.resource(name)
            await service.lend_now(staff(), whom(member), thing.code, day("2026-11-03", 12))
    await reminding.remind()


async def test_who_keeps_a_thing_for_long_is_called_once(
    client: AsyncClient, settings: Settings, shelf: Shelf, alice: Member
) -> None:
    """L36: after ten open days no mail follows; the list has the telephone, and "fait" with a note."""
    await late(shelf, alice, "Perceuse", "Scie")
    clerk = await factories.add_person("Nadia", "Equipe", "nadia@example.org")
    await factories.add_role(clerk, Role.DESK)
    await as_staff(client, settings, clerk)
    page = (await client.get(HERE)).text
    assert "Très en retard" in page
    assert "06 12 34 56 78" in page
    assert "Perceuse, Scie" in page
    (call,) = await calls.waiting(shelf.site_id)
    form = {"key": "one", "appels": " ".join(map(str, call.ids)), "note": "Elle passe demain"}
    for _ in range(2):
        assert (await post(client, settings, HERE, form)).status_code == 303
    again = (await client.get(HERE)).text
    assert "Personne à appeler" in again
    assert "Elle passe demain" in again
    acts = "SELECT count(*) FROM audit_entry WHERE verb = 'lending.called' AND subject_id = $1"
    assert await fetch_value(acts, alice.person_id) == 1
    await reminding.remind()
    assert await calls.waiting(shelf.site_id) == []


async def test_what_was_said_goes_with_the_loan(shelf: Shelf, alice: Member) -> None:
    """L45: a note on somebody is no history: it shows while the thing is out, and no longer."""
    await late(shelf, alice, "Perceuse")
    (call,) = await calls.waiting(shelf.site_id)
    clerk = await factories.add_person("Nadia")
    await note_called(staff(clerk), call.ids, "Elle passe demain")
    assert [one.note for one in await calls.made_lately(shelf.site_id)] == ["Elle passe demain"]
    await service.take_back(staff(), call.line)
    assert await calls.made_lately(shelf.site_id) == []


async def test_list_asks_one_question_however_many_are_on_it(shelf: Shelf, alice: Member) -> None:
    """L26: with the calendar of the desk in hand, one statement."""
    await late(shelf, alice, "Perceuse", "Scie", "Diable")
    async with statements() as said:
        assert await calls.waiting(shelf.site_id, lending.CALENDAR)
    assert len(said) == 1


async def test_another_site_calls_its_own(shelf: Shelf, alice: Member) -> None:
    """L26: per site."""
    await late(shelf, alice, "Perceuse")
    other = await lending.add_shelf("ormes")
    assert await calls.waiting(other.site_id) == []
    assert len(await calls.waiting()) == 1


async def test_only_who_waits_is_ticked_off(shelf: Shelf, alice: Member) -> None:
    """L36: what left by mail, or was noted by somebody else, stays as it was."""
    await late(shelf, alice, "Perceuse")
    (call,) = await calls.waiting(shelf.site_id)
    assert await note_called(staff(), [0], "Rien") == 0
    assert await note_called(staff(), call.ids, "") == 1
    assert await note_called(staff(), call.ids, "Encore") == 0
    assert await fetch_value("SELECT note FROM loan_notice WHERE kind = 'call_late'") is None
