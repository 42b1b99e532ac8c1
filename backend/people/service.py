"""Persons and contact points: contributions of the use cases that join, invite or correct."""

from collections.abc import Sequence
from datetime import date

from backend.kit import clock, codes, text
from backend.kit.database import fetch, fetch_value, within
from backend.people import queries
from backend.people.consents import NEWEST
from backend.people.errors import LastContact, TooManyContacts
from backend.people.rules import MOST_CONTACTS, Address, Channel, Choice, Source, may_send


async def register(
    given_name: str, family_name: str, *, born_on: date | None = None, language: str = "fr"
) -> int:
    """A new person's key. The same name may be there already: people share names."""
    within()
    given, family = text.normalise_own_name(given_name), text.normalise_own_name(family_name)
    person_id: int = await fetch_value(
        "INSERT INTO person (public_id, given_name, family_name, born_on, language, search,"
        " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        codes.random_id(),
        given,
        family,
        born_on,
        language,
        text.fold(f"{given} {family}"),
        clock.now(),
    )
    return person_id


async def register_all(named: Sequence[tuple[str, str, date | None]]) -> list[int]:
    """New people by given name, family name and birth, in one statement; their keys in this order."""
    within()
    drawn = [codes.random_id() for _ in named]
    names = [
        (text.normalise_name(given), text.normalise_name(family)) for given, family, _ in named
    ]
    rows = await fetch(
        "INSERT INTO person (public_id, given_name, family_name, born_on, language, search,"
        " created_at) SELECT v.a, v.b, v.c, v.d, 'fr', v.e, $6 FROM unnest($1::text[], $2::text[],"
        " $3::text[], $4::date[], $5::text[]) v (a, b, c, d, e) RETURNING id, public_id",
        drawn,
        [given for given, _ in names],
        [family for _, family in names],
        [born_on for _, _, born_on in named],
        [text.fold(f"{given} {family}") for given, family in names],
        clock.now(),
    )
    ids = {row["public_id"]: row["id"] for row in rows}
    return [ids[each] for each in drawn]


async def correct_all(named: Sequence[tuple[int, str, str, date | None]]) -> None:
    """Names and birth of people by their keys, in one statement; a birth that is not said stays."""
    within()
    names = [
        (text.normalise_name(given), text.normalise_name(family)) for _, given, family, _ in named
    ]
    await fetch(
        "UPDATE person p SET given_name = v.b, family_name = v.c, born_on = coalesce(v.d, p.born_on),"
        " search = v.e FROM unnest($1::bigint[], $2::text[], $3::text[], $4::date[], $5::text[])"
        " v (a, b, c, d, e) WHERE p.id = v.a",
        [person_id for person_id, *_ in named],
        [given for given, _ in names],
        [family for _, family in names],
        [born_on for *_, born_on in named],
        [text.fold(f"{given} {family}") for given, family in names],
    )


async def add_contacts(found: Sequence[tuple[int, Address]]) -> None:
    """Addresses of people by their keys, none of them proved yet; one that is there stays."""
    within()
    await fetch(
        "INSERT INTO contact_point (public_id, person, channel, value, created_at)"
        " SELECT v.*, $5 FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) v"
        " ON CONFLICT (person, channel, value) WHERE ended_at IS NULL DO NOTHING",
        [codes.random_id() for _ in found],
        [person_id for person_id, _ in found],
        [address.channel.value for _, address in found],
        [address.value for _, address in found],
        clock.now(),
    )


async def replace_contacts(found: Sequence[tuple[int, Address]]) -> None:
    """The same, each instead of those of its channel that nobody has proved."""
    within()
    await fetch(
        "UPDATE contact_point k SET ended_at = $4 FROM unnest($1::bigint[], $2::text[], $3::text[])"
        " v (a, b, c) WHERE k.person = v.a AND k.channel = v.b AND k.value <> v.c"
        " AND k.verified_at IS NULL AND k.ended_at IS NULL",
        [person_id for person_id, _ in found],
        [address.channel.value for _, address in found],
        [address.value for _, address in found],
        clock.now(),
    )
    await add_contacts(found)


async def rename(person_id: int, given_name: str, family_name: str) -> None:
    within()
    given, family = text.normalise_own_name(given_name), text.normalise_own_name(family_name)
    await fetch(
        "UPDATE person SET given_name = $2, family_name = $3, search = $4 WHERE id = $1",
        person_id,
        given,
        family,
        text.fold(f"{given} {family}"),
    )


async def add_contact(person_id: int, channel: Channel, value: str, *, verified: bool) -> None:
    """The address in its stored form (rules.read_address). One that is there is at most verified."""
    within()
    await _lock_person(person_id)
    moment = clock.now()
    held = await fetch_value(
        "SELECT count(*) FROM contact_point WHERE person = $1 AND ended_at IS NULL AND value <> $2",
        person_id,
        value,
    )
    if held >= MOST_CONTACTS:
        raise TooManyContacts(most=MOST_CONTACTS)
    await fetch(
        "INSERT INTO contact_point (public_id, person, channel, value, verified_at, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (person, channel, value)"
        " WHERE ended_at IS NULL DO UPDATE SET"
        " verified_at = coalesce(contact_point.verified_at, EXCLUDED.verified_at)",
        codes.random_id(),
        person_id,
        channel.value,
        value,
        moment if verified else None,
        moment,
    )


async def verify_contact(person_id: int, channel: Channel, value: str) -> None:
    """A code sent there came back."""
    within()
    await fetch(
        "UPDATE contact_point SET verified_at = $4 WHERE person = $1 AND channel = $2"
        " AND value = $3 AND ended_at IS NULL AND verified_at IS NULL",
        person_id,
        channel.value,
        value,
        clock.now(),
    )


async def end_contact(person_id: int, public_id: str, *, even_last: bool = False) -> str | None:
    """The address that is used no more; None when it is not this person's.

    Raises LastContact: nobody shuts their own door. Staff may, with `even_last`.
    """
    within()
    await _lock_person(person_id)
    value: str | None = await fetch_value(
        "UPDATE contact_point SET ended_at = $3 WHERE person = $1 AND public_id = $2"
        " AND ended_at IS NULL RETURNING value",
        person_id,
        public_id,
        clock.now(),
    )
    if value is not None and not even_last and not await _has_contact(person_id):
        raise LastContact
    return value


async def record_choices(
    person_id: int,
    wanted: list[Choice],
    source: Source,
    recorded_by: int | None = None,
    text_version: str = NEWEST,
) -> list[Choice]:
    """Adds what differs from what stands in the register; gives what was added (N1).

    `recorded_by` is who wrote it down for the person, `text_version` the words that were read.
    """
    within()
    await _lock_person(person_id)
    before = await queries.choices_of(person_id)
    fresh = [
        each for each in wanted if may_send(each.subject, each.medium, before) is not each.given
    ]
    for each in fresh:
        await fetch(
            "INSERT INTO consent (person, subject, medium, given, text_version, source, at,"
            " recorded_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            person_id,
            each.subject.value,
            each.medium.value,
            each.given,
            text_version,
            source.value,
            clock.now(),
            recorded_by,
        )
    return fresh


async def _lock_person(person_id: int) -> None:
    """Two changes at once must not leave somebody with too many addresses, or with none."""
    await fetch("SELECT 1 FROM person WHERE id = $1 FOR UPDATE", person_id)


async def _has_contact(person_id: int) -> bool:
    found: bool = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM contact_point WHERE person = $1 AND ended_at IS NULL)",
        person_id,
    )
    return found
