"""Where a household lives: what a contract proves, what staff picked, what is looked at again."""

from typing import Any

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit import clock, text
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.membership.errors import DwellingTaken, DwellingUnknown
from backend.membership.rules import Category, Proof
from backend.membership.service.categories import leave_price
from backend.membership.service.periods import lock_household


class HomeWish(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a home. A tenant's contract number, postcode and rooms prove the dwelling.

    `dwelling_id` is what staff picked from the list: only they may say it.
    """

    category: Category = Category.TENANT
    contract: str = ""
    rooms: int | None = None
    dwelling_id: int | None = None
    street: str = ""
    postcode: str = ""
    town: str = ""


class Home(msgspec.Struct, frozen=True):
    """Where a household lives, as far as we know."""

    dwelling_id: int | None
    proof: Proof
    street: str
    postcode: str
    town: str


async def find_home(wish: HomeWish, *, picked: bool) -> Home:
    """What stands of a home that is said, its dwelling held until the commit. Raises DwellingUnknown."""
    within()
    if wish.category is not Category.TENANT:
        return Home(None, Proof.NEIGHBOUR, wish.street, wish.postcode, wish.town)
    if picked and wish.dwelling_id is not None:
        return await chosen_home(wish.dwelling_id)
    found = await _dwelling(text.fold_contract(wish.contract), wish.postcode, wish.rooms)
    return found or Home(None, Proof.TO_CHECK, wish.street, wish.postcode, wish.town)


async def _dwelling(contract: str, postcode: str, rooms: int | None) -> Home | None:
    """The one dwelling of this contract, held so that two who join at once do not both prove it."""
    row = await fetch_one(
        "SELECT d.id, d.street, d.postcode, d.town FROM dwelling d WHERE d.contract_folded = $1"
        " AND d.postcode = $2 AND d.rooms = $3 AND d.gone_at IS NULL AND $1 <> ''"
        " ORDER BY d.id LIMIT 1 FOR NO KEY UPDATE",
        contract,
        postcode,
        rooms,
    )
    return None if row is None else await _proved(row)


async def chosen_home(dwelling_id: int | None) -> Home:
    """The dwelling that staff picked, held like one that a contract proves. Raises DwellingUnknown."""
    within()
    row = await fetch_one(
        "SELECT d.id, d.street, d.postcode, d.town FROM dwelling d WHERE d.id = $1"
        " AND d.gone_at IS NULL FOR NO KEY UPDATE",
        dwelling_id,
    )
    if row is None:
        raise DwellingUnknown
    return await _proved(row)


async def _proved(row: Any) -> Home:
    """Proved, unless another household has it: then staff look."""
    taken = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM household WHERE dwelling = $1 AND proof = 'proved'"
        " AND ended_at IS NULL)",
        row["id"],
    )
    proof = Proof.TO_CHECK if taken else Proof.PROVED
    return Home(row["id"], proof, row["street"], row["postcode"], row["town"])


async def close_check(
    by: By, household_id: int, outcome: Proof, dwelling_id: int | None = None
) -> None:
    """Staff looked: what is now known of the dwelling. Raises DwellingUnknown, DwellingTaken.

    Proved is a dwelling of the list (`dwelling_id`, or the one the household named itself), which no
    other household has; or one that is not in it yet, by a lease that staff saw. Who turns out to be
    a neighbour pays a neighbour's price from the next payment on: raises what `leave_price` does.
    """
    async with transaction():
        household = await lock_household(household_id)
        meant = dwelling_id or household.dwelling_id
        if outcome is Proof.PROVED and meant is not None:
            await _check_free(meant)
        if outcome is Proof.NEIGHBOUR and household.proof is Proof.TO_CHECK:
            await leave_price(household, Category.NEIGHBOUR)
        await fetch(
            "UPDATE household SET proof = $2, dwelling = coalesce($3, dwelling), home_seen_at = $4,"
            " category = CASE WHEN $2 = 'neighbour' THEN 'neighbour' ELSE category END"
            " WHERE id = $1 AND proof = 'to_check'",
            household_id,
            outcome.value,
            meant if outcome is Proof.PROVED else None,
            clock.now(),
        )
        await fetch(
            "UPDATE staff_check SET closed_at = $2, closed_by = $3, outcome = $4"
            " WHERE household = $1 AND closed_at IS NULL",
            household_id,
            clock.now(),
            by.id,
            outcome.value,
        )
        first = next(iter(household.adults), None)
        await audit.note(
            "check_closed",
            by,
            subject_id=None if first is None else first.person_id,
            object_kind="household",
            object_id=household_id,
            outcome=outcome,
        )


async def _check_free(dwelling_id: int) -> None:
    if (await chosen_home(dwelling_id)).proof is not Proof.PROVED:
        raise DwellingTaken
