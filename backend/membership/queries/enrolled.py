"""Members as lists of another register say them, and as a list of ours hands them out (L44)."""

from collections.abc import Sequence
from datetime import date

import msgspec

from backend.kit.database import fetch
from backend.membership.rules import Category


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """A person as a list says them, and as they stand. `home` is the code of the first adult who lives there.

    A mobile is `phone`; "" is nothing said. `contract` is folded.
    """

    code: str
    home: str
    given_name: str
    family_name: str
    born_on: date | None
    category: Category
    contract: str
    street: str
    postcode: str
    town: str
    email: str
    phone: str
    child: bool


async def known(named: Sequence[str]) -> dict[str, Enrolled]:
    """Those that stand under these codes: of a list, or our own for who came by no list."""
    rows = await fetch(
        f"{_MEMBERS} AND p.id IN (SELECT person FROM member_code WHERE code = ANY($1)"  # noqa: S608
        " UNION SELECT id FROM person WHERE public_id = ANY($1)) ORDER BY m.id",
        list(named),
    )
    found = [msgspec.convert(dict(row), Enrolled) for row in rows]
    return {each.code: each for each in found}


async def gone(named: Sequence[str]) -> set[str]:
    """Those of these codes whose person was here and is in no household now."""
    rows = await fetch(
        "SELECT v.code FROM (SELECT code, person FROM member_code WHERE code = ANY($1)"
        " UNION SELECT public_id, id FROM person WHERE public_id = ANY($1)) v WHERE NOT EXISTS"
        " (SELECT 1 FROM household_member m WHERE m.person = v.person AND m.left_on IS NULL)",
        list(named),
    )
    return {row["code"] for row in rows}


async def guarded(named: Sequence[str]) -> dict[str, set[str]]:
    """Those whose addresses no list changes, each with all that they have or had.

    Who has proved one, who holds a role and who came by no list hears of a change at the addresses
    there are, and that is done on their page.
    """
    rows = await fetch(
        "SELECT v.code, ARRAY(SELECT k.value FROM contact_point k WHERE k.person = v.person) AS had"
        " FROM (SELECT code, person, false AS own FROM member_code WHERE code = ANY($1)"
        "  UNION SELECT p.public_id, p.id, c.id IS NULL FROM person p"
        "  LEFT JOIN member_code c ON c.person = p.id WHERE p.public_id = ANY($1)) v"
        " WHERE v.own OR EXISTS (SELECT 1 FROM contact_point k WHERE k.person = v.person"
        "  AND k.ended_at IS NULL AND k.verified_at IS NOT NULL) OR EXISTS"
        " (SELECT 1 FROM role_grant r WHERE r.person = v.person AND r.ended_at IS NULL)",
        list(named),
    )
    return {row["code"]: set(row["had"]) for row in rows}


async def everybody() -> list[Enrolled]:
    """All who are in a household, the first of each before the others."""
    rows = await fetch(f"{_MEMBERS} AND h.ended_at IS NULL ORDER BY m.household, NOT m.adult, m.id")
    return [msgspec.convert(dict(row), Enrolled) for row in rows]


_MEMBERS = """
SELECT coalesce(c.code, p.public_id) AS code,
       (SELECT coalesce(f.code, q.public_id) FROM household_member o JOIN person q ON q.id = o.person
         LEFT JOIN member_code f ON f.person = q.id WHERE o.household = h.id AND o.left_on IS NULL
         ORDER BY NOT o.adult, o.id LIMIT 1) AS home,
       p.given_name, p.family_name, p.born_on, h.category, coalesce(h.claimed_contract, '') AS contract,
       h.street, h.postcode, h.town, NOT m.adult AS child,
       coalesce((SELECT k.value FROM contact_point k WHERE k.person = p.id AND k.channel = 'email'
         AND k.ended_at IS NULL ORDER BY k.verified_at IS NULL, k.id LIMIT 1), '') AS email,
       coalesce((SELECT k.value FROM contact_point k WHERE k.person = p.id AND k.channel = 'sms'
         AND k.ended_at IS NULL ORDER BY k.verified_at IS NULL, k.id LIMIT 1), '') AS phone
FROM household_member m JOIN person p ON p.id = m.person JOIN household h ON h.id = m.household
LEFT JOIN member_code c ON c.person = p.id
WHERE m.left_on IS NULL
"""
