"""What neighbours offer and look for: the list, one listing, and writing to its owner through the club."""

from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import callers, forms
from backend.http.forms import Form
from backend.http.respond import fragment, page, redirect, wants_fragment
from backend.http.visits import acting
from backend.kit import codes
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from backend.membership.queries import Member
from backend.skills import queries
from backend.skills import service as skills
from backend.skills.rules import Category, ListingKind, Wrong
from web.shell import skill_words as words

AnyRequest = Request[Any, Any, Any]
HERE = "/entraide"
EXCHANGES = f"{HERE}/echanges"
DUES = "/compte/cotisation"
TABS = {ListingKind.OFFER: "propose", ListingKind.REQUEST: "cherche"}


class Asked(msgspec.Struct, frozen=True):
    """What the list is asked for, as its address says it."""

    q: str = ""
    sens: ListingKind = ListingKind.OFFER
    sorte: Category | None = None
    page: int = 1

    def address(self, **change: Any) -> str:
        said = {
            "q": self.q,
            "sens": TABS[self.sens],
            "sorte": self.sorte.value if self.sorte else "",
            "page": 1,
            **change,
        }
        kept = {name: value for name, value in said.items() if value not in ("", 1, "propose")}
        return f"{HERE}?{urlencode(kept)}" if kept else HERE


class Message(msgspec.Struct, frozen=True):
    """The first words to an owner. `shares`: their contact may be shown once the owner agrees."""

    words: str
    key: Annotated[str, msgspec.Meta(max_length=64)]
    shares: str = ""


class Reported(msgspec.Struct, frozen=True):
    wrong: Wrong
    report: str = ""


@get(HERE, guards=[callers.member])
async def index(request: AnyRequest, member: NamedDependency[Member]) -> Response[str]:
    asked = _asked(request)
    found = await queries.search(member, asked.q, asked.sens, asked.sorte, asked.page)
    context: dict[str, Any] = {"asked": asked, "found": found, "slots": words.spoken_slots}
    if wants_fragment(request):
        return await fragment(request, "member/skills/_list.html", **context)
    return await page(
        request,
        "member/skills/index.html",
        title=_("Entraide"),
        space="member",
        tabs=_tabs(asked),
        chips=_chips(asked),
        adult=member.adult,
        **context,
    )


def _asked(request: AnyRequest) -> Asked:
    said = request.query_params
    sorte = str(said.get("sorte") or "")
    return Asked(
        q=str(said.get("q") or "")[:80],
        sens=ListingKind.REQUEST if said.get("sens") == "cherche" else ListingKind.OFFER,
        sorte=Category(sorte) if sorte in {each.value for each in Category} else None,
        page=min(max(read_number(said.get("page")) or 1, 1), queries.MOST_PAGES),
    )


def _tabs(asked: Asked) -> list[dict[str, Any]]:
    labels = {ListingKind.OFFER: _("On propose"), ListingKind.REQUEST: _("On cherche")}
    return [
        {"href": asked.address(sens=TABS[kind]), "label": label, "current": kind is asked.sens}
        for kind, label in labels.items()
    ]


def _chips(asked: Asked) -> list[dict[str, Any]]:
    everything = {
        "href": asked.address(sorte=""),
        "label": _("Tout"),
        "current": asked.sorte is None,
    }
    return [everything] + [
        {
            "href": asked.address(sorte=each.value),
            "label": label,
            "current": each is asked.sorte,
        }
        for each, label in words.CATEGORIES.items()
    ]


async def _page(
    request: AnyRequest, public_id: str, member: Member, form: Form | None = None
) -> Response[str]:
    listing = await queries.get_listing(member, public_id)
    return await page(
        request,
        "member/skills/show.html",
        title=listing.title,
        space="member",
        form=form,
        listing=listing,
        slots=words.spoken_slots(listing.slots),
        place=words.THEIR_PLACES[listing.place],
        category=words.CATEGORIES[listing.category],
        tag_words=words.KIND_TAGS[listing.kind],
        wrongs=words.WRONGS,
        adult=member.adult,
        up_to_date=member.status() in skills.MAY_USE,
        dues=DUES,
        key=codes.random_id(),
    )


@get(HERE + "/annonces/{public_id:str}", guards=[callers.member])
async def show(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[str]:
    return await _page(request, public_id, member)


@post(HERE + "/annonces/{public_id:str}/demande", guards=[callers.member])
@forms.again(_page)
async def ask(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    typed = await forms.read(request, Message)
    by = acting(request)
    exchange = await skills.ask(
        by, member, public_id, typed.words, typed.key, shares=bool(typed.shares)
    )
    return redirect(request, f"{EXCHANGES}/{exchange}", said="message-parti")


@post(HERE + "/annonces/{public_id:str}/signalement", guards=[callers.member])
@forms.again(_page)
async def report(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    typed = await forms.read(request, Reported)
    await skills.report(acting(request), member, typed.wrong, typed.report, listing=public_id)
    return redirect(request, HERE, said="signale")


@post(HERE + "/annonces/{public_id:str}/blocage", guards=[callers.member])
async def block(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    """Whoever put it up is met no more, without a word to them (X9)."""
    await skills.block_owner(acting(request), member, public_id)
    return redirect(request, HERE, said="voisin-bloque")


@get(HERE + "/annonces/{public_id:str}/photo", guards=[callers.member])
async def photo(public_id: FromPath[str], member: NamedDependency[Member]) -> Response[bytes]:
    file = await queries.photo_of(member, public_id)
    return Response(
        file.content,
        media_type=file.media_type,
        headers={"cache-control": "private, max-age=3600"},
    )


HANDLERS = [index, show, ask, report, block, photo]
