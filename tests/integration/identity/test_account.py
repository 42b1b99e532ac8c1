"""A person's own account."""

import pytest

from backend.kit.database import fetch, fetch_value, transaction
from backend.notifications.post import deliver, open_post
from backend.people import queries as people
from backend.people import service as people_service
from backend.people.rules import Channel
from tests import factories, sign_in
from tests.integration.identity import browser as person
from tests.integration.identity.conftest import ALICE
from tests.sign_in import post

NEW = "alice.new@example.org"
ADD = "/compte/adresses/ajouter"


@pytest.fixture
async def inside(client, settings, alice):
    await sign_in.as_tenant(client, settings, alice)
    return client


async def values_of(person_id: int) -> list[str]:
    return [contact.value for contact in await people.contacts_of(person_id)]


async def test_address_is_added_when_its_code_comes_back(inside, settings, mailbox, alice):
    """Changing an address needs a code at the new one, and the old one is told."""
    asked = await person.submit(inside, ADD, address=NEW)
    page = asked.headers["location"]
    assert await values_of(alice) == [ALICE]
    done = await person.type_code(inside, page, mailbox.code_for(NEW))
    assert done.headers["location"] == "/compte?fait=adresse-ajoutee"
    assert await values_of(alice) == [ALICE, NEW]
    await deliver(open_post(settings))
    assert "a été ajoutée à votre compte" in mailbox.text_to(ALICE)
    assert "a été ajoutée" not in mailbox.text_to(NEW)


async def test_address_stays_out_when_the_code_is_anothers(
    inside, client, settings, mailbox, alice
):
    """A code asked by one account adds nothing to another."""
    asked = await person.submit(inside, ADD, address=NEW)
    bob = await factories.add_person("Bob", "Petit", "bob@example.org")
    await sign_in.as_tenant(client, settings, bob)
    answer = await person.type_code(client, asked.headers["location"], mailbox.code_for(NEW))
    assert answer.status_code == 409
    assert await values_of(bob) == ["bob@example.org"]


async def test_login_code_adds_no_address_when_it_is_typed_there(inside, mailbox, alice):
    """A code is for what it was asked for."""
    page = await person.ask(inside, ALICE)
    ticket = person.ticket_of(page)
    answer = await person.submit(
        inside, "/compte", "/compte/adresses/code", demande=ticket, code=mailbox.code_for(ALICE)
    )
    assert answer.status_code == 409


async def test_old_address_is_told_when_it_is_taken_away(inside, settings, mailbox, alice):
    async with transaction():
        await people_service.add_contact(alice, Channel.EMAIL, NEW, verified=True)
    [old] = [c for c in await people.contacts_of(alice) if c.value == ALICE]
    done = await post(inside, settings, f"/compte/adresses/{old.public_id}/fin")
    assert done.headers["location"] == "/compte?fait=adresse-retiree"
    await deliver(open_post(settings))
    assert "a été retirée de votre compte" in mailbox.text_to(ALICE)
    assert await values_of(alice) == [NEW]


async def test_last_address_stays_when_it_is_taken_away(inside, settings, alice):
    [only] = await people.contacts_of(alice)
    refused = await post(inside, settings, f"/compte/adresses/{only.public_id}/fin")
    assert refused.status_code == 409
    assert "seule adresse" in refused.text
    assert await values_of(alice) == [ALICE]


async def test_address_is_missing_when_it_is_somebody_elses(inside, settings, alice):
    """SEC11: each object of another person is 404."""
    bob = await factories.add_person("Bob", "Petit", "bob@example.org")
    [theirs] = await people.contacts_of(bob)
    answer = await post(inside, settings, f"/compte/adresses/{theirs.public_id}/fin")
    assert answer.status_code == 404
    assert await values_of(bob) == ["bob@example.org"]


async def test_sixth_address_is_refused_when_five_are_there(inside, mailbox, alice):
    async with transaction():
        for n in range(4):
            await people_service.add_contact(
                alice, Channel.EMAIL, f"a{n}@example.org", verified=True
            )
    asked = await person.submit(inside, ADD, address=NEW)
    answer = await person.type_code(inside, asked.headers["location"], mailbox.code_for(NEW))
    assert answer.status_code == 409
    assert len(await values_of(alice)) == 5


async def test_acts_are_on_record_when_somebody_comes_and_goes(client, settings, mailbox, alice):
    """SEC13: audit rows for each login and refusal, with who and for whom."""
    page = await person.ask(client, ALICE)
    right = mailbox.code_for(ALICE)
    wrong = "000000" if right != "000000" else "111111"
    await person.type_code(client, page, wrong)
    await person.type_code(client, page, right)
    await post(client, settings, "/deconnexion")

    rows = await fetch("SELECT verb, actor_id, subject_id FROM audit_entry ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("code.ask", None, None),
        ("code.refuse", None, None),
        ("session.open", alice, alice),
        ("session.end", alice, alice),
    ]
    facts = await fetch_value("SELECT string_agg(facts::text, ' ') FROM audit_entry")
    assert ALICE not in facts
    assert right not in facts
