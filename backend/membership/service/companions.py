"""Who belongs to a household: who comes, goes and moves. Paid periods stay as they are (M5)."""

from collections.abc import Collection
from datetime import date

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import service as billing
from backend.kit import clock, keys
from backend.kit.database import fetch, fetch_value, transaction, within
from backend.kit.errors import N_
from backend.membership.errors import (
    AlreadyInHousehold,
    ChildrenLeftAlone,
    HouseholdEnded,
    NotInHousehold,
    SameHousehold,
)
from backend.membership.queries import Companion, Household
from backend.membership.service.cards import add_phone_card
from backend.membership.service.parting import check_no_plan, check_nothing_open, stop_charges
from backend.membership.service.periods import carry_days, lock_household
from backend.notifications import service as notifications
from backend.people import service as people
from backend.people.queries import contacts_of
from backend.people.rules import Address


async def add_adult(
    by: By,
    household_id: int,
    given_name: str,
    family_name: str,
    address: Address | None = None,
    *,
    key: str = "",
) -> int:
    """Another adult of the household, with a card of their own; gives the person's key.

    Sent twice with one `key` it is one person. Raises HouseholdEnded.
    """
    body = [household_id, given_name, family_name, address]
    async with transaction():
        before = await keys.earlier("adult", key, body, int) if key else None
        if before is not None:
            return before
        await lock_living(household_id)
        person_id = await people.register(given_name, family_name)
        if address is not None:
            await people.add_contact(person_id, address.channel, address.value, verified=False)
        await enter(household_id, person_id, adult=True)
        await add_phone_card(household_id, person_id)
        await note_of("adult_added", by, household_id, person_id)
        await notifications.tell_act(by, person_id, N_("Vous êtes inscrit au club."))
        if key:
            await keys.keep("adult", key, body, person_id)
    return person_id


async def add_child(
    by: By,
    household_id: int,
    given_name: str,
    family_name: str,
    born_on: date | None = None,
    *,
    key: str = "",
) -> int:
    """Sent twice with one `key` it is one child. Raises HouseholdEnded."""
    body = [household_id, given_name, family_name, born_on]
    async with transaction():
        before = await keys.earlier("child", key, body, int) if key else None
        if before is not None:
            return before
        household = await lock_living(household_id)
        person_id = await people.register(given_name, family_name, born_on=born_on)
        await enter(household_id, person_id, adult=False)
        await note_of("child_added", by, household_id, person_id)
        for adult in household.adults[:1]:
            await notifications.tell_act(by, adult.person_id, N_("Un enfant est inscrit."))
        if key:
            await keys.keep("child", key, body, person_id)
    return person_id


async def leave(by: By, household_id: int, person_id: int) -> None:
    """The person is in no household from today on; the row of when they were stays (M5).

    Raises NotInHousehold, ChildrenLeftAlone, PlanStillRuns, and, of the last one, what
    `check_nothing_open` does.
    """
    async with transaction():
        household = await lock_household(household_id)
        if _is_last(household, person_id):
            await check_nothing_open(household_id)
        await stop_charges(household, {person_id})
        await hand_receipts_on(household, {person_id})
        await go(household, {person_id})
        await note_of("person_left", by, household_id, person_id)
        await notifications.tell_act(by, person_id, N_("Vous avez quitté votre foyer."))


async def move(by: By, person_id: int, household_id: int, to_household_id: int) -> None:
    """To another household, with a new card. Both paid periods stay as they are, and so does what
    was: rows of when they lived where, vouchers, uses and receipts (M5). With its last person the
    household ends: what it has paid ahead goes on in the other.

    Raises NotInHousehold, SameHousehold, ChildrenLeftAlone, HouseholdEnded, PlanStillRuns, and, of
    the last one, what `check_nothing_open` does.
    """
    async with transaction():
        household, to = await lock_both(household_id, to_household_id)
        await stop_charges(household, {person_id})
        if _is_last(household, person_id):
            await check_nothing_open(household_id)
            await carry_days(household, to)
        await hand_receipts_on(household, {person_id})
        [gone] = await go(household, {person_id}, goes_on=True)
        await enter(to_household_id, person_id, adult=gone.adult)
        if gone.adult:
            await add_phone_card(to_household_id, person_id)
        await note_of("person_left", by, household_id, person_id)
        await note_of("person_moved_in", by, to_household_id, person_id)
        await notifications.tell_act(by, person_id, N_("Vous avez changé de foyer."))


def _is_last(household: Household, person_id: int) -> bool:
    staying = [one.person_id for one in household.people if one.left_on is None]
    return staying == [person_id]


async def lock_both(household_id: int, to_household_id: int) -> tuple[Household, Household]:
    """Two households that people go between. Raises SameHousehold, HouseholdEnded."""
    within()
    if household_id == to_household_id:
        raise SameHousehold
    # In the order of their keys, so that two moves never wait in a ring.
    both = {each: await lock_living(each) for each in sorted((household_id, to_household_id))}
    return both[household_id], both[to_household_id]


async def lock_living(household_id: int) -> Household:
    """Held, and there to be changed: what another request ended meanwhile is. Raises HouseholdEnded."""
    within()
    household = await lock_household(household_id)
    if household.ended_on is not None:
        raise HouseholdEnded
    return household


async def go(
    household: Household, going: Collection[int], *, goes_on: bool = False
) -> list[Companion]:
    """Ends the stays of these people together, and the cards that name this household; gives who they
    are, adults first.

    With its last people the household ends too: its rows stay, its dwelling is free, and what was
    ordered and not paid is asked for no more, whoever of them ordered it. `goes_on`: they live in
    another household, which has what still comes by transfer. Raises NotInHousehold,
    ChildrenLeftAlone, and of the last ones what `check_no_plan` does.
    """
    within()
    staying = [one for one in household.people if one.left_on is None]
    gone = sorted((one for one in staying if one.person_id in going), key=lambda one: not one.adult)
    rest = [one for one in staying if one not in gone]
    if len(gone) != len(set(going)):
        raise NotInHousehold
    if rest and not any(one.adult for one in rest):
        raise ChildrenLeftAlone
    await fetch(
        "UPDATE household_member SET left_on = $3, others_stayed = $4 WHERE household = $1"
        " AND person = ANY($2) AND left_on IS NULL",
        household.id,
        list(going),
        clock.today(),
        bool(rest),
    )
    await fetch(
        "UPDATE card SET revoked_at = $2 WHERE person = ANY($1) AND revoked_at IS NULL",
        list(going),
        clock.now(),
    )
    if not rest:
        await check_no_plan(household.id)
        await billing.give_up_orders(household.payer_id, transfers=not goes_on)
        await fetch("UPDATE household SET ended_at = $2 WHERE id = $1", household.id, clock.now())
    return gone


async def hand_receipts_on(household: Household, going: Collection[int]) -> None:
    """Those to come are made out to somebody who is still there; those that were issued stay (M9)."""
    within()
    stays = next((one for one in household.adults if one.person_id not in going), None)
    for one in household.adults:
        if one.person_id in going and stays is not None:
            addresses = [contact.value for contact in await contacts_of(one.person_id)]
            await billing.hand_on(household.payer_id, one.name, stays.name, addresses)


async def enter(household_id: int, person_id: int, *, adult: bool) -> None:
    """Raises AlreadyInHousehold, HouseholdEnded."""
    within()
    if await fetch_value("SELECT ended_at FROM household WHERE id = $1", household_id):
        raise HouseholdEnded
    entered = await fetch_value(
        "INSERT INTO household_member (household, person, adult, joined_on)"
        " VALUES ($1, $2, $3, $4) ON CONFLICT (person) WHERE left_on IS NULL DO NOTHING"
        " RETURNING id",
        household_id,
        person_id,
        adult,
        clock.today(),
    )
    if entered is None:
        raise AlreadyInHousehold


async def note_of(verb: str, by: By, household_id: int, person_id: int) -> None:
    within()
    await audit.note(
        verb, by, subject_id=person_id, object_kind="household", object_id=household_id
    )
