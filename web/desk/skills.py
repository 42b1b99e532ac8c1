"""At the counter: what somebody can do or needs, noted for them, shown only after their yes (X1, D6)."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import clock, codes
from backend.membership import desk
from backend.people.rules import Source
from backend.skills import queries, rules
from backend.skills import service as skills
from backend.skills.errors import AgreementMissing
from backend.skills.rules import Category, ListingKind, Place, Words
from backend.skills.service import Entry
from web.desk import people
from web.desk.consents import HEARD, check_heard
from web.desk.frame import DESK, AnyRequest
from web.shell import skill_words as words

HERE = "/comptoir/personnes/{public_id:str}/entraide"


class Noted(msgspec.Struct, frozen=True):
    """A listing as staff type it; without `agreed` it stays hidden until the person says yes."""

    kind: ListingKind
    category: Category
    title: str
    source: Source
    details: str = ""
    place: Place = Place.ANYWHERE
    weekly: str = ""
    agreed: str = ""
    key: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Trade(msgspec.Struct, frozen=True):
    trade: Annotated[str, msgspec.Meta(max_length=80)] = ""


class Heard(msgspec.Struct, frozen=True):
    source: Source
    agreed: str = ""


async def page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    file = await people.opened(request, public_id)
    person_id, silent = file.member.person_id, not file.person.contacts
    return await people.tab(
        request,
        "skills",
        file,
        focus=False,
        form=form,
        mine=await queries.mine(person_id),
        known=await queries.at_counter(person_id, silent=silent),
        states=words.STATES,
        today=clock.today(),
        agreement=rules.AGREEMENT,
        notices=words.NOTICES,
        kind_tags=words.KIND_TAGS,
        kinds=words.KINDS,
        categories=words.CATEGORIES,
        places=words.PLACES,
        week=words.week(),
        heard=HEARD,
        key=codes.random_id(),
    )


@get(HERE, guards=[DESK])
async def index(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await page(request, public_id)


@post(HERE, guards=[DESK])
@forms.again(page)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    noted = await forms.read(request, Noted)
    check_heard(noted.source)
    file = await desk.open_file(public_id)
    said = Words(
        kind=noted.kind,
        category=noted.category,
        title=noted.title,
        details=noted.details,
        place=noted.place,
        slots=words.slots_of(await forms.typed_values(request)),
        weekly=bool(noted.weekly),
    )
    entry = Entry(words=said, source=noted.source, agreed=bool(noted.agreed))
    await skills.enter(acting(request), file.member, entry, noted.key)
    return redirect(request, request.url.path, said="enregistre")


@post(f"{HERE}/metier", guards=[DESK])
@forms.again(page)
async def set_trade(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """What they say they do for a living (X8)."""
    typed = await forms.read(request, Trade)
    file = await desk.open_file(public_id)
    await skills.set_trade(acting(request), file.member.person_id, typed.trade)
    return back(request, public_id)


@post(f"{HERE}/{{listing:str}}/accord", guards=[DESK])
@forms.again(page)
async def agree(
    request: AnyRequest, public_id: FromPath[str], listing: FromPath[str]
) -> Response[Any]:
    """The person said yes to what was noted before."""
    heard = await forms.read(request, Heard)
    check_heard(heard.source)
    if not heard.agreed:
        raise AgreementMissing().at("agreed")
    file = await desk.open_file(public_id)
    await skills.agree_for(acting(request), file.member.person_id, listing, heard.source)
    return back(request, public_id)


@post(f"{HERE}/{{listing:str}}/renouvellement", guards=[DESK])
@forms.again(page)
async def renew(
    request: AnyRequest, public_id: FromPath[str], listing: FromPath[str]
) -> Response[Any]:
    file = await desk.open_file(public_id)
    await skills.renew(acting(request), file.member.person_id, listing)
    return back(request, public_id)


@post(f"{HERE}/{{listing:str}}/fin", guards=[DESK])
async def end(
    request: AnyRequest, public_id: FromPath[str], listing: FromPath[str]
) -> Response[Any]:
    file = await desk.open_file(public_id)
    await skills.end(acting(request), file.member.person_id, listing)
    return back(request, public_id)


def back(request: AnyRequest, public_id: str) -> Response[Any]:
    return redirect(request, f"/comptoir/personnes/{public_id}/entraide", said="enregistre")


HANDLERS = [index, create, set_trade, agree, renew, end]
