"""Persons and how to reach them."""

from backend.kit.rows import RESTRICT, Index, PartialUnique, Row, day, instant, refers, text, word
from backend.people.rules import Channel


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
