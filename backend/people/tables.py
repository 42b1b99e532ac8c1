"""Persons and how to reach them."""

from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    PartialUnique,
    Row,
    day,
    flag,
    instant,
    refers,
    text,
    word,
)
from backend.people.rules import Channel, Medium, Source, Subject


class Person(Row):
    """Erasure empties the names and sets `erased_at`; the key stays for append-only rows."""

    public_id = text(unique=True)
    given_name = text()
    family_name = text()
    born_on = day(null=True)
    language = text()
    search = text()
    created_at = instant()
    erased_at = instant(null=True)

    by_search = Index(["search"])


class ContactPoint(Row):
    """An address may belong to several persons; one person has it once."""

    public_id = text(unique=True)
    person = refers("Person", "people", on_delete=RESTRICT)
    channel = word(Channel)
    value = text()
    verified_at = instant(null=True)
    created_at = instant()
    ended_at = instant(null=True)

    once = PartialUnique(["person", "channel", "value"], where="ended_at IS NULL")
    by_value = Index(["value"], where="ended_at IS NULL")


class Consent(Row):
    """A yes or a no to one purpose by one channel; a withdrawal is a row too (N1). Append-only.

    `text_version` names the words that were read (backend.people.consents.TEXTS); `recorded_by` is
    who wrote it down, where that was not the person.
    """

    person = refers("Person", "people", on_delete=RESTRICT, index=False)
    subject = word(Subject)
    medium = word(Medium)
    given = flag()
    text_version = text()
    source = word(Source)
    at = instant()
    recorded_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)

    newest = Index(["person", "subject", "medium", "id"])
    chosen = Check("subject <> 'service'")
