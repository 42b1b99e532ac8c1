"""The pages every space links to: help, accessibility, law. The office edits them; until then ours stand."""

from datetime import date
from pathlib import Path
from typing import Any

from litestar import Request, Response, get

from backend.http.callers import public
from backend.http.respond import page
from backend.kit import clock
from backend.kit.prose import Block, blocks
from backend.kit.text import show_phone
from backend.kit.translations import translated as _
from backend.kit.translations import typeset
from backend.places import queries as places
from backend.places.queries import Club, LegalPage
from backend.places.rules import LEGAL_TEXTS

AnyRequest = Request[Any, Any, Any]
TEXTS = Path(__file__).resolve().parent / "texts"
FIRST = {slug: typeset((TEXTS / f"{slug}.txt").read_text(encoding="utf-8")) for slug in LEGAL_TEXTS}
# Pages that explain a law say when somebody last read it again; a version of the club's own is newer.
REVIEWED = {"assurance": date(2026, 11, 22)}


@get([f"/{slug}" for slug in LEGAL_TEXTS], guards=[public])
async def show(request: AnyRequest) -> Response[str]:
    text = await places.legal_text(request.url.path.strip("/"))
    ours = text.version == 0
    return await page(
        request,
        "public/legal/show.html",
        title=text.title,
        space="public",
        blocks=_first(text.slug, await places.find_club()) if ours else text.blocks,
        published_at=text.published_at,
        reviewed_on=_reviewed_on(text),
    )


def _reviewed_on(text: LegalPage) -> date | None:
    if text.slug not in REVIEWED:
        return None
    return clock.paris(text.published_at).date() if text.published_at else REVIEWED[text.slug]


def _first(slug: str, club: Club | None) -> list[Block]:
    """Our own words with the club's name and address in them."""
    said = {
        "club": club.name if club else _("Le club"),
        "adresse": f"{club.street}, {club.postcode} {club.town}" if club else _("à compléter"),
        "mail": club.email if club else _("à compléter"),
        "tel": show_phone(club.phone).replace(" ", "\u00a0")
        if club and club.phone
        else _("à compléter"),
        "rna": club.rna if club else _("à compléter"),
        "siret": (club.siret if club else None) or _("sans objet"),
    }
    return blocks(FIRST[slug].format_map(said))


HANDLERS = [show]
