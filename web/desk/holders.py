"""Whose card was scanned: one way to read it, for the counter's one field and for pages that wait for cards."""

import msgspec

from backend.kit import clock, codes
from backend.kit.codes import Freshness, PaperCard, PhoneCard
from backend.membership import queries as membership
from backend.membership.queries import Member
from web.desk.errors import CardGone, CodeForged


class Shown(msgspec.Struct, frozen=True):
    """A living card at the counter. `stale`: of a phone, and not of this minute."""

    member: Member
    stale: bool = False


async def card_holder(typed: str) -> Member | None:
    """None for what is no card. Raises CardGone and CodeForged."""
    understood = codes.understand(typed)
    if not isinstance(understood, PaperCard | PhoneCard):
        return None
    return (await read_card(understood)).member


async def read_card(card: PaperCard | PhoneCard) -> Shown:
    """Raises CardGone and CodeForged."""
    if isinstance(card, PaperCard):
        found = await membership.find_paper_card(codes.hash_token(card.token))
    else:
        found = await membership.find_phone_card(card.card)
    if found is None:
        raise CardGone
    if isinstance(card, PaperCard):
        return Shown(found.member)
    fresh = codes.freshness(card, found.secret, clock.now())
    if fresh is Freshness.FORGED:
        raise CodeForged
    return Shown(found.member, stale=fresh is Freshness.STALE)
