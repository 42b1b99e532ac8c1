"""Papers of membership: the card, and the trace of what staff did for somebody (M6, D6)."""

from collections.abc import Sequence

from backend.kit import papers, qr, tile
from backend.kit.codes import PaperCard as PrintedCard
from backend.kit.codes import text_of
from backend.membership.queries import Member


async def card(club: str, member: Member, token: bytes) -> bytes:
    """The PDF of a card that was just made: its token is nowhere else."""
    household = member.household_public_id
    data = {
        "title": "Carte d'adhérent",
        "club": club,
        "name": member.name,
        "household": f"Foyer {household}",
        "kind": "Carte papier",
        "tiles": papers.picture(tile.tile_rows(household, 2, 4)),
        "tile_name": tile.tile_name(household),
        "found": "Trouvée ? Rendez-la au club.",
        "qr": papers.picture(qr.qr_svg(text_of(PrintedCard(token)))),
        "qr_words": "Code de la carte",
    }
    return await papers.render("membership", "card", data)


async def trace(club: str, member: Member, acts: Sequence[tuple[str, str, str]]) -> bytes:
    """The PDF of what was done: for each act its words, when, and by whom."""
    data = {
        "title": "Ce que le club a fait pour vous",
        "club": club,
        "name": member.name,
        "household": f"Foyer {member.household_public_id}",
        "acts": [{"what": what, "at": at, "by": by} for what, at, by in acts],
        "help": "Vous n'avez pas demandé cela ? Dites-le au club.",
    }
    return await papers.render("membership", "trace", data)
