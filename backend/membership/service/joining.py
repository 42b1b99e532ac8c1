"""Joining, and who belongs to a household."""

from datetime import date
from typing import Any

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import service as billing
from backend.kit import clock, codes, text, tile
from backend.kit.database import fetch, fetch_one, fetch_value, once_more, transaction, within
from backend.kit.errors import N_
from backend.membership import queries
from backend.membership.errors import (
    AlreadyInHousehold,
    ChildrenLeftAlone,
    DwellingTaken,
    DwellingUnknown,
    NotInHousehold,
    SameHousehold,
)
from backend.membership.queries import Household
from backend.membership.rules import Category, Proof
from backend.membership.service.cards import add_phone_card
from backend.membership.service.periods import lock_household
from backend.notifications import service as notifications
from backend.people import service as people
from backend.people.rules import Address, Channel

DRAWS = 2000  # of a public id, before a club with all its 77,000 tiles taken gives up


class JoinWish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who joins says. A tenant's contract number, postcode and rooms prove the dwelling.

    `address` is where messages go, None for who has none (M6); `verified` when a code proved it.
    `dwelling_id` is what staff picked from the list: only they may say it.
    """

    given_name: str
    family_name: str
    category: Category = Category.TENANT
    contract: str = ""
    rooms: int | None = None
    dwelling_id: int | None = None
    street: str = ""
    postcode: str = ""
    town: str = ""
    address: Address | None = None
    verified: bool = False
    born_on: date | None = None
    language: str = "fr"
    site_id: int | None = None


class Joined(msgspec.Struct, frozen=True):
    household_id: int
    household_public_id: str
    person_id: int
    person_public_id: str


class _Home(msgspec.Struct, frozen=True):
    """Where a household lives, as far as we know."""

    dwelling_id: int | None
    proof: Proof
    street: str
    postcode: str
    town: str


@once_more
async def join(wish: JoinWish, by: By | None = None) -> Joined:
    """A new household with its first adult. Without `by`, the person joins by themselves.

    A dwelling that is not proved, or is another household's already, goes to "staff will check";
    the answer is the same.
    """
    async with transaction():
        return await found_household(wish, by)


async def found_household(
    wish: JoinWish, by: By | None = None, person_id: int | None = None
) -> Joined:
    """What joining writes, at the desk and by a code alike. A contribution.

    `person_id` is somebody known already who is in no household: a merchant, or who left theirs.
    """
    within()
    home = await _home(wish, picked=by is not None)
    if person_id is None:
        person_id = await _person(wish)
    payer_id = await _payer(wish, home)
    household_id, public_id = await _household(wish, home, payer_id)
    await _enter(household_id, person_id, adult=True)
    await add_phone_card(household_id, person_id)
    if home.proof is Proof.TO_CHECK:
        await fetch(
            "INSERT INTO staff_check (household, asked_at) VALUES ($1, $2)",
            household_id,
            clock.now(),
        )
    await audit.note(
        "household_joined",
        by or audit.person(person_id),
        subject_id=person_id,
        object_kind="household",
        object_id=public_id,
        category=wish.category,
        proof=home.proof,
    )
    if by is not None:
        await notifications.tell_act(by, person_id, N_("Vous êtes inscrit au club."))
    person_public_id: str = await fetch_value(
        "SELECT public_id FROM person WHERE id = $1", person_id
    )
    return Joined(household_id, public_id, person_id, person_public_id)


async def add_adult(
    by: By, household_id: int, given_name: str, family_name: str, address: Address | None = None
) -> int:
    """Another adult of the household, with a card of their own; gives the person's key."""
    async with transaction():
        await lock_household(household_id)
        person_id = await people.register(given_name, family_name)
        if address is not None:
            await people.add_contact(person_id, address.channel, address.value, verified=False)
        await _enter(household_id, person_id, adult=True)
        await add_phone_card(household_id, person_id)
        await _note("adult_added", by, household_id, person_id)
        await notifications.tell_act(by, person_id, N_("Vous êtes inscrit au club."))
    return person_id


async def add_child(
    by: By, household_id: int, given_name: str, family_name: str, born_on: date | None = None
) -> int:
    async with transaction():
        household = await lock_household(household_id)
        person_id = await people.register(given_name, family_name, born_on=born_on)
        await _enter(household_id, person_id, adult=False)
        await _note("child_added", by, household_id, person_id)
        for adult in household.adults[:1]:
            await notifications.tell_act(by, adult.person_id, N_("Un enfant est inscrit."))
    return person_id


async def leave(by: By, household_id: int, person_id: int) -> None:
    """The person is in no household from today on; the row of when they were stays (M5)."""
    async with transaction():
        household = await lock_household(household_id)
        await _go(household, person_id)
        await _note("person_left", by, household_id, person_id)


async def move(by: By, person_id: int, household_id: int, to_household_id: int) -> None:
    """To another household, with a new card. Both paid periods stay as they are, and so does what
    was: rows of when they lived where, vouchers, uses and receipts (M5).

    Raises NotInHousehold, SameHousehold, ChildrenLeftAlone.
    """
    if household_id == to_household_id:
        raise SameHousehold
    async with transaction():
        # Two households are locked in the order of their keys, so that two moves never wait in a ring.
        for each in sorted((household_id, to_household_id)):
            await lock_household(each)
        household = await queries.household_by_id(household_id)
        adult = await _go(household, person_id)
        await _enter(to_household_id, person_id, adult=adult)
        if adult:
            await add_phone_card(to_household_id, person_id)
        await _note("person_left", by, household_id, person_id)
        await _note("person_moved_in", by, to_household_id, person_id)
        await notifications.tell_act(by, person_id, N_("Vous avez changé de foyer."))


async def _go(household: Household, person_id: int) -> bool:
    """Ends the stay and the cards that name this household; whether an adult went."""
    staying = [one for one in household.people if one.left_on is None]
    goes = next((one for one in staying if one.person_id == person_id), None)
    if goes is None:
        raise NotInHousehold
    rest = [one for one in staying if one.person_id != person_id]
    if rest and not any(one.adult for one in rest):
        raise ChildrenLeftAlone
    await fetch(
        "UPDATE household_member SET left_on = $3 WHERE household = $1 AND person = $2"
        " AND left_on IS NULL",
        household.id,
        person_id,
        clock.today(),
    )
    await fetch(
        "UPDATE card SET revoked_at = $2 WHERE person = $1 AND revoked_at IS NULL",
        person_id,
        clock.now(),
    )
    return goes.adult


async def close_check(
    by: By, household_id: int, outcome: Proof, dwelling_id: int | None = None
) -> None:
    """Staff looked: what is now known of the dwelling. Raises DwellingUnknown, DwellingTaken.

    Proved is a dwelling of the list (`dwelling_id`, or the one the household named itself), which no
    other household has; or one that is not in it yet, by a lease that staff saw. Who turns out to be a neighbour pays a neighbour's price from the next payment on.
    """
    async with transaction():
        household = await lock_household(household_id)
        home = None
        meant = dwelling_id or household.dwelling_id
        if outcome is Proof.PROVED and meant is not None:
            home = await _chosen(meant)
            if home.proof is not Proof.PROVED:
                raise DwellingTaken
        await fetch(
            "UPDATE household SET proof = $2, dwelling = coalesce($3, dwelling),"
            " category = CASE WHEN $2 = 'neighbour' THEN 'neighbour' ELSE category END"
            " WHERE id = $1 AND proof = 'to_check'",
            household_id,
            outcome.value,
            None if home is None else home.dwelling_id,
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


async def _home(wish: JoinWish, *, picked: bool) -> _Home:
    if wish.category is not Category.TENANT:
        return _Home(None, Proof.NEIGHBOUR, wish.street, wish.postcode, wish.town)
    if picked and wish.dwelling_id is not None:
        return await _chosen(wish.dwelling_id)
    found = await _dwelling(text.fold_contract(wish.contract), wish.postcode, wish.rooms)
    return found or _Home(None, Proof.TO_CHECK, wish.street, wish.postcode, wish.town)


async def _dwelling(contract: str, postcode: str, rooms: int | None) -> _Home | None:
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


async def _chosen(dwelling_id: int | None) -> _Home:
    """The dwelling that staff picked, held like one that a contract proves. Raises DwellingUnknown."""
    row = await fetch_one(
        "SELECT d.id, d.street, d.postcode, d.town FROM dwelling d WHERE d.id = $1"
        " AND d.gone_at IS NULL FOR NO KEY UPDATE",
        dwelling_id,
    )
    if row is None:
        raise DwellingUnknown
    return await _proved(row)


async def _proved(row: Any) -> _Home:
    """Proved, unless another household has it: then staff look."""
    taken = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM household WHERE dwelling = $1 AND proof = 'proved'"
        " AND ended_at IS NULL)",
        row["id"],
    )
    proof = Proof.TO_CHECK if taken else Proof.PROVED
    return _Home(row["id"], proof, row["street"], row["postcode"], row["town"])


async def _person(wish: JoinWish) -> int:
    person_id = await people.register(
        wish.given_name, wish.family_name, born_on=wish.born_on, language=wish.language
    )
    if wish.address is not None:
        channel, value = wish.address
        await people.add_contact(person_id, channel, value, verified=wish.verified)
    return person_id


async def _payer(wish: JoinWish, home: _Home) -> int:
    # Each name is refused when it is too long; together they may be longer than one.
    name = f"{text.normalise_name(wish.given_name)} {text.normalise_name(wish.family_name)}"
    by_mail = wish.address is not None and wish.address.channel is Channel.EMAIL
    email = wish.address.value if wish.address is not None and by_mail else None
    return await billing.open_payer(name, home.street, home.postcode, home.town, email)


async def _household(wish: JoinWish, home: _Home, payer_id: int) -> tuple[int, str]:
    """The household under a public id whose tile nobody in the club has."""
    for _ in range(DRAWS):
        public_id = codes.public_id()
        household_id = await fetch_value(
            "INSERT INTO household (public_id, tile, payer, category, proof, claimed_contract,"
            " dwelling, site, street, postcode, town, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
            " ON CONFLICT ON CONSTRAINT household_tile_key DO NOTHING RETURNING id",
            public_id,
            tile.tile_number(public_id),
            payer_id,
            wish.category.value,
            home.proof.value,
            text.fold_contract(wish.contract) or None,
            home.dwelling_id,
            wish.site_id,
            home.street,
            home.postcode,
            home.town,
            clock.now(),
        )
        if household_id is not None:
            return household_id, public_id
    raise RuntimeError("no free tile was drawn")


async def _enter(household_id: int, person_id: int, *, adult: bool) -> None:
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


async def _note(verb: str, by: By, household_id: int, person_id: int) -> None:
    await audit.note(
        verb, by, subject_id=person_id, object_kind="household", object_id=household_id
    )
