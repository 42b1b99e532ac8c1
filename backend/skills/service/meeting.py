"""Two people who shall never meet again, and how everything else asks for it (X9)."""

from backend.audit.service import By, note
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, transaction, within
from backend.membership.queries import Member
from backend.skills import queries
from backend.skills.errors import ExchangeUnknown, OwnListing


async def lock_pair(one: int, other: int) -> None:
    """Before a block and before whatever brings two together, so that none slips past the other."""
    within()
    await fetch(
        "SELECT 1 FROM person WHERE id IN ($1, $2) ORDER BY id FOR NO KEY UPDATE", one, other
    )


async def block(by: By, member: Member, exchange: str) -> None:
    """The other one of an exchange. Raises ExchangeUnknown."""
    other = await fetch_value(
        "SELECT CASE WHEN asker = $2 THEN owner ELSE asker END FROM exchange"
        " WHERE public_id = $1 AND $2 IN (asker, owner)",
        exchange,
        member.person_id,
    )
    if other is None:
        raise ExchangeUnknown
    await _block(by, member.person_id, other)


async def block_owner(by: By, member: Member, listing: str) -> None:
    """Whose listing one may read. Raises ListingUnknown, OwnListing."""
    found = await queries.get_listing(member, listing)
    if found.own:
        raise OwnListing
    await _block(by, member.person_id, found.owner_id)


async def _block(by: By, person_id: int, other: int) -> None:
    """What is open between them is withdrawn; of all they had no contact is shown any more."""
    async with transaction():
        await lock_pair(person_id, other)
        await fetch(
            "INSERT INTO skill_block (person, other, at) VALUES ($1, $2, $3)"
            " ON CONFLICT ON CONSTRAINT skill_block_once DO NOTHING",
            person_id,
            other,
            clock.now(),
        )
        await fetch(
            "UPDATE exchange SET asker_shares_at = NULL, owner_shares_at = NULL,"
            " changed_at = CASE WHEN state IN ('asked', 'agreed') THEN $3 ELSE changed_at END,"
            " state = CASE WHEN state IN ('asked', 'agreed') THEN 'withdrawn' ELSE state END"
            " WHERE (asker, owner) IN (($1, $2), ($2, $1))",
            person_id,
            other,
            clock.now(),
        )
        await note("skills.block", by, subject_id=person_id)


async def unblock(by: By, member: Member, other: str) -> None:
    """`other`: the public id of the person."""
    async with transaction():
        await fetch(
            "DELETE FROM skill_block b USING person p WHERE b.person = $1 AND p.id = b.other"
            " AND p.public_id = $2",
            member.person_id,
            other,
        )
        await note("skills.unblock", by, subject_id=member.person_id)
