"""Households as wholes: split, merged, in another dwelling, back again, ended (M5)."""

from collections.abc import Collection, Sequence

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import service as billing
from backend.kit import clock, text
from backend.kit.database import fetch, fetch_one, once_more, transaction
from backend.kit.errors import N_
from backend.membership.errors import SplitWithoutAdult
from backend.membership.queries import Companion, Household
from backend.membership.rules import Category, Proof
from backend.membership.service.cards import add_phone_card
from backend.membership.service.categories import leave_price
from backend.membership.service.companions import (
    enter,
    go,
    hand_receipts_on,
    lock_both,
    lock_living,
    note_of,
)
from backend.membership.service.homes import Home, HomeWish, find_home
from backend.membership.service.joining import Joined, JoinWish, found_household
from backend.membership.service.parting import check_no_plan, check_nothing_open, stop_charges
from backend.membership.service.periods import carry_days, lock_household
from backend.membership.service.returning import bring_days, lock_left
from backend.notifications import service as notifications
from backend.people.errors import PersonMissing


@once_more
async def split(by: By, household_id: int, person_ids: Sequence[int], home: HomeWish) -> Joined:
    """These people found a household of their own. Paid days stay with those who stay.

    Raises SplitWithoutAdult when one of the two would have no adult, HouseholdEnded, PlanStillRuns.
    """
    async with transaction():
        household = await lock_living(household_id)
        going = {one.person_id for one in _check_split(household, set(person_ids))}
        await stop_charges(household, going)
        await hand_receipts_on(household, going)
        first, *others = await go(household, going)
        for one in (first, *others):
            await note_of("person_left", by, household_id, one.person_id)
        wish = _as_wish(home, first.given_name, first.family_name, household.site_id)
        founded = await found_household(wish, by, first.person_id)
        for one in others:
            await enter(founded.household_id, one.person_id, adult=one.adult)
            if one.adult:
                await add_phone_card(founded.household_id, one.person_id)
            await note_of("person_moved_in", by, founded.household_id, one.person_id)
        staying = [one for one in household.adults if one.person_id not in going]
        await _tell(by, [*staying, *others], N_("Votre foyer est séparé en deux."))
    return founded


@once_more
async def merge(by: By, household_id: int, to_household_id: int) -> None:
    """Everybody of one household lives in the other from today on; the first one ends.

    What the first had paid ahead goes on after the days of the other. Raises SameHousehold,
    HouseholdEnded, PlanStillRuns: who pays each month stops that first. So does who has a loan.
    """
    async with transaction():
        household, to = await lock_both(household_id, to_household_id)
        await check_no_plan(household_id)
        await check_nothing_open(household_id)
        await stop_charges(household, _all_of(household))
        await carry_days(household, to)
        gone = await go(household, _all_of(household), goes_on=True)
        for one in gone:
            await enter(to_household_id, one.person_id, adult=one.adult)
            if one.adult:
                await add_phone_card(to_household_id, one.person_id)
            await note_of("person_left", by, household_id, one.person_id)
            await note_of("person_moved_in", by, to_household_id, one.person_id)
        await _note(by, household, "household_merged", into=to.public_id)
        await _tell(by, [*gone, *to.adults], N_("Votre foyer est réuni avec un autre."))


@once_more
async def rehouse(by: By, household_id: int, wish: HomeWish) -> Proof:
    """The household lives elsewhere now; gives what is known of the new dwelling.

    One that another household has goes to "staff will check". The next receipts name the new
    address, those that were issued keep theirs (M9). Raises DwellingUnknown, and
    what `leave_price` does where the price changes with the home.
    """
    async with transaction():
        household = await lock_household(household_id)
        home = await find_home(wish, picked=True)
        proof = _kept_proof(household, home)
        category = _category_there(household, wish)
        await leave_price(household, category)
        home = msgspec.structs.replace(home, proof=proof)
        await _write_home(household_id, wish, home, category)
        await billing.move_payer(household.payer_id, home.street, home.postcode, home.town)
        await _note(by, household, "household_rehoused", proof=proof, was=household.dwelling_id)
        await _tell(by, household.adults, N_("Votre adresse est changée."))
    return proof


async def confirm_stay(by: By, household_id: int) -> None:
    """Staff asked: they still live there, whatever the landlord's list says."""
    async with transaction():
        household = await lock_household(household_id)
        await fetch(
            "UPDATE household SET home_seen_at = $2 WHERE id = $1", household_id, clock.now()
        )
        await _note(by, household, "stay_confirmed")


async def become_neighbours(by: By, household_id: int) -> None:
    """They are nobody's tenants any more: a neighbour's price from the next payment on.

    Raises what `leave_price` does.
    """
    async with transaction():
        household = await lock_household(household_id)
        await leave_price(household, Category.NEIGHBOUR)
        await fetch(
            "UPDATE household SET category = 'neighbour', proof = 'neighbour', dwelling = NULL,"
            " home_seen_at = $2 WHERE id = $1",
            household_id,
            clock.now(),
        )
        await _close_check(by, household_id, Proof.NEIGHBOUR)
        await _note(by, household, "became_neighbours", was=household.dwelling_id)
        await _tell(by, household.adults, N_("Votre tarif devient celui des voisins."))


async def end_household(by: By, household_id: int) -> None:
    """Everybody leaves the club. Paid days wait for who comes back, and are not given back by this.

    Raises HouseholdEnded, PlanStillRuns, DebitUnderWay, and what `check_nothing_open` does.
    """
    async with transaction():
        household = await lock_living(household_id)
        await check_no_plan(household_id)
        await check_nothing_open(household_id)
        await stop_charges(household, _all_of(household))
        gone = await go(household, _all_of(household))
        for one in gone:
            await note_of("person_left", by, household_id, one.person_id)
        await _note(by, household, "household_ended")
        await _tell(by, gone, N_("Vous avez quitté le club."))


@once_more
async def come_back(by: By, person_public_id: str, home: HomeWish, site_id: int | None) -> Joined:
    """A former member founds a household again, as the person they were: their history is there.

    So are the days that their last household had paid, where it has ended. Raises PersonMissing,
    AlreadyInHousehold.
    """
    async with transaction():
        row = await fetch_one(
            "SELECT id, given_name, family_name FROM person WHERE public_id = $1"
            " AND erased_at IS NULL",
            person_public_id,
        )
        if row is None:
            raise PersonMissing
        wish = _as_wish(home, row["given_name"], row["family_name"], site_id)
        left = await lock_left(row["id"])
        joined = await found_household(wish, by, row["id"])
        await bring_days(by, left, joined)
    return joined


def _check_split(household: Household, picked: Collection[int]) -> list[Companion]:
    """Who goes, as they were picked; both households have an adult."""
    goers = [one for one in household.people if one.person_id in picked]
    stays = [one for one in household.people if one.left_on is None and one not in goers]
    left = any(one.left_on is not None for one in goers)
    if left or not any(one.adult for one in goers) or not any(one.adult for one in stays):
        raise SplitWithoutAdult().at("person")
    return goers


def _all_of(household: Household) -> set[int]:
    return {one.person_id for one in household.people if one.left_on is None}


def _as_wish(home: HomeWish, given_name: str, family_name: str, site_id: int | None) -> JoinWish:
    return JoinWish(
        given_name=given_name,
        family_name=family_name,
        site_id=site_id,
        **msgspec.structs.asdict(home),
    )


def _kept_proof(household: Household, home: Home) -> Proof:
    """Their own dwelling picked again is still theirs."""
    own = home.dwelling_id is not None and home.dwelling_id == household.dwelling_id
    return household.proof if own and household.proof is Proof.PROVED else home.proof


def _category_there(household: Household, wish: HomeWish) -> Category:
    """A price of their own goes along to another dwelling, and to no neighbour's home."""
    if wish.category is Category.NEIGHBOUR:
        return Category.NEIGHBOUR
    return Category.TENANT if household.category is Category.NEIGHBOUR else household.category


async def _write_home(household_id: int, wish: HomeWish, home: Home, category: Category) -> None:
    await fetch(
        "UPDATE household SET dwelling = $2, proof = $3, street = $4, postcode = $5, town = $6,"
        " claimed_contract = $7, home_seen_at = $8, category = $9 WHERE id = $1",
        household_id,
        home.dwelling_id,
        home.proof.value,
        home.street,
        home.postcode,
        home.town,
        text.fold_contract(wish.contract) or None,
        clock.now(),
        category.value,
    )
    if home.proof is Proof.TO_CHECK:
        await fetch(
            "INSERT INTO staff_check (household, asked_at) VALUES ($1, $2)"
            " ON CONFLICT (household) WHERE closed_at IS NULL DO NOTHING",
            household_id,
            clock.now(),
        )
    else:
        await _close_check(None, household_id, home.proof)


async def _close_check(by: By | None, household_id: int, outcome: Proof) -> None:
    await fetch(
        "UPDATE staff_check SET closed_at = $2, closed_by = $3, outcome = $4"
        " WHERE household = $1 AND closed_at IS NULL",
        household_id,
        clock.now(),
        None if by is None else by.id,
        outcome.value,
    )


async def _note(by: By, household: Household, verb: str, **facts: object) -> None:
    first = next(iter(household.adults), None)
    await audit.note(
        verb,
        by,
        subject_id=None if first is None else first.person_id,
        object_kind="household",
        object_id=household.public_id,
        **facts,
    )


async def _tell(by: By, people: Sequence[Companion], what: str) -> None:
    for one in people:
        if one.adult:
            await notifications.tell_act(by, one.person_id, what)
