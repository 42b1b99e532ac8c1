"""The notice board on paper: the newest listings, each with a code to scan; first names alone (X3)."""

from backend.kit import clock, formats, papers
from backend.kit.errors import N_
from backend.kit.qr import qr_svg
from backend.kit.translations import translated as _
from backend.notifications.surroundings import link
from backend.places import queries as places
from backend.skills import queries
from backend.skills.queries import Newest
from backend.skills.rules import ListingKind

EACH = 8  # of each kind: a page that one reads while waiting for the lift
TITLES = {ListingKind.OFFER: N_("On propose"), ListingKind.REQUEST: N_("On cherche")}


async def print_board() -> bytes:
    """The PDF, A4, for the hall of a residence."""
    parts = [
        {"title": _(title), "cards": [_card(each) for each in await queries.newest(kind, EACH)]}
        for kind, title in TITLES.items()
    ]
    data = {
        "title": _("Entraide entre voisins"),
        "club": await places.club_name(),
        "day": formats.day(clock.today()),
        "how": _("Scannez un code, ou passez au comptoir : le club transmet votre message."),
        "parts": [part for part in parts if part["cards"]],
    }
    return await papers.render("skills", "board", data)


def _card(listing: Newest) -> dict[str, str]:
    code = qr_svg(link(f"/entraide/annonces/{listing.public_id}"))
    return {"title": listing.title, "who": listing.who, "qr": papers.picture(code)}
