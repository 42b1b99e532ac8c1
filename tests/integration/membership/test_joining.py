"""Joining a club and living in a household."""

import asyncio
from typing import Any

import pytest

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing.rules import PayWay
from backend.kit import tile
from backend.kit.database import fetch, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.errors import ChildrenLeftAlone, NotInHousehold, SameHousehold
from backend.membership.rules import CardKind, Category, Proof, Status
from backend.membership.service import JoinWish
from tests.conftest import Database
from tests.factories import add_dwelling, add_household, add_member, add_person, open_drawer

TENANT: dict[str, Any] = {
    "category": Category.TENANT,
    "contract": "l/o1 002o6",
    "postcode": "80000",
    "rooms": 3,
}


async def checks() -> int:
    count: int = await fetch_value("SELECT count(*) FROM staff_check WHERE closed_at IS NULL")
    return count


async def test_dwelling_is_proved_when_contract_postcode_and_rooms_agree(db: Database):
    dwelling = await add_dwelling("L/01 00206", "80000", 3)
    joined = await add_household(**TENANT)
    household = await queries.household(joined.household_public_id)
    assert household.proof is Proof.PROVED
    assert household.street == "2 rue des Tilleuls"
    assert await fetch_value("SELECT dwelling FROM household") == dwelling
    assert await checks() == 0


@pytest.mark.parametrize(
    "wrong", [{"contract": "L/0100207"}, {"postcode": "80001"}, {"rooms": 2}, {"contract": ""}]
)
async def test_staff_check_is_asked_when_anything_is_wrong(db: Database, wrong):
    await add_dwelling("L/01 00206", "80000", 3)
    joined = await add_household(**{**TENANT, **wrong})
    assert (await queries.household(joined.household_public_id)).proof is Proof.TO_CHECK
    assert await checks() == 1


async def test_staff_check_is_asked_when_the_dwelling_has_a_household(db: Database):
    await add_dwelling("L/01 00206", "80000", 3)
    first = await add_household(**TENANT)
    second = await add_household("Bob", "Petit", **TENANT)
    assert (await queries.household(first.household_public_id)).proof is Proof.PROVED
    assert (await queries.household(second.household_public_id)).proof is Proof.TO_CHECK
    assert await checks() == 1


async def test_staff_settle_what_they_checked(db: Database):
    joined = await add_household(**{**TENANT, "contract": ""})
    clerk = By(Actor.PERSON, await add_person())
    await membership.close_check(clerk, joined.household_id, Proof.PROVED)
    assert (await queries.household(joined.household_public_id)).proof is Proof.PROVED
    assert await checks() == 0


async def test_a_neighbour_proves_nothing_and_has_another_price(db: Database):
    joined = await add_household(category=Category.NEIGHBOUR)
    assert (await queries.household(joined.household_public_id)).proof is Proof.NEIGHBOUR
    assert await checks() == 0


async def test_joining_works_without_any_address(db: Database):
    """M6: no e-mail and no phone; such a member gets a paper card with a token that is revocable."""
    await open_drawer()
    clerk = By(Actor.PERSON, await add_person("Nadia", "Comptoir"))
    joined = await membership.join(
        JoinWish(given_name="Odette", family_name="Leroy", category=Category.NEIGHBOUR), clerk
    )
    taken = await membership.take_dues(
        clerk, joined.household_id, 12, PayWay.CASH, None, key="odette"
    )
    assert taken.receipt.startswith("C-")
    assert await fetch_value("SELECT way FROM message WHERE kind = 'dues.paid'") == "paper"
    card = await membership.make_paper_card(clerk, joined.person_id)
    held = await queries.card_of(joined.person_id, CardKind.PAPER)
    assert held is not None
    assert held.card_public_id == card.public_id
    again = await membership.make_paper_card(clerk, joined.person_id)
    assert again.token != card.token
    await membership.revoke_card(clerk, again.public_id)
    assert await queries.card_of(joined.person_id, CardKind.PAPER) is None


async def test_a_household_names_its_adults_and_children(db: Database):
    """M5: one membership; each adult has a card, a child has none."""
    joined = await add_household()
    by = By(Actor.PERSON, joined.person_id)
    bob = await membership.add_adult(by, joined.household_id, "Bob", "Martin")
    lou = await membership.add_child(by, joined.household_id, "Lou", "Martin")
    household = await queries.household(joined.household_public_id)
    assert [one.name for one in household.adults] == ["Alice Martin", "Bob Martin"]
    assert [one.name for one in household.children] == ["Lou Martin"]
    assert await queries.card_of(bob, CardKind.PHONE) is not None
    assert await queries.card_of(lou, CardKind.PHONE) is None
    with pytest.raises(NotInHousehold):
        await membership.make_paper_card(by, lou)


async def test_history_stays_when_somebody_leaves(db: Database):
    """M5: who lived where and when is kept, and no period is shortened."""
    await open_drawer()
    joined = await add_household()
    by = By(Actor.PERSON, joined.person_id)
    bob = await membership.add_adult(by, joined.household_id, "Bob", "Martin")
    await membership.take_dues(by, joined.household_id, 12, PayWay.CASH, None, key="a")
    before = await queries.periods_of(joined.household_id)
    await membership.leave(by, joined.household_id, bob)
    household = await queries.household(joined.household_public_id)
    assert [one.name for one in household.adults] == ["Alice Martin"]
    assert [one.name for one in household.people if one.left_on is not None] == ["Bob Martin"]
    assert await queries.find_member(bob) is None
    assert await queries.card_of(bob, CardKind.PHONE) is None
    assert await queries.periods_of(joined.household_id) == before
    with pytest.raises(NotInHousehold):
        await membership.leave(by, joined.household_id, bob)


async def test_every_household_has_a_tile_of_its_own(db: Database, monkeypatch):
    """The public id is drawn again while its tile is taken."""
    first = await add_household()
    drawn = iter([first.household_public_id, first.household_public_id, "BCD-0001"])
    monkeypatch.setattr("backend.kit.codes.public_id", lambda: next(drawn))
    second = await add_household("Bob", "Petit")
    assert second.household_public_id == "BCD-0001"
    assert await fetch_value("SELECT count(DISTINCT tile) FROM household") == 2


async def test_people_are_found_by_the_beginnings_of_their_names(db: Database):
    joined = await add_household("Zoé", "Lefèvre-Dubois")
    await add_household("Zacharie", "Lambert")
    for typed in ("zoe", "LEFEV zoé", "dub", joined.household_public_id.lower()):
        found = await queries.search_people(typed)
        assert [one.given_name for one in found] == ["Zoé"], typed
        assert found[0].status is Status.PROSPECT
    assert [one.given_name for one in await queries.search_people("z")] == ["Zacharie", "Zoé"]
    assert await queries.search_people("%") == []
    assert await queries.search_people("efevre") == []


async def test_joining_leaves_a_trace_without_the_contract(db: Database):
    await add_household(**TENANT)
    rows = await fetch("SELECT verb, facts::text AS facts FROM audit_entry")
    assert [row["verb"] for row in rows] == ["household_joined"]
    assert "206" not in rows[0]["facts"]


def test_looks_alike_means_same_number():
    """A mill turned a quarter looks as it did: its number is the same."""
    names = [f"{letters}-{number:04d}" for letters in ("BCD", "FGH") for number in range(2000)]
    by_number: dict[int, set[str]] = {}
    for name in names:
        by_number.setdefault(tile.tile_number(name), set()).add(tile.tile_inner(name))
    assert all(len(drawings) == 1 for drawings in by_number.values())
    assert len(by_number) == len({tile.tile_inner(name) for name in names})


async def two_paid_homes() -> tuple[Any, Any]:
    one, other = await add_member("Alice", "Martin"), await add_member("Bob", "Roux")
    by = By(Actor.PERSON, one.person_id)
    await membership.add_adult(by, one.household_id, "Chloé", "Martin")
    await membership.add_adult(by, other.household_id, "David", "Roux")
    return one, other


async def test_an_adult_moves_and_no_period_gets_shorter(db: Database):
    """M5: moving one adult to another household keeps history and never shortens either period."""
    one, other = await two_paid_homes()
    periods = await fetch("SELECT household, during FROM period ORDER BY id")
    by = By(Actor.PERSON, one.person_id)
    await membership.move(by, one.person_id, one.household_id, other.household_id)
    assert await fetch("SELECT household, during FROM period ORDER BY id") == periods
    moved = await queries.find_member(one.person_id)
    assert moved is not None
    assert moved.household_id == other.household_id
    stays = await fetch(
        "SELECT household, left_on IS NULL AS stays FROM household_member WHERE person = $1"
        " ORDER BY id",
        one.person_id,
    )
    assert [tuple(row) for row in stays] == [
        (one.household_id, False),
        (other.household_id, True),
    ]
    cards = await fetch(
        "SELECT household FROM card WHERE person = $1 AND revoked_at IS NULL", one.person_id
    )
    assert [row["household"] for row in cards] == [other.household_id]


async def test_children_are_never_left_alone_when_somebody_moves(db: Database):
    one, other = await add_member("Alice", "Martin"), await add_member("Bob", "Roux")
    by = By(Actor.PERSON, one.person_id)
    await membership.add_child(by, one.household_id, "Lou", "Martin")
    with pytest.raises(ChildrenLeftAlone):
        await membership.move(by, one.person_id, one.household_id, other.household_id)
    with pytest.raises(SameHousehold):
        await membership.move(by, one.person_id, one.household_id, one.household_id)


async def test_two_move_across_each_other_at_once(db: Database):
    """M5: households are locked in one order, so neither waits for the other in a ring."""
    one, other = await two_paid_homes()
    by = By(Actor.PERSON, one.person_id)
    await asyncio.gather(
        membership.move(by, one.person_id, one.household_id, other.household_id),
        membership.move(by, other.person_id, other.household_id, one.household_id),
    )
    moved = [await queries.find_member(each.person_id) for each in (one, other)]
    assert [each and each.household_id for each in moved] == [other.household_id, one.household_id]
