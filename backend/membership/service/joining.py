"""Joining: a new household with its first adult."""

from datetime import date

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import service as billing
from backend.kit import clock, codes, keys, text, tile
from backend.kit.database import fetch, fetch_value, once_more, transaction, within
from backend.kit.errors import N_
from backend.membership.rules import Proof
from backend.membership.service.agreeing import agree
from backend.membership.service.cards import add_phone_card
from backend.membership.service.companions import enter
from backend.membership.service.consents import Wanted, note_choices
from backend.membership.service.homes import Home, HomeWish, find_home
from backend.notifications import service as notifications
from backend.people import service as people
from backend.people.consents import NEWEST
from backend.people.rules import Address, Channel, Choice, Source

DRAWS = 2000  # of a public id, before a club with all its 77,000 tiles taken gives up


class JoinWish(HomeWish, frozen=True, kw_only=True):
    """What somebody who joins says, of themselves and of their home.

    `address` is where messages go, None for who has none (M6); `verified` when a code proved it.
    `wanted`: the news they ticked, under the words of `text_version` (N1); what is not ticked is
    no answer.
    """

    given_name: str
    family_name: str
    address: Address | None = None
    verified: bool = False
    born_on: date | None = None
    language: str = "fr"
    site_id: int | None = None
    wanted: Wanted = frozenset()
    text_version: str = NEWEST


class Joined(msgspec.Struct, frozen=True):
    household_id: int
    household_public_id: str
    person_id: int
    person_public_id: str


@once_more
async def join(wish: JoinWish, by: By | None = None, *, key: str = "") -> Joined:
    """A new household with its first adult. Without `by`, the person joins by themselves.

    A dwelling that is not proved, or is another household's already, goes to "staff will check";
    the answer is the same. Sent twice with one `key` it is one household.
    """
    async with transaction():
        before = await keys.earlier("join", key, wish, Joined) if key else None
        if before is not None:
            return before
        joined = await found_household(wish, by)
        if key:
            await keys.keep("join", key, wish, joined)
    return joined


async def found_household(
    wish: JoinWish, by: By | None = None, person_id: int | None = None
) -> Joined:
    """What joining writes, at the desk and by a code alike. A contribution.

    `person_id` is somebody known already who is in no household: a merchant, or who left theirs.
    """
    within()
    home = await find_home(wish, picked=by is not None)
    if person_id is None:
        person_id = await _person(wish)
    payer_id = await _payer(wish, home)
    household_id, public_id = await _household(wish, home, payer_id)
    await enter(household_id, person_id, adult=True)
    await add_phone_card(household_id, person_id)
    await agree(person_id, by)
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
    await note_wanted(wish, person_id, by)
    person_public_id: str = await fetch_value(
        "SELECT public_id FROM person WHERE id = $1", person_id
    )
    return Joined(household_id, public_id, person_id, person_public_id)


async def note_wanted(wish: JoinWish, person_id: int, by: By | None) -> None:
    """The news they want from now on; at the desk whoever heard it writes their own name (N1, D6)."""
    within()
    asked = [Choice(subject, medium, True) for subject, medium in sorted(wish.wanted)]
    source = Source.ONLINE if by is None else Source.DESK
    await note_choices(by or audit.person(person_id), person_id, asked, source, wish.text_version)


async def _person(wish: JoinWish) -> int:
    person_id = await people.register(
        wish.given_name, wish.family_name, born_on=wish.born_on, language=wish.language
    )
    if wish.address is not None:
        channel, value = wish.address
        await people.add_contact(person_id, channel, value, verified=wish.verified)
    return person_id


async def _payer(wish: JoinWish, home: Home) -> int:
    # Each name is refused when it is too long; together they may be longer than one.
    name = f"{text.normalise_name(wish.given_name)} {text.normalise_name(wish.family_name)}"
    by_mail = wish.address is not None and wish.address.channel is Channel.EMAIL
    email = wish.address.value if wish.address is not None and by_mail else None
    return await billing.open_payer(name, home.street, home.postcode, home.town, email)


async def _household(wish: JoinWish, home: Home, payer_id: int) -> tuple[int, str]:
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
