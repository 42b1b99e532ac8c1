"""Who left: found by name, a file with their history, no right to anything."""

from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock, formats
from backend.kit.database import fetch
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.queries import Member
from backend.membership.rules import Proof, Status
from tests.factories import add_dwelling, add_household, add_member, pay_dues
from tests.integration.desk.conftest import Counter, words


@pytest.fixture
async def bob(db) -> Member:
    """He paid for his household with Alice, and left it today; she stays and pays again."""
    bob = await add_member("Bob", "Martin", "bob@example.org")
    await membership.add_adult(SYSTEM, bob.household_id, "Alice", "Martin")
    await membership.leave(SYSTEM, bob.household_id, bob.person_id)
    return bob


async def test_who_left_is_found_by_name_and_shown_as_former(desk: Counter, bob):
    """M5: a person who left keeps their history, and staff find it by the name."""
    [found] = await queries.search_people("bob martin")
    assert (found.status, found.left_on) == (Status.ENDED, clock.today())
    assert [one.given_name for one in await queries.search_people("martin")] == ["Alice", "Bob"]
    assert "Parti" in await desk.open("/comptoir/personnes?q=bob")
    to = await desk.done("/comptoir/scan", code="Bob Martin")
    page = await desk.open(to)
    assert f"Parti le {formats.day(clock.today())}" in page
    assert bob.household_public_id in page
    assert f"C-{clock.today().year}-00001" in page
    assert "Départ du foyer" in page


async def test_later_receipts_of_the_household_are_not_in_the_file_of_who_left(desk: Counter, bob):
    """SEC11: what the others pay afterwards is theirs alone."""
    with clock.travel(timedelta(days=200)):
        await pay_dues(bob.household_id, 1)
    page = await desk.open(f"/comptoir/personnes/{bob.person_public_id}")
    assert "-00001" in page
    assert "-00002" not in page


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("/bons/nouveau", {"offer": "x", "key": "a"}),
        ("/carte", {}),
        ("/cotisation", {"months": 1, "way": "cash", "key": "a"}),
        ("/adresses", {"address": "x@example.org"}),
    ],
)
async def test_nothing_is_given_to_who_left(desk: Counter, bob, act, said):
    """M5, M6: no voucher, no card, no dues without a household."""
    at = f"/comptoir/personnes/{bob.person_public_id}"
    assert (await desk.send(f"{at}{act}", **said)).status_code == 404
    assert (await desk.browser.get(f"{at}/bons")).status_code == 404


async def test_who_moved_is_found_in_the_new_household_only(desk: Counter, bob):
    """M5: one line a person, where they live now."""
    other = await add_household("Paul", "Roux")
    carla = await membership.add_adult(SYSTEM, other.household_id, "Carla", "Roux")
    await membership.move(SYSTEM, carla, other.household_id, bob.household_id)
    [found] = await queries.search_people("carla")
    assert (found.household_public_id, found.left_on) == (bob.household_public_id, None)


async def test_way_to_a_file_is_kept_in_the_record(desk: Counter, bob):
    """D3: each look at a file says by which way it was opened, from a closed list."""
    paul = await add_household("Paul", "Roux")
    at = f"/comptoir/personnes/{bob.person_public_id}"
    await desk.open(at)
    for said in ("recherche", "carte", "bon", "jour", "autre"):
        await desk.open(f"{at}?par={said}")
    await desk.open(f"/comptoir/personnes/{paul.person_public_id}/foyer?par=carte")
    rows = await fetch(
        "SELECT facts ->> 'way' AS way, actor_id FROM audit_entry WHERE verb = 'file.view'"
        " ORDER BY id"
    )
    ways = ["link", "search", "card", "voucher", "day", "link", "card"]
    assert [(row["way"], row["actor_id"]) for row in rows] == [
        (way, desk.person_id) for way in ways
    ]


TYPED = {"home": "neighbour", "street": "9 rue du Four", "postcode": "80000", "town": "Amiens"}


async def test_who_left_is_taken_back_as_the_person_they_were(desk: Counter, bob):
    """M5: former members come back to a household of their own; their history stays theirs."""
    at = f"/comptoir/personnes/{bob.person_public_id}"
    assert f"{at}/retour" in (await desk.browser.get(at)).text
    dwelling = await add_dwelling("L/02 00001", "80000", 2)
    assert "T2 · L/02 00001" in await desk.open(f"{at}/retour?q=tilleuls")
    to = await desk.done(f"{at}/retour", home=dwelling)
    assert to.startswith(f"{at}/cotisation")
    back = await queries.find_member(bob.person_id)
    assert back is not None
    assert (back.household_id != bob.household_id, back.status()) == (True, Status.PROSPECT)
    assert back.proof is Proof.PROVED
    assert "Adhésion au club" in await desk.open(f"{at}/journal")
    again = await desk.browser.get(f"{at}/retour")
    assert (again.status_code, again.headers["location"]) == (303, at)


async def test_page_of_who_comes_back_says_how_many_days_come_along(desk: Counter, odette):
    """M5: the days a household had paid before it ended; then nothing is asked for."""
    paid = await pay_dues(odette.household_id, 1)
    await membership.end_household(SYSTEM, odette.household_id)
    at = f"/comptoir/personnes/{odette.person_public_id}"
    days = (paid.span.end - clock.today()).days + 1
    assert f"{days} jours déjà payés reviennent" in await desk.open(f"{at}/retour")
    assert (await desk.done(f"{at}/retour", **TYPED)).startswith(f"{at}?")
    assert "Jours déjà payés repris" in await desk.open(f"{at}/journal")


async def test_look_at_the_page_of_who_comes_back_is_on_record(desk: Counter, bob):
    """D3: a name and paid days are shown there as on the file."""
    await desk.open(f"/comptoir/personnes/{bob.person_public_id}/retour?par=recherche")
    rows = await fetch("SELECT subject_id, actor_id FROM audit_entry WHERE verb = 'file.view'")
    assert [tuple(row) for row in rows] == [(bob.person_id, desk.person_id)]


async def test_form_of_who_comes_back_says_what_is_missing(desk: Counter, bob):
    """M5: a refusal founds nothing, and what was typed stays."""
    at = f"/comptoir/personnes/{bob.person_public_id}/retour"
    answer = await desk.send(at, **{**TYPED, "town": ""})
    assert answer.status_code == 422
    assert "Remplissez ce champ." in words(answer.text)
    assert "9 rue du Four" in answer.text
    assert await queries.find_member(bob.person_id) is None
    await desk.done(at, **TYPED)
    assert await queries.find_member(bob.person_id) is not None


async def test_nobody_comes_back_who_is_there_or_is_unknown(desk: Counter, bob):
    paul = await add_household("Paul", "Roux")
    for who in (paul.person_public_id, "nobody"):
        assert (await desk.send(f"/comptoir/personnes/{who}/retour", **TYPED)).status_code == 404
