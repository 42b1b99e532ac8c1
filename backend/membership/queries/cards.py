"""Cards that live: whose they are, and what their codes are made from."""

import msgspec

from backend.kit.database import fetch_one
from backend.membership.queries.households import Member, find_member
from backend.membership.rules import CardKind


class CardHolder(msgspec.Struct, frozen=True, kw_only=True):
    """A living card: whose it is, and for a phone the seed of its code."""

    card_id: int
    card_public_id: str
    kind: CardKind
    secret: bytes
    member: Member


async def find_phone_card(public_id: str) -> CardHolder | None:
    """The living phone card of this id."""
    return await _card("c.public_id = $1 AND c.kind = 'phone'", public_id)


async def find_paper_card(token_hash: bytes) -> CardHolder | None:
    """The living paper card of this token's hash (codes.hash_token)."""
    return await _card("c.token_hash = $1 AND c.kind = 'paper'", token_hash)


async def card_of(person_id: int, kind: CardKind) -> CardHolder | None:
    """The person's own living card."""
    return await _card(f"c.person = $1 AND c.kind = '{kind.value}'", person_id)


class MyCard(msgspec.Struct, frozen=True):
    """A member's own card on the phone, for its owner's page only. `people` are in the household."""

    public_id: str
    secret: bytes
    people: int


async def find_my_card(member: Member) -> MyCard | None:
    """None when there is no living one. One statement."""
    row = await fetch_one(
        "SELECT c.public_id, c.secret, (SELECT count(*) FROM household_member m"
        " WHERE m.household = $2 AND m.left_on IS NULL) AS people FROM card c"
        " WHERE c.person = $1 AND c.kind = 'phone' AND c.revoked_at IS NULL",
        member.person_id,
        member.household_id,
    )
    return None if row is None else MyCard(**row)


async def _card(where: str, key: str | bytes | int) -> CardHolder | None:
    row = await fetch_one(
        "SELECT c.id AS card_id, c.public_id AS card_public_id, c.kind, c.secret, c.person"  # noqa: S608 - our own words
        f" FROM card c WHERE c.revoked_at IS NULL AND {where}",
        key,
    )
    if row is None:
        return None
    member = await find_member(row["person"])
    if member is None:
        return None
    return CardHolder(
        card_id=row["card_id"],
        card_public_id=row["card_public_id"],
        kind=CardKind(row["kind"]),
        secret=bytes(row["secret"]),
        member=member,
    )
