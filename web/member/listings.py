"""My own listings: written, changed, renewed in one tap, ended; and what I do for a living (X8)."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import callers, forms
from backend.http.bodies import MOST_FILE
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.kit import clock, codes
from backend.kit.translations import translated as _
from backend.membership.queries import Member
from backend.skills import queries
from backend.skills import service as skills
from backend.skills.queries import MyListing
from backend.skills.rules import AGREEMENT, Category, ListingKind, Place, Words
from backend.skills.service import Entry
from web.shell import skill_words as words

AnyRequest = Request[Any, Any, Any]
HERE = "/entraide/mes-annonces"
DUES = "/compte/cotisation"


class Typed(msgspec.Struct, frozen=True):
    """The form of a listing; `version` is of the page that changes one, `key` of a new one."""

    kind: ListingKind
    category: Category
    title: str
    details: str = ""
    place: Place = Place.ANYWHERE
    weekly: str = ""
    version: int = 0
    key: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Trade(msgspec.Struct, frozen=True):
    trade: Annotated[str, msgspec.Meta(max_length=80)] = ""


async def read_listing(request: AnyRequest) -> tuple[Typed, Words, bytes | None]:
    """What was typed, its words with the ticked parts of the week, and the photo's bytes."""
    typed = await forms.read(request, Typed)
    brought = await forms.upload(request, "photo")
    said = Words(
        kind=typed.kind,
        category=typed.category,
        title=typed.title,
        details=typed.details,
        place=typed.place,
        slots=words.slots_of(await forms.typed_values(request)),
        weekly=bool(typed.weekly),
    )
    return typed, said, brought[1] if brought else None


@get(HERE, guards=[callers.member])
async def index(request: AnyRequest, member: NamedDependency[Member]) -> Response[str]:
    return await _list(request, member)


async def _list(request: AnyRequest, member: Member, form: Form | None = None) -> Response[str]:
    return await page(
        request,
        "member/listings/index.html",
        title=_("Mes annonces"),
        space="member",
        form=form,
        mine=await queries.mine(member.person_id),
        counts=await queries.given_and_received(member.person_id),
        trade=await queries.trade_of(member.person_id),
        today=clock.today(),
        notices=words.NOTICES,
        kinds=words.KIND_TAGS,
        agreement=AGREEMENT,
        adult=member.adult,
    )


async def _new(request: AnyRequest, member: Member, form: Form | None = None) -> Response[str]:
    return await page(
        request,
        "member/listings/edit.html",
        title=_("Déposer une annonce"),
        space="member",
        form=form,
        listing=None,
        adult=member.adult,
        up_to_date=member.status() in skills.MAY_USE,
        dues=DUES,
        **_choices(),
    )


def _choices() -> dict[str, Any]:
    return {
        "kinds": words.KINDS,
        "categories": words.CATEGORIES,
        "places": words.PLACES,
        "week": words.week(),
        "agreement": AGREEMENT,
        "key": codes.random_id(),
    }


@get(f"{HERE}/nouvelle", guards=[callers.member])
async def new(request: AnyRequest, member: NamedDependency[Member]) -> Response[str]:
    return await _new(request, member)


@post(HERE, guards=[callers.member], request_max_body_size=MOST_FILE)
@forms.again(_new)
async def create(request: AnyRequest, member: NamedDependency[Member]) -> Response[Any]:
    typed, said, photo = await read_listing(request)
    await skills.enter(acting(request), member, Entry(words=said, photo=photo), typed.key)
    return redirect(request, HERE, said="annonce-deposee")


async def _edit(
    request: AnyRequest, public_id: str, member: Member, form: Form | None = None
) -> Response[str]:
    return await page(
        request,
        "member/listings/edit.html",
        title=_("Changer mon annonce"),
        space="member",
        form=form or _as_typed(await queries.find_mine(member.person_id, public_id)),
        listing=await queries.find_mine(member.person_id, public_id),
        adult=True,
        up_to_date=True,
        dues=DUES,
        **_choices(),
    )


def _as_typed(mine: MyListing) -> Form:
    """The form as it would have been typed."""
    words = forms.shown(mine, "kind", "category", "title", "details", "place", "weekly")
    return Form(words | {f"slot_{slot}": "1" for slot in mine.slots})


@get(HERE + "/{public_id:str}", guards=[callers.member])
async def edit(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[str]:
    return await _edit(request, public_id, member)


@post(HERE + "/{public_id:str}", guards=[callers.member], request_max_body_size=MOST_FILE)
@forms.again(_edit)
async def update(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    typed, said, photo = await read_listing(request)
    by = acting(request)
    await skills.change(by, member.person_id, public_id, typed.version, said, photo)
    return redirect(request, HERE, said="enregistre")


@post(HERE + "/{public_id:str}/accord", guards=[callers.member])
async def agree(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    await skills.agree(acting(request), member.person_id, public_id)
    return redirect(request, HERE, said="annonce-deposee")


@post(HERE + "/{public_id:str}/renouvellement", guards=[callers.member])
@forms.again(_list)
async def renew(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    await skills.renew(acting(request), member.person_id, public_id)
    return redirect(request, HERE, said="annonce-renouvelee")


@post(HERE + "/{public_id:str}/fin", guards=[callers.member])
async def end(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    await skills.end(acting(request), member.person_id, public_id)
    return redirect(request, HERE, said="annonce-finie")


@post("/entraide/metier", guards=[callers.member])
@forms.again(_list)
async def set_trade(request: AnyRequest, member: NamedDependency[Member]) -> Response[Any]:
    typed = await forms.read(request, Trade)
    await skills.set_trade(acting(request), member.person_id, typed.trade)
    return redirect(request, HERE, said="enregistre")


HANDLERS = [index, new, create, edit, update, agree, renew, end, set_trade]
