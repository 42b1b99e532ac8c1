"""Whoever may write in files must not become somebody by an address of their own."""

import pytest

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit.database import fetch, fetch_value, transaction
from backend.membership import service as membership
from backend.membership.queries import Member
from backend.people import queries as found
from backend.people import service as people
from backend.people.rules import Channel
from tests import sign_in
from tests.factories import add_member, add_role
from tests.integration.desk.conftest import Counter, words
from tests.integration.identity import browser as person

MINE = "nadia.chez.elle@example.org"


@pytest.fixture
async def yacine(db) -> Member:
    """A member, with an address of his own."""
    return await add_member("Yacine", "Amrani", "yacine@example.org")


def page_of(member: Member) -> str:
    return f"/comptoir/personnes/{member.person_public_id}/adresses"


async def addresses(member: Member) -> list[str]:
    return [each.value for each in await found.contacts_of(member.person_id)]


@pytest.mark.parametrize("role", [Role.MERCHANT, Role.INSURER, Role.DESK, Role.ADMIN])
async def test_desk_changes_no_address_of_who_holds_a_role(desk: Counter, yacine, role):
    """SEC8, SEC11: a clerk neither adds nor removes a way in of partners and colleagues."""
    await add_role(yacine.person_id, role, 1 if role in (Role.MERCHANT, Role.INSURER) else None)
    answer = await desk.send(page_of(yacine), address=MINE)
    assert answer.status_code == 403
    assert "Seul un responsable peut changer son adresse." in words(answer.text)
    own = await fetch_value(
        "SELECT public_id FROM contact_point WHERE person = $1", yacine.person_id
    )
    assert (await desk.send(f"{page_of(yacine)}/fin", contact=own)).status_code == 403
    assert await addresses(yacine) == ["yacine@example.org"]


async def test_manager_gives_the_second_code_before_a_partners_address_changes(
    manager: Counter, yacine
):
    """SEC8, D6: with sudo only; both names in the record, and the address so far is told."""
    await add_role(yacine.person_id, Role.MERCHANT, 1)
    answer = await manager.send(page_of(yacine), address="boulanger@example.org")
    assert answer.status_code == 403
    assert "Confirmez avec votre second code." in words(answer.text)
    await sign_in.as_staff(manager.browser, manager.settings, manager.person_id, sudo=True)
    await manager.done(page_of(yacine), address="boulanger@example.org")
    assert await addresses(yacine) == ["yacine@example.org", "boulanger@example.org"]
    kept = await fetch("SELECT actor_id, subject_id FROM audit_entry WHERE verb = 'contact.add'")
    assert [tuple(row) for row in kept] == [(manager.person_id, yacine.person_id)]
    told = await fetch("SELECT payload ->> 'to' AS to FROM outbox WHERE key LIKE 'desk.act:%'")
    assert [row["to"] for row in told] == ["yacine@example.org"]


async def test_typed_address_opens_the_partners_door_only_once_its_code_came_back(
    client, mailbox, yacine
):
    """SEC8: what staff typed is no way to a partner's space until the person has proved it."""
    async with transaction():
        await people.add_contact(yacine.person_id, Channel.EMAIL, MINE, verified=False)
    await add_role(yacine.person_id, Role.MERCHANT, 1)
    await person.ask(client, MINE, "/connexion/partenaire")
    assert "n'ouvre aucun accès" in mailbox.text_to(MINE)
    answer = await person.sign_in(client, mailbox, MINE)
    assert answer.headers["location"] == "/accueil"
    answer = await person.sign_in(client, mailbox, MINE, "/connexion/partenaire")
    assert answer.headers["location"] == "/partenaire"


async def test_first_address_is_added_at_the_desk_when_the_member_has_none(
    desk: Counter, client, odette
):
    """M6, D6: who had none is served at the counter; the new address itself hears of it."""
    at = f"/comptoir/personnes/{odette.person_public_id}/adresses"
    await desk.done(at, address="odette@example.org")
    told = await fetch("SELECT payload ->> 'to' AS to FROM outbox WHERE key LIKE 'desk.act:%'")
    assert [row["to"] for row in told] == ["odette@example.org"]
    assert "À confirmer" in await desk.open(at)


async def test_adult_added_with_an_address_is_a_new_person(desk: Counter, yacine):
    """SEC11: an address typed for a newcomer opens nobody else's account."""
    await membership.add_adult(SYSTEM, yacine.household_id, "Nour", "Amrani")
    at = f"/comptoir/personnes/{yacine.person_public_id}/foyer/adulte"
    await desk.done(at, given_name="Yacine", family_name="Amrani", address=MINE)
    owners = await fetch("SELECT person FROM contact_point WHERE value = $1", MINE)
    assert yacine.person_id not in [row["person"] for row in owners]
