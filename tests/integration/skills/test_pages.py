"""Pages of the exchange: no contact in any of them too early, few statements, forms that keep what was typed."""

import html

import httpx
import pytest

from backend.identity.rules import Role
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.membership.queries import Member
from backend.people.rules import Source
from backend.settings import Settings
from backend.skills import service as skills
from backend.skills.rules import AGREEMENT, ListingKind
from backend.skills.service import Entry
from tests import factories, sign_in
from tests.conftest import Database
from tests.integration.statements import statements
from tests.skills import ask, by, list_, staff, titles, words
from web.desk import traces

ALICE, BOB = "alice@example.org", "06 39 98 11 22"


@pytest.fixture
async def pair(db: Database) -> tuple[Member, Member]:
    """Alice, who is called by her e-mail, and Bob by his telephone."""
    alice = await factories.add_member("Aliénor", "Martin", ALICE)
    return alice, await factories.add_member("Bob", "Petit", BOB)


async def test_no_page_tells_a_contact_when_only_one_shows_theirs(
    client: httpx.AsyncClient, settings: Settings, pair: tuple[Member, Member]
):
    """X3: every page of the exchange that the other one may open, word for word."""
    alice, bob = pair
    listing = await list_(alice, "Ourlets")
    exchange = await ask(bob, listing, shares=False)
    await skills.accept(by(alice), alice, exchange, shares=True)
    await sign_in.as_tenant(client, settings, bob.person_id)
    for path in (
        "/entraide",
        "/entraide?q=ourlet",
        f"/entraide/annonces/{listing}",
        "/entraide/echanges",
        f"/entraide/echanges/{exchange}",
        "/entraide/mes-annonces",
        "/accueil",
    ):
        answer = await client.get(path)
        assert answer.status_code == 200, path
        assert ALICE not in answer.text, path
        assert "Martin" not in answer.text, path
    await sign_in.post(client, settings, f"/entraide/echanges/{exchange}/contact", {"shares": "1"})
    shown = await client.get(f"/entraide/echanges/{exchange}")
    assert ALICE in shown.text


async def test_statements_are_few_when_the_list_is_opened(
    client: httpx.AsyncClient, settings: Settings, pair: tuple[Member, Member]
):
    """PERF6: six for a member's page, three of which are the frame's."""
    alice, bob = pair
    for number in range(5):
        await list_(alice, f"Ourlets {number}")
    await sign_in.as_tenant(client, settings, bob.person_id)
    await client.get("/entraide?q=ourlets")
    async with statements() as said:
        assert (await client.get("/entraide?q=ourlets")).status_code == 200
    assert len(said) <= 6


async def test_a_form_keeps_what_was_typed_when_it_is_refused(
    client: httpx.AsyncClient, settings: Settings, pair: tuple[Member, Member]
):
    """X3: a number in the words is refused at its field, and nothing typed is lost."""
    alice, bob = pair
    listing = await list_(alice)
    await sign_in.as_tenant(client, settings, bob.person_id)
    refused = await sign_in.post(
        client,
        settings,
        f"/entraide/annonces/{listing}/demande",
        {"words": "Appelez le 06 39 98 11 22 demain", "key": "k"},
    )
    assert refused.status_code == 422
    assert "Appelez le 06 39 98 11 22 demain" in refused.text
    assert "écrivez pas de numéro" in refused.text
    data = {"kind": "offer", "category": "sewing", "title": "", "slot_4": "1", "key": "k2"}
    again = await sign_in.post(client, settings, "/entraide/mes-annonces", data)
    assert again.status_code == 422
    assert 'name="slot_4" value="1" checked' in " ".join(again.text.split())
    assert await fetch_value("SELECT count(*) FROM exchange") == 0


async def test_staff_review_answer_and_pair_when_they_open_the_office(
    client: httpx.AsyncClient, settings: Settings, pair: tuple[Member, Member]
):
    """X5, X8, X9, PERF6: all that waits stands on one page, and each tap does its work."""
    alice, bob = pair
    risky = await list_(alice, "Coupe de cheveux")
    await list_(alice, "Ourlets")
    await list_(bob, "Ourlet de rideaux", kind=ListingKind.REQUEST)
    manager = await factories.add_person("Claire", "Montagne")
    await factories.add_role(manager, Role.MANAGER)
    await sign_in.as_staff(client, settings, manager)
    board = await client.get("/gestion/entraide/tableau.pdf")
    assert board.content.startswith(b"%PDF-")
    shown = (await client.get("/gestion/entraide")).text
    for said in ("Coupe de cheveux", "Cet acte demande un diplôme", "Mots\xa0: ourlet"):
        assert said in shown
    async with statements() as asked:
        await client.get("/gestion/entraide")
    assert len(asked) <= 6, "PERF6"
    answer = await sign_in.post(
        client, settings, f"/gestion/entraide/annonces/{risky}/publication", {"version": "1"}
    )
    assert answer.status_code == 303
    assert await fetch_value("SELECT review FROM listing WHERE public_id = $1", risky) == "allowed"
    unknown = await sign_in.post(
        client, settings, f"/gestion/entraide/annonces/{risky}/autre", {"version": "1"}
    )
    assert unknown.status_code == 404
    wrong = {"listed_days": "3", "warn_hours": "10", "most_hours": "20"}
    assert (
        await sign_in.post(client, settings, "/gestion/entraide/reglages", wrong)
    ).status_code == 422


async def test_the_counter_answers_for_her_when_somebody_has_no_telephone(
    client: httpx.AsyncClient, settings: Settings, pair: tuple[Member, Member]
):
    """X1, X3, D6: read aloud, yes or no noted with both names; who has an address answers alone."""
    alice, bob = pair
    odette = await factories.add_member("Odette", "Faure")
    exchange = await ask(bob, await list_(odette, "Couture"), "Un rideau, samedi ?", shares=True)
    theirs = await ask(bob, await list_(alice, "Pain"))
    clerk = await factories.add_person("Nadia", "Comptoir")
    await factories.add_role(clerk, Role.DESK)
    await sign_in.as_staff(client, settings, clerk)
    here = f"/comptoir/personnes/{odette.person_public_id}/entraide"
    assert "Bob P." in (await client.get(here)).text
    read = (await client.get(f"{here}/echanges/{exchange}")).text
    assert "Un rideau, samedi ?" in read
    assert "06 39 98 11 22" not in read
    refused = await sign_in.post(
        client, settings, f"{here}/echanges/{exchange}/messages", {"words": " ", "key": "k"}
    )
    assert refused.status_code == 422
    await sign_in.post(client, settings, f"{here}/echanges/{exchange}/accord", {"shares": "1"})
    assert "06 39 98 11 22" in (await client.get(f"{here}/echanges/{exchange}")).text
    row = await fetch_one(
        "SELECT actor_id, subject_id FROM audit_entry WHERE verb = 'exchange.agreed'"
    )
    assert row is not None
    assert (row["actor_id"], row["subject_id"]) == (clerk, odette.person_id)
    for path in (
        f"/comptoir/personnes/{alice.person_public_id}/entraide/echanges/{theirs}",
        f"{here}/echanges/{theirs}",
    ):
        assert (await client.get(path)).status_code == 404
    trade = await sign_in.post(client, settings, f"{here}/metier", {"trade": "Couturière"})
    assert trade.status_code == 303
    assert await fetch_value("SELECT review FROM listing WHERE title = 'Couture'") == "waiting"


async def test_the_counter_blocks_and_unblocks_for_who_has_no_telephone(
    client: httpx.AsyncClient, settings: Settings, pair: tuple[Member, Member]
):
    """X9, D6: at her word, with both names on record; who has an address does so alone."""
    alice, bob = pair
    odette = await factories.add_member("Odette", "Faure")
    exchange = await ask(bob, await list_(odette, "Couture"))
    clerk = await factories.add_person("Nadia", "Comptoir")
    await factories.add_role(clerk, Role.DESK)
    await sign_in.as_staff(client, settings, clerk)
    here = f"/comptoir/personnes/{odette.person_public_id}/entraide"
    assert "Elle veut bloquer" in (await client.get(f"{here}/echanges/{exchange}")).text
    done = await sign_in.post(client, settings, f"{here}/echanges/{exchange}/blocage", {})
    assert done.headers["location"].startswith(here)
    async with statements() as said:
        assert "Personnes bloquées" in (await client.get(here)).text
    assert len(said) <= 6, "PERF6"
    assert await titles(bob) == []
    other = {"other": bob.person_public_id}
    await sign_in.post(client, settings, f"{here}/deblocage", other)
    assert "Personnes bloquées" not in (await client.get(here)).text
    assert await titles(bob) == ["Couture"]
    rows = await fetch(
        "SELECT verb, actor_id, subject_id FROM audit_entry"
        " WHERE verb IN ('skills.block', 'skills.unblock') ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        ("skills.block", clerk, odette.person_id),
        ("skills.unblock", clerk, odette.person_id),
    ]
    hers = f"/comptoir/personnes/{alice.person_public_id}/entraide/deblocage"
    assert (await sign_in.post(client, settings, hers, other)).status_code == 404


async def test_paper_says_that_a_neighbour_waits_when_somebody_has_no_telephone(
    client: httpx.AsyncClient, settings: Settings, pair: tuple[Member, Member]
):
    """D6: what no message could say stands on the paper that the counter hands over."""
    odette = await factories.add_member("Odette", "Faure")
    await ask(pair[1], await list_(odette, "Ourlets et rideaux"))
    (line,) = await traces.waiting(odette.person_id)
    assert "Ourlets et rideaux" in line[0]
    assert "Petit" not in line[0]
    clerk = await factories.add_person("Nadia", "Comptoir")
    await factories.add_role(clerk, Role.DESK)
    await sign_in.as_staff(client, settings, clerk)
    path = f"/comptoir/personnes/{odette.person_public_id}/suivi"
    paper = await sign_in.post(client, settings, path)
    assert paper.content.startswith(b"%PDF-")


async def test_somebody_is_blocked_and_met_again_when_its_buttons_are_pressed(
    client: httpx.AsyncClient, settings: Settings, pair: tuple[Member, Member]
):
    """X9."""
    alice, bob = pair
    listing = await list_(alice, "Ourlets")
    await sign_in.as_tenant(client, settings, bob.person_id)
    await sign_in.post(client, settings, f"/entraide/annonces/{listing}/blocage")
    assert "Ourlets" not in (await client.get("/entraide")).text
    shown = (await client.get("/entraide/echanges")).text
    assert "Aliénor M." in shown
    assert "Martin" not in shown
    await sign_in.post(client, settings, f"/entraide/bloques/{alice.person_public_id}/fin")
    assert "Ourlets" in (await client.get("/entraide")).text


async def test_the_words_that_are_kept_as_a_yes_are_those_that_were_read(
    client: httpx.AsyncClient, settings: Settings, pair: tuple[Member, Member]
):
    """X1: on the form of a new listing, of one that changes, and where staff noted one."""
    alice, _ = pair
    mine = "/entraide/mes-annonces"
    noted = Entry(words=words("Ourlets"), source=Source.DESK, agreed=False)
    listing = await skills.enter(await staff(), alice, noted, "noted")
    await sign_in.as_tenant(client, settings, alice.person_id)
    for path in (f"{mine}/nouvelle", f"{mine}/{listing}", mine):
        shown = " ".join((await client.get(path)).text.split())
        assert html.escape(AGREEMENT) in shown, path
    form = {"kind": "offer", "category": "sewing", "title": "Ourlets, rideaux", "version": "1"}
    await sign_in.post(client, settings, f"{mine}/{listing}", form)
    await sign_in.post(client, settings, f"{mine}/{listing}/accord")
    row = await fetch_one("SELECT title, text_shown FROM listing")
    assert row is not None
    assert tuple(row) == ("Ourlets, rideaux", AGREEMENT)
