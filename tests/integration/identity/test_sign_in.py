"""Coming in by a code."""

import asyncio
from datetime import timedelta

import pytest

from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, transaction
from backend.notifications import post
from backend.people import service as people
from backend.people.rules import Channel
from tests import factories
from tests.integration.desk.conftest import words
from tests.integration.identity import browser as person
from tests.integration.identity.conftest import ALICE
from tests.sign_in import cookie


async def test_person_is_inside_when_the_code_comes_back(client, mailbox, alice):
    answer = await person.sign_in(client, mailbox, ALICE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/accueil")
    account = await client.get("/compte")
    assert account.status_code == 200
    assert "Alice Martin" in account.text


async def test_code_leaves_at_once_when_it_is_asked(client, mailbox, alice):
    """REL7: it left through the outbox, without a worker, and its words are gone from there."""
    await person.ask(client, ALICE)
    assert len(mailbox.to(ALICE)) == 1
    row = (await fetch("SELECT done_at, payload, attempts FROM outbox"))[0]
    assert row["done_at"] is not None
    assert (row["payload"], row["attempts"]) == ("{}", 1)


async def test_code_waits_for_a_worker_when_the_mail_server_is_down(client, mailbox, alice):
    """REL7: the page says that the code arrives; the row is tried again later."""
    mailbox.broken = True
    page = await person.ask(client, ALICE)
    assert "Le code arrive" in (await client.get(page)).text
    assert await fetch_value("SELECT count(*) FROM outbox WHERE done_at IS NULL") == 1


async def test_page_that_was_wanted_opens_when_it_is_ours(client, mailbox, alice):
    answer = await person.sign_in(client, mailbox, ALICE, suite="/bons/ABC")
    assert answer.headers["location"] == "/bons/ABC"


@pytest.mark.parametrize(
    "suite", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
async def test_page_that_was_wanted_is_forgotten_when_it_is_elsewhere(
    client, mailbox, alice, suite
):
    page = await person.ask(client, ALICE)
    answer = await person.submit(client, page, code=mailbox.code_for(ALICE), suite=suite)
    assert answer.headers["location"] == "/accueil"


async def test_session_is_a_new_one_when_a_cookie_was_set_before(client, mailbox, alice):
    """SEC1: a cookie that somebody planted never becomes a session, nor does an earlier one go on."""
    client.cookies.set("session", "planted-by-somebody", domain="localhost.local")
    await person.sign_in(client, mailbox, ALICE)
    first = cookie(client, "session")
    assert first != "planted-by-somebody"
    await person.sign_in(client, mailbox, ALICE)
    second = cookie(client, "session")
    assert second not in (first, "planted-by-somebody")
    client.cookies.clear()
    client.cookies.set("session", first, domain="localhost.local")
    assert (await client.get("/compte")).status_code == 401


async def test_code_has_six_digits_salt_and_ten_minutes_when_it_is_made(client, mailbox, alice):
    """SEC5: what is stored is a keyed hash with a salt of its own, and never the code."""
    await person.ask(client, ALICE)
    await person.ask(client, ALICE)
    rows = await fetch("SELECT * FROM sign_in_code ORDER BY id")
    assert rows[0]["salt"] != rows[1]["salt"]
    assert rows[0]["expires_at"] - rows[0]["created_at"] == timedelta(minutes=10)
    assert mailbox.code_for(ALICE).encode() not in rows[1]["code_hash"]
    assert len(mailbox.code_for(ALICE)) == 6


async def test_code_is_refused_when_it_was_used(client, mailbox, alice):
    """SEC5: single use."""
    page = await person.ask(client, ALICE)
    form = person.hidden((await client.get(page)).text)
    code = mailbox.code_for(ALICE)
    await client.post("/connexion/code", data={**form, "code": code})
    client.cookies.delete("session")
    again = await person.submit(client, "/connexion", "/connexion/code", **form_of(page), code=code)
    assert again.status_code == 409
    assert "Ce code ne marche plus" in again.text


def form_of(page: str) -> dict[str, str]:
    return {"demande": person.ticket_of(page)}


async def test_one_goes_in_when_the_same_code_is_sent_twice_at_once(client, mailbox, alice):
    """SEC5: a concurrent double submit logs in once."""
    page = await person.ask(client, ALICE)
    form = person.hidden((await client.get(page)).text)
    form["code"] = mailbox.code_for(ALICE)
    answers = await asyncio.gather(
        *(client.post("/connexion/code", data=form, follow_redirects=False) for _ in range(8))
    )
    assert sorted(answer.status_code for answer in answers)[:2] == [303, 409]
    assert await fetch_value("SELECT count(*) FROM session WHERE revoked_at IS NULL") == 1


async def test_code_is_refused_when_a_newer_one_was_sent(client, mailbox, alice):
    """SEC5: newest only."""
    older = await person.ask(client, ALICE)
    code = mailbox.code_for(ALICE)
    await person.ask(client, ALICE)
    answer = await person.submit(
        client, "/connexion", "/connexion/code", **form_of(older), code=code
    )
    assert answer.status_code == 409


async def test_code_is_refused_when_ten_minutes_are_over(client, mailbox, alice):
    """SEC5: it lives for ten minutes."""
    page = await person.ask(client, ALICE)
    with clock.travel(timedelta(minutes=10, seconds=1)):
        answer = await person.submit(
            client, "/connexion", "/connexion/code", **form_of(page), code=mailbox.code_for(ALICE)
        )
    assert answer.status_code == 409


async def test_right_code_is_refused_when_five_were_wrong(client, mailbox, alice):
    """SEC5: five tries, then it is over, also for the right one."""
    page = await person.ask(client, ALICE)
    right = mailbox.code_for(ALICE)
    wrong = "000000" if right != "000000" else "111111"
    for left in (4, 3, 2, 1, 0):
        answer = await person.type_code(client, page, wrong)
        assert answer.status_code == 422
        assert f"Essais qui restent\u00a0: {left}" in answer.text
    assert (await person.type_code(client, page, right)).status_code == 409
    refusals = await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'code.refuse'")
    assert refusals == 6


@pytest.mark.parametrize("shape", [" {}{} {}{} {}{} ", " {}{}{} {}{}{} ", "{}{}{}-{}{}{}"])
async def test_code_is_read_when_it_comes_with_spaces(client, mailbox, alice, shape):
    """UX7: a pasted code is accepted as it comes, and the field says what it is."""
    page = await person.ask(client, ALICE)
    written = shape.format(*mailbox.code_for(ALICE))
    assert 'autocomplete="one-time-code"' in (await client.get(page)).text
    assert (await person.type_code(client, page, written)).status_code == 303


async def test_person_is_chosen_when_an_address_is_shared(client, mailbox, alice):
    """After the code they choose who they are; the address itself tells nobody who is behind it."""
    await factories.add_person("Bob", "Martin", ALICE)
    page = await person.ask(client, ALICE)
    assert "Bob" not in words((await client.get(page)).text)
    choice = await person.type_code(client, page, mailbox.code_for(ALICE))
    assert choice.status_code == 200
    assert "session" not in {name.split("=")[0] for name in choice.headers.get_list("set-cookie")}
    form = person.hidden(choice.text)
    bob = await fetch_value("SELECT public_id FROM person WHERE given_name = 'Bob'")
    answer = await client.post("/connexion/qui", data={**form, "personne": bob})
    assert answer.status_code == 303
    assert "Bob Martin" in (await client.get("/compte")).text
    again = await client.post("/connexion/qui", data={**form, "personne": bob})
    assert again.status_code in (403, 409)


async def test_stranger_is_refused_when_they_are_named_in_the_choice(client, mailbox, alice):
    """SEC11: the choice is among those who share the address, whatever the form says."""
    await factories.add_person("Bob", "Martin", ALICE)
    await factories.add_person("Carole", "Petit", "carole@example.org")
    page = await person.ask(client, ALICE)
    choice = await person.type_code(client, page, mailbox.code_for(ALICE))
    carole = await fetch_value("SELECT public_id FROM person WHERE given_name = 'Carole'")
    form = person.hidden(choice.text)
    answer = await client.post("/connexion/qui", data={**form, "personne": carole})
    assert answer.status_code == 409
    assert await fetch_value("SELECT count(*) FROM session") == 0


async def test_address_is_verified_when_its_first_code_comes_back(client, mailbox, db):
    person_id = await factories.add_person("Denis", "Roux")
    async with transaction():
        await people.add_contact(person_id, Channel.EMAIL, "denis@example.org", verified=False)
    await person.sign_in(client, mailbox, "Denis@Example.org")
    assert await fetch_value("SELECT verified_at IS NOT NULL FROM contact_point") is True


@pytest.mark.parametrize("door", ["/connexion/partenaire", "/connexion/equipe"])
async def test_door_stays_shut_when_the_person_has_no_role_for_it(client, mailbox, alice, door):
    """The mail says so to the person alone; the page says what it always says (SEC7)."""
    await person.ask(client, ALICE, door)
    assert "n'ouvre aucun accès" in mailbox.text_to(ALICE)


async def test_merchant_comes_in_by_their_own_door_when_they_are_a_member_too(
    client, mailbox, alice
):
    """One person can be a member and a merchant: the door decides which limits the session has."""
    await factories.add_role(alice, Role.MERCHANT, 1)
    answer = await person.sign_in(client, mailbox, ALICE, "/connexion/partenaire")
    assert answer.headers["location"] == "/partenaire"
    assert await fetch_value("SELECT kind FROM session") == "merchant"
    await person.sign_in(client, mailbox, ALICE)
    kinds = await fetch("SELECT kind FROM session WHERE revoked_at IS NULL")
    assert [row["kind"] for row in kinds] == ["tenant"]


async def test_code_comes_by_sms_when_a_mobile_is_typed(client, settings, db):
    await factories.add_person("Emma", "Noir", "06 39 98 12 34")
    await person.ask(client, "+33 6 39 98 12 34")
    sent = [path.read_text() for path in (settings.home / "mailbox").glob("*.json")]
    assert any("+33639981234" in text and "votre code est" in text for text in sent)


@pytest.mark.parametrize(
    "typed", ["", "bonjour", "a@", "01 23 45 67 89", "06 12", "x" * 300 + "@a.fr"]
)
async def test_form_comes_back_when_the_address_cannot_be_read(client, typed):
    answer = await person.submit(client, "/connexion", address=typed)
    assert answer.status_code == 422
    assert 'id="f-address-error"' in answer.text


async def test_answer_stands_when_the_database_goes_away_right_after_it(
    client, mailbox, alice, monkeypatch
):
    """REL7: what cannot be sent at once waits in the outbox; the person's answer has left already."""

    async def away(*_: object, **__: object) -> int:
        raise RuntimeError("the pool is not open")

    monkeypatch.setattr(post, "deliver", away)
    await person.ask(client, ALICE)
    assert await fetch_value("SELECT count(*) FROM outbox WHERE done_at IS NULL") == 1
