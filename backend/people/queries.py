"""Who a person is and where messages reach them."""

from datetime import datetime
from typing import Any

import msgspec

from backend.audit.rules import Actor
from backend.kit.database import fetch, fetch_as, fetch_one_as
from backend.people.rules import (
    WITHOUT_A_WORD,
    Address,
    Channel,
    Choice,
    Medium,
    Source,
    Subject,
)


class PersonCard(msgspec.Struct, frozen=True):
    person_id: int
    public_id: str
    given_name: str
    family_name: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class Contact(msgspec.Struct, frozen=True):
    public_id: str
    channel: Channel
    value: str
    verified_at: datetime | None

    @property
    def address(self) -> Address:
        return Address(Channel(self.channel), self.value)


async def find_person(person_id: int) -> PersonCard | None:
    return await fetch_one_as(
        PersonCard,
        "SELECT id AS person_id, public_id, given_name, family_name FROM person"
        " WHERE id = $1 AND erased_at IS NULL",
        person_id,
    )


async def find_by_contact(channel: Channel, value: str) -> list[PersonCard]:
    """Everybody behind one address, in its stored form."""
    return await fetch_as(
        PersonCard,
        "SELECT p.id AS person_id, p.public_id, p.given_name, p.family_name FROM contact_point c"
        " JOIN person p ON p.id = c.person WHERE c.value = $1 AND c.channel = $2"
        " AND c.ended_at IS NULL AND p.erased_at IS NULL ORDER BY p.search, p.id",
        value,
        channel.value,
    )


async def contacts_of(person_id: int) -> list[Contact]:
    """E-mail first, then in the order they came."""
    return await fetch_as(
        Contact,
        "SELECT public_id, channel, value, verified_at FROM contact_point"
        " WHERE person = $1 AND ended_at IS NULL ORDER BY channel, id",
        person_id,
    )


async def best_contact(person_id: int) -> Address | None:
    """Where a service message goes: verified before typed, e-mail (free) before SMS."""
    rows = await fetch(
        "SELECT channel, value FROM contact_point WHERE person = $1 AND ended_at IS NULL"
        " ORDER BY verified_at IS NULL, channel, id LIMIT 1",
        person_id,
    )
    return Address(Channel(rows[0]["channel"]), rows[0]["value"]) if rows else None


class Reached(msgspec.Struct, frozen=True):
    """An address of somebody, and whether they want reminders by its channel."""

    address: Address
    wants_reminders: bool


async def reached_at(person_id: int) -> list[Reached]:
    """All addresses, the best first: a channel by which they want reminders, then as best_contact."""
    rows = await fetch(
        "SELECT c.channel, c.value, coalesce(said.given, $2) AS wanted FROM contact_point c"
        " LEFT JOIN LATERAL (SELECT k.given FROM consent k WHERE k.person = c.person"
        "  AND k.subject = 'reminders' AND k.medium = c.channel ORDER BY k.id DESC LIMIT 1) said"
        " ON true WHERE c.person = $1 AND c.ended_at IS NULL"
        " ORDER BY coalesce(said.given, $2) DESC, c.verified_at IS NULL, c.channel, c.id",
        person_id,
        Subject.REMINDERS in WITHOUT_A_WORD,
    )
    return [Reached(Address(Channel(row["channel"]), row["value"]), row["wanted"]) for row in rows]


async def allowed(person_ids: list[int], subject: Subject, medium: Medium) -> set[int]:
    """Those of these persons whom a message for this purpose may reach by this channel (N1).

    One statement, the same decision as rules.may_send; nobody who was erased. Whether they have an
    address there is another question.
    """
    rows = await fetch(
        "SELECT p.id FROM person p LEFT JOIN LATERAL (SELECT c.given FROM consent c"
        "  WHERE c.person = p.id AND c.subject = $2 AND c.medium = $3 ORDER BY c.id DESC LIMIT 1)"
        " said ON true WHERE p.id = ANY($1) AND p.erased_at IS NULL"
        " AND ($2 = 'service' OR coalesce(said.given, $4))",
        person_ids,
        subject.value,
        medium.value,
        subject in WITHOUT_A_WORD,
    )
    return {row["id"] for row in rows}


async def choices_of(person_id: int) -> list[Choice]:
    """Every word of a person, oldest first, as rules.may_send reads them."""
    rows = await fetch(
        "SELECT subject, medium, given FROM consent WHERE person = $1 ORDER BY id", person_id
    )
    return [Choice(Subject(row[0]), Medium(row[1]), row[2]) for row in rows]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the register. `by` is who wrote it down, "" for the person."""

    subject: Subject
    medium: Medium
    given: bool
    text_version: str
    source: Source
    at: datetime
    by: str


async def said_by(person_id: int) -> list[Said]:
    """The register of one person, newest first."""
    rows = await fetch(
        "SELECT c.subject, c.medium, c.given, c.text_version, c.source, c.at,"
        " concat_ws(' ', b.given_name, b.family_name) AS by FROM consent c"
        " LEFT JOIN person b ON b.id = c.recorded_by WHERE c.person = $1 ORDER BY c.id DESC",
        person_id,
    )
    return [msgspec.convert(dict(row), Said) for row in rows]


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the record about somebody. `by` is a person's name, "" for a till or the house."""

    at: datetime
    verb: str
    actor: Actor
    by: str
    own: bool
    facts: dict[str, Any]


async def acts_about(
    person_ids: list[int], limit: int, *, since: datetime | None = None
) -> list[Act]:
    """What was done for or by these persons, newest first; looks at their file left out."""
    rows = await fetch(
        "SELECT a.at, a.verb, a.actor, a.facts::text AS facts, a.actor_id = a.subject_id AS own,"
        " concat_ws(' ', p.given_name, p.family_name) AS by FROM audit_entry a"
        " LEFT JOIN person p ON a.actor = 'person' AND p.id = a.actor_id"
        " WHERE a.subject_id = ANY($1) AND a.verb <> 'file.view'"
        " AND ($3::timestamptz IS NULL OR a.at >= $3) ORDER BY a.at DESC, a.id DESC LIMIT $2",
        person_ids,
        limit,
        since,
    )
    return [_act(row) for row in rows]


def _act(row: Any) -> Act:
    values = dict(row)
    values["facts"] = msgspec.json.decode(values["facts"], type=dict[str, Any])
    values["actor"] = Actor(values["actor"])
    values["own"] = values["actor"] is Actor.PERSON and bool(values["own"])
    return Act(**values)


class Look(msgspec.Struct, frozen=True):
    """Somebody of the house opened a person's file; `way` is how they came to it (D3)."""

    at: datetime
    by: str
    way: str


async def looks_at(person_id: int, limit: int) -> list[Look]:
    """The newest first."""
    return await fetch_as(
        Look,
        "SELECT a.at, concat_ws(' ', p.given_name, p.family_name) AS by,"
        " coalesce(a.facts ->> 'way', '') AS way FROM audit_entry a LEFT JOIN person p"
        " ON a.actor = 'person' AND p.id = a.actor_id"
        " WHERE a.subject_id = $1 AND a.verb = 'file.view' ORDER BY a.id DESC LIMIT $2",
        person_id,
        limit,
    )
