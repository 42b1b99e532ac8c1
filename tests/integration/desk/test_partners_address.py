"""A partner's new address, typed by the club: where it opens the first time is said to everybody."""

import html

import pytest

from backend.identity.rules import Role, must_confirm
from backend.kit.database import fetch, fetch_value
from tests import sign_in
from tests.factories import add_member, add_partner, add_role
from tests.integration.desk.conftest import Counter
from tests.integration.identity import browser as person
from tests.smtp import Mailbox

NEW = "petit@example.org"


@pytest.fixture
async def baker(manager: Counter) -> str:
    """Ali, a member who keeps a shop; the manager has just proved themselves."""
    ali = await add_member("Ali", "Petit", "ali@example.org")
    await add_role(ali.person_id, Role.MERCHANT, (await add_partner()).id)
    await sign_in.as_staff(manager.browser, manager.settings, manager.person_id, sudo=True)
    return ali.person_public_id


async def letters(to: str) -> list[tuple[str, str]]:
    rows = await fetch(
        "SELECT payload ->> 'subject' AS subject, payload ->> 'text' AS text FROM outbox"
        " WHERE payload ->> 'to' = $1 ORDER BY id",
        to,
    )
    return [(row["subject"], row["text"]) for row in rows]


async def test_it_is_said_to_the_manager_and_to_the_partner(manager: Counter, baker: str) -> None:
    """SEC11: an address a colleague typed opens no partner's space, and nobody has to guess why."""
    at = f"/comptoir/personnes/{baker}/adresses"
    shown = await manager.open(at)
    assert "Une adresse à confirmer n’ouvre pas encore cet espace." in shown
    assert f"{manager.settings.base_url}/connexion" in shown
    await manager.done(at, address=NEW)
    [(subject, text)] = await letters(NEW)
    assert subject == "Confirmez votre nouvelle adresse"
    assert "/connexion\n" in text
    assert "/connexion/partenaire" in text
    assert "Ali" not in text  # it may have been mistyped: it says of nobody who they are


async def test_it_is_said_at_the_door_and_holds(
    manager: Counter, baker: str, mailbox: Mailbox
) -> None:
    """SEC11: refused at the partners' door, confirmed at the members' one, then let in."""
    await manager.done(f"/comptoir/personnes/{baker}/adresses", address=NEW)
    browser = manager.browser
    browser.cookies.clear()
    door = html.unescape((await browser.get("/connexion/partenaire")).text)
    assert "Le club a noté une nouvelle adresse pour vous\u202f?" in door
    asked = await person.ask(browser, NEW, "/connexion/partenaire")
    assert "se confirme d’abord" in html.unescape((await browser.get(asked)).text)
    assert "Confirmez-la d'abord ici" in mailbox.text_to(NEW)

    inside = await person.sign_in(browser, mailbox, NEW)
    assert inside.headers["location"] == "/accueil"
    assert "/connexion/partenaire" in (await browser.get("/compte")).text
    again = await person.sign_in(browser, mailbox, NEW, "/connexion/partenaire")
    assert again.headers["location"] == "/partenaire"


async def test_nothing_more_is_sent_to_who_has_no_partners_space(desk: Counter) -> None:
    alice = await add_member("Alice", "Martin", "alice@example.org")
    at = f"/comptoir/personnes/{alice.person_public_id}/adresses"
    assert "espace partenaire" not in await desk.open(at)
    await desk.done(at, address=NEW)
    assert await letters(NEW) == []
    assert await fetch_value("SELECT count(*) FROM contact_point WHERE value = $1", NEW) == 1


def test_who_works_for_the_club_confirms_in_their_account() -> None:
    assert must_confirm([Role.MERCHANT])
    assert must_confirm([Role.REFERENT])
    assert not must_confirm([])
    assert not must_confirm([Role.MERCHANT, Role.DESK])
