"""A household as a whole, changed at the counter."""

import pytest

from backend.audit.service import SYSTEM
from backend.kit.database import fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Category, Proof, Status
from tests.factories import add_dwelling, add_household, add_member
from tests.integration.desk.conftest import Counter, words

TYPED = {"home": "neighbour", "street": "9 rue du Four", "postcode": "80000", "town": "Amiens"}


async def at_home(desk: Counter) -> tuple[str, int, str]:
    """Alice and Bob: the file's address, the household's key, Bob's public id."""
    alice = await add_member("Alice", "Martin", "alice@example.org")
    bob = await membership.add_adult(SYSTEM, alice.household_id, "Bob", "Martin")
    public_id = await fetch_value("SELECT public_id FROM person WHERE id = $1", bob)
    return f"/comptoir/personnes/{alice.person_public_id}/foyer", alice.household_id, public_id


async def test_dwelling_is_changed_for_one_of_the_list(desk: Counter):
    """M5, D6: searched, picked, told to the member."""
    at, household_id, _ = await at_home(desk)
    dwelling = await add_dwelling("L/02 00001", "80000", 2)
    assert "T2 · L/02 00001" in await desk.open(f"{at}/logement?q=tilleuls")
    await desk.done(f"{at}/logement", home=dwelling)
    after = await queries.household_by_id(household_id)
    assert (after.proof, after.category, after.dwelling_id) == (
        Proof.PROVED,
        Category.TENANT,
        dwelling,
    )
    assert "Logement changé" in await desk.open(at.replace("/foyer", "/journal"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Choisissez une réponse de la liste."),
        ({"home": "tenant"}, "Écrivez les 5 chiffres de votre code postal."),
        ({**TYPED, "town": ""}, "Remplissez ce champ."),
        ({"home": "999999999999"}, "Ce logement n"),
    ],
)
async def test_form_says_what_is_missing_and_keeps_what_was_typed(desk: Counter, typed, said):
    at, household_id, _ = await at_home(desk)
    answer = await desk.send(f"{at}/logement?q=tilleuls", **typed)
    assert answer.status_code in {409, 404, 422}
    assert said in words(answer.text)
    assert (await queries.household_by_id(household_id)).proof is Proof.NEIGHBOUR


async def test_household_is_split_at_the_counter(desk: Counter):
    """M5: who goes is ticked; both households are there."""
    at, household_id, bob = await at_home(desk)
    assert "Bob Martin" in await desk.open(f"{at}/separer")
    answer = await desk.send(f"{at}/separer", **TYPED)
    assert "Il faut un adulte dans chaque foyer." in words(answer.text)
    there = await desk.done(f"{at}/separer", person=bob, **TYPED)
    assert there.startswith(f"/comptoir/personnes/{bob}/foyer")
    assert len((await queries.household_by_id(household_id)).adults) == 1


async def test_households_are_joined_at_the_counter(desk: Counter):
    """M5: the number on the other household's card is enough."""
    at, household_id, _ = await at_home(desk)
    other = await add_household("Zoé", "Petit")
    answer = await desk.send(f"{at}/reunir", household="ZZZ-0000")
    assert "Aucun foyer n'a ce numéro." in words(answer.text).replace("’", "'")
    await desk.done(f"{at}/reunir", household=other.household_public_id.lower())
    assert (await queries.standing(household_id)).status is Status.ENDED
    assert len((await queries.household_by_id(other.household_id)).adults) == 3


async def test_household_leaves_the_club(desk: Counter):
    at, household_id, _ = await at_home(desk)
    assert "Alice Martin, Bob Martin" in await desk.open(f"{at}/fin")
    assert (await desk.done(f"{at}/fin")).startswith("/comptoir/personnes")
    assert (await queries.standing(household_id)).status is Status.ENDED


async def test_counter_is_told_when_the_number_is_that_of_an_ended_household(desk: Counter):
    """M5: an old card's number is refused with what to do, and nothing has changed."""
    one, gone = await add_household(), await add_household("Zoé", "Petit")
    await membership.end_household(SYSTEM, gone.household_id)
    for act in ("reunir", "changer"):
        at = f"/comptoir/personnes/{one.person_public_id}/foyer/{act}"
        answer = await desk.send(at, household=gone.household_public_id)
        assert answer.status_code == 409
        assert "Ce foyer est terminé." in words(answer.text)
    assert len((await queries.household_by_id(one.household_id)).adults) == 1
