"""Saying no: by one click from a mail (N2), by STOP from a phone, by an address that nobody has.

The link of a mail is sealed: it names person and campaign to us alone, cannot be guessed or changed,
and works logged out. Whoever holds it can say no for that person, and nothing else.
"""

import base64
import binascii

import msgspec

from backend.audit import service as audit
from backend.audit.rules import Actor
from backend.audit.service import By
from backend.campaigns.errors import AddressNobodyHas, LinkWrong
from backend.campaigns.rules import MEDIA, SUBJECTS, Kind, Way
from backend.kit import clock
from backend.kit.database import fetch, fetch_one, once_more, transaction
from backend.kit.errors import Invalid
from backend.kit.seals import SealBroken
from backend.notifications import surroundings
from backend.people import queries as found
from backend.people import service as people
from backend.people.rules import Address, Channel, Choice, Source, Subject, read_address

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
        await _say_no(asked.person_id, SUBJECTS[asked.kind], Way.EMAIL, Source.ONLINE, None)
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

    Raises AddressNobodyHas at its field, or what is wrong with the number.
    """
    address, owners = await _owners(typed)
    if address.channel is not Channel.SMS:
        raise AddressNobodyHas().at("address")
    async with transaction():
        for person_id in owners:
            for subject in SUBJECTS.values():
                await _say_no(person_id, subject, Way.SMS, Source.PHONE, by.id)
        await _mark("unsubscribed_at", owners, Way.SMS)
    return len(owners)


async def note_bounce(by: By, typed: str) -> int:
    """A mail came back: campaigns go there no more, until a code sent there is typed again."""
    address, owners = await _owners(typed)
    async with transaction():
        await fetch(
            "INSERT INTO dead_address (value, at) VALUES ($1, $2)"
            " ON CONFLICT ON CONSTRAINT dead_address_value_key DO UPDATE SET at = EXCLUDED.at",
            address.value,
            clock.now(),
        )
        await _mark("bounced_at", owners, Way(address.channel.value))
        await audit.note("campaign.bounce", by, people=len(owners))
    return len(owners)


async def _owners(typed: str) -> tuple[Address, list[int]]:
    try:
        address = read_address(typed)
    except Invalid as wrong:
        raise AddressNobodyHas().at("address") from wrong
    owners = await found.find_by_contact(address.channel, address.value)
    if not owners:
        raise AddressNobodyHas().at("address")
    return address, [each.person_id for each in owners]


async def _say_no(
    person_id: int, subject: Subject, way: Way, source: Source, recorded_by: int | None
) -> None:
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


async def _mark(column: str, person_ids: list[int], way: Way) -> None:
    """The newest message that each of them got that way."""
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
