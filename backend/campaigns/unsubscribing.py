"""Saying no: by one click from a mail (N2), by STOP from a phone, by an address that nobody has.

The link of a mail is sealed: it names person and campaign to us alone, cannot be guessed or changed,
and works logged out. Whoever holds it can say no for that person, and nothing else.
"""

import base64
import binascii
from datetime import datetime
from typing import Literal

import msgspec

from backend.audit import service as audit
from backend.audit.rules import Actor
from backend.audit.service import By
from backend.campaigns.errors import AddressNobodyHas, LinkWrong
from backend.campaigns.rules import MEDIA, SUBJECTS, Kind, Way
from backend.kit import clock
from backend.kit.database import fetch, fetch_one, once_more, transaction, within
from backend.kit.seals import SealBroken
from backend.notifications import surroundings
from backend.people import queries as found
from backend.people import service as people
from backend.people.rules import Address, Channel, Choice, Source, Subject, find_address

HERE = "/desabonnement"
PLACE = "campaign.unsubscribe"


class Asked(msgspec.Struct, frozen=True):
    """What a link is about: `wanted` while these messages still come."""

    person_id: int
    campaign_id: int
    kind: Kind
    club: str
    wanted: bool


def link_for(person_id: int, campaign_id: int) -> str:
    """The full address, of about 100 characters."""
    sealed = surroundings.seals().seal(f"{person_id}:{campaign_id}".encode(), PLACE)
    return surroundings.link(f"{HERE}/{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}")


async def look(token: str) -> Asked:
    """Changes nothing. Raises LinkWrong."""
    person_id, campaign_id = _read(token)
    row = await fetch_one(
        "SELECT c.kind, coalesce((SELECT name FROM club), 'Palier') AS club FROM campaign c"
        " JOIN person p ON p.id = $2 WHERE c.id = $1",
        campaign_id,
        person_id,
    )
    if row is None:
        raise LinkWrong
    kind = Kind(row["kind"])
    wanted = person_id in await found.allowed([person_id], SUBJECTS[kind], MEDIA[Way.EMAIL])
    return Asked(person_id, campaign_id, kind, row["club"], wanted)


@once_more
async def unsubscribe(token: str) -> Asked:
    """The person's no to this purpose by e-mail, in the register; a second click changes nothing.

    Raises LinkWrong.
    """
    asked = await look(token)
    async with transaction():
        await say_no(asked.person_id, SUBJECTS[asked.kind], Way.EMAIL, Source.ONLINE, None)
        await fetch(
            "UPDATE campaign_recipient SET unsubscribed_at = $3 WHERE campaign = $1 AND person = $2"
            " AND unsubscribed_at IS NULL",
            asked.campaign_id,
            asked.person_id,
            clock.now(),
        )
    return msgspec.structs.replace(asked, wanted=False)


async def note_stop(by: By, typed: str) -> int:
    """STOP came back from a number: no more campaigns by SMS to whoever has it; how many people.

    Raises AddressNobodyHas at its field.
    """
    address = find_address(typed)
    if address is None or address.channel is not Channel.SMS:
        raise AddressNobodyHas().at("address")
    async with transaction():
        owners = await _known_owners(address)
        for person_id in owners:
            for subject in SUBJECTS.values():
                await say_no(person_id, subject, Way.SMS, Source.PHONE, by.id)
        await mark(owners, Way.SMS, "unsubscribed_at")
    return len(owners)


async def note_bounce(by: By, typed: str) -> int:
    """A mail came back: campaigns go there no more, until a code sent there is typed again."""
    address = find_address(typed)
    if address is None:
        raise AddressNobodyHas().at("address")
    async with transaction():
        owners = await _known_owners(address)
        await bury(by, address, owners, clock.now())
    return len(owners)


async def bury(by: By, address: Address, owners: list[int], at: datetime) -> None:
    """Nobody has this address since then; the newest such word counts."""
    within()
    await fetch(
        "INSERT INTO dead_address (value, at) VALUES ($1, $2)"
        " ON CONFLICT ON CONSTRAINT dead_address_value_key"
        " DO UPDATE SET at = greatest(dead_address.at, EXCLUDED.at)",
        address.value,
        at,
    )
    await mark(owners, Way(address.channel.value), "bounced_at")
    await audit.note("campaign.bounce", by, people=len(owners))


async def owners_of(address: Address) -> list[int]:
    within()
    return [each.person_id for each in await found.find_by_contact(address.channel, address.value)]


async def _known_owners(address: Address) -> list[int]:
    owners = await owners_of(address)
    if not owners:
        raise AddressNobodyHas().at("address")
    return owners


async def say_no(
    person_id: int, subject: Subject, way: Way, source: Source, recorded_by: int | None
) -> None:
    """`recorded_by` is who of the staff typed it."""
    within()
    said = await people.record_choices(
        person_id, [Choice(subject, MEDIA[way], False)], source, recorded_by
    )
    if said:
        await audit.note(
            "campaign.unsubscribe",
            By(Actor.PERSON, recorded_by or person_id),
            subject_id=person_id,
            subject=subject.value,
            medium=MEDIA[way].value,
        )


async def mark(
    person_ids: list[int], way: Way, column: Literal["unsubscribed_at", "bounced_at"]
) -> None:
    """The newest message that each of them got that way."""
    within()
    await fetch(
        f"UPDATE campaign_recipient SET {column} = $3 WHERE {column} IS NULL AND id IN"  # noqa: S608 - our own words
        " (SELECT DISTINCT ON (person) id FROM campaign_recipient WHERE person = ANY($1)"
        "  AND way = $2 AND outcome = 'sent' ORDER BY person, left_at DESC)",
        person_ids,
        way.value,
        clock.now(),
    )


def _read(token: str) -> tuple[int, int]:
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        person, _, campaign = surroundings.seals().open(sealed, PLACE).decode().partition(":")
        return int(person), int(campaign)
    except (SealBroken, binascii.Error, ValueError):
        raise LinkWrong from None
