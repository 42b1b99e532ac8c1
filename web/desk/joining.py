"""Joining at the counter, with or without an e-mail or a phone (M6)."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import fragment, redirect, wants_fragment
from backend.http.visits import acting
from backend.kit import clock, codes
from backend.kit.errors import N_, Invalid
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from backend.membership import desk, queries
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.membership.service import JoinWish
from backend.people.consents import NEWEST
from backend.people.rules import NEWS, Address, read_address
from web.desk import frame
from web.desk.frame import DESK, AnyRequest
from web.shell import choices

NEIGHBOUR, UNLISTED = "voisin", "inconnu"


class Wish(msgspec.Struct, frozen=True):
    """`home` is a dwelling's number, or one of the two words above.

    `key` is the page's own: a second press is the same household.
    """

    given_name: str
    family_name: str
    home: str
    address: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    contract: str = ""
    key: Annotated[str, msgspec.Meta(max_length=64)] = ""


async def _page(request: AnyRequest, q: str = "", form: Form | None = None) -> Response[str]:
    if form is not None:
        q = q or form.values.get("q", "")
    found = await desk.find_lodgings(q)
    facts: dict[str, Any] = {
        "form": form,
        "typed": q,
        "lodgings": found,
        "neighbour": NEIGHBOUR,
        "unlisted": UNLISTED,
        "prices": await queries.month_prices(clock.today()),
    }
    typed = form.values if form else {}
    if wants_fragment(request) and form is None:
        return await fragment(request, "desk/joining/_homes.html", **facts)
    return await frame.page(
        request,
        "desk/joining/new.html",
        title=_("Nouvelle adhésion"),
        focus=False,
        name=request.query_params.get("nom", ""),
        key=codes.random_id(),
        groups=choices.news(typed),
        version=NEWEST,
        **facts,
    )


@get("/comptoir/adhesions/nouvelle", guards=[DESK])
async def new(request: AnyRequest, q: FromQuery[str] = "") -> Response[str]:
    return await _page(request, q[:100])


@post("/comptoir/adhesions/nouvelle", guards=[DESK])
@forms.again(_page)
async def create(request: AnyRequest) -> Response[Any]:
    wish = await forms.read(request, Wish)
    here = await frame.place(request)
    typed = await forms.typed_values(request)
    said = msgspec.structs.replace(
        _said(wish, here.site_id),
        wanted=choices.read(typed, NEWS),
        text_version=choices.version(typed),
    )
    joined = await membership.join(said, acting(request), key=wish.key)
    to = f"/comptoir/personnes/{joined.person_public_id}/cotisation"
    return redirect(request, to, said="inscrit")


def _said(wish: Wish, site_id: int | None) -> JoinWish:
    return JoinWish(
        given_name=wish.given_name,
        family_name=wish.family_name,
        category=Category.NEIGHBOUR if wish.home == NEIGHBOUR else Category.TENANT,
        dwelling_id=_dwelling(wish.home),
        contract=wish.contract,
        street=wish.street,
        postcode=wish.postcode,
        town=wish.town,
        address=_address(wish.address),
        site_id=site_id,
    )


def _dwelling(home: str) -> int | None:
    if home in {NEIGHBOUR, UNLISTED}:
        return None
    number = read_number(home)
    if number is None:
        raise Invalid({"home": N_("Choisissez où habite la personne.")})
    return number


def _address(typed: str) -> Address | None:
    return read_address(typed) if typed else None
