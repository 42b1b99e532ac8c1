"""People to write campaigns to: one by one with what they said, or thousands copied from one."""

from collections.abc import Iterable
from typing import Any

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit.database import fetch, fetch_value
from backend.membership.queries import Member
from backend.membership.service.consents import choose_messages
from backend.people.rules import Medium, Source, Subject
from tests import factories

Yes = tuple[Subject, Medium]
NEWS: Yes = (Subject.CLUB_LIFE, Medium.EMAIL)
OFFERS: Yes = (Subject.PARTNER_OFFERS, Medium.EMAIL)
OFFERS_SMS: Yes = (Subject.PARTNER_OFFERS, Medium.SMS)
OFFERS_POST: Yes = (Subject.PARTNER_OFFERS, Medium.POST)


async def say(person_id: int, *yes: Yes) -> None:
    """Yes to these, no to all others."""
    await choose_messages(audit.person(person_id), person_id, frozenset(yes), Source.ONLINE)


async def add_reader(
    name: str, address: str | None = None, *, yes: Iterable[Yes] = (NEWS, OFFERS), **wish: Any
) -> Member:
    """A member who said yes to these."""
    member = await factories.add_member(name, "Martin", address, **wish)
    await say(member.person_id, *yes)
    return member


async def manager() -> By:
    return audit.person(await factories.add_person("Hélène", "Vasseur", "helene@example.org"))


PEOPLE = (
    "INSERT INTO person (public_id, given_name, family_name, language, search, created_at)"
    " SELECT 'crowd ' || n, 'Alice', 'Martin', 'fr', '', now() FROM generate_series(1, $1::int) n"
)
HOMES = (
    "INSERT INTO household (public_id, tile, payer, category, proof, street, postcode, town,"
    " created_at) SELECT 'CRO-' || n, -n, h.payer, h.category, h.proof, h.street, h.postcode,"
    " h.town, h.created_at FROM household h, generate_series(1, $1::int) n WHERE h.id = $2"
)
ADDRESSES = (
    "INSERT INTO contact_point (public_id, person, channel, value, verified_at, created_at)"
    " SELECT p.public_id, p.id, 'email', p.id || '@example.org', now(), now() FROM person p"
    " WHERE p.public_id LIKE 'crowd %'"
)
LIVES = (
    "INSERT INTO household_member (household, person, adult, joined_on)"
    " SELECT h.id, p.id, true, current_date - 400 FROM household h"
    " JOIN person p ON p.public_id = 'crowd ' || substr(h.public_id, 5)"
    " WHERE h.public_id LIKE 'CRO-%'"
)
PAID = (
    "INSERT INTO period (household, during, category, paid_cents, pay_order, created_at)"
    " SELECT h.id, p.during, p.category, p.paid_cents, p.pay_order, p.created_at"
    " FROM household h, period p WHERE h.public_id LIKE 'CRO-%' AND p.household = $1"
)
# Every `$1`th says no, the others yes.
SAID = (
    "INSERT INTO consent (person, subject, medium, given, text_version, source, at)"
    " SELECT p.id, s.subject, 'email', substr(p.public_id, 7)::int % $1 <> 0, '2026-11', 'online',"
    " now() FROM person p, unnest(ARRAY['club_life', 'partner_offers']) s(subject)"
    " WHERE p.public_id LIKE 'crowd %'"
)


async def add_crowd(count: int, one_no_in: int) -> int:
    """One true member, copied, each with an address of their own; gives how many said yes."""
    alice = await factories.add_member()
    for statement, values in (
        (PEOPLE, (count,)),
        (HOMES, (count, alice.household_id)),
        (ADDRESSES, ()),
        (LIVES, ()),
        (PAID, (alice.household_id,)),
        (SAID, (one_no_in,)),
    ):
        await fetch(statement, *values)
    yes: int = await fetch_value(
        "SELECT count(DISTINCT person) FROM consent WHERE given AND subject = 'club_life'"
    )
    return yes
