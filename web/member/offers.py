"""The catalogue, and one offer."""

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
from backend.kit import clock, codes
from backend.kit.errors import N_, Missing
from backend.kit.text import show_phone
from backend.kit.translations import translated as _
from backend.membership.queries import Member
from backend.merchants import queries as merchants
from backend.merchants.rules import PartnerCategory
from backend.offers import queries as offers
from backend.offers import service as offer_service
from backend.offers.queries import OfferPage
from backend.offers.rules import Delivery, OfferKind
from backend.offers.rules import saving as saving_of
from backend.vouchers import queries as vouchers
from backend.vouchers import service as voucher_service
from web.member import words
from web.shell.pictures import picture_of

AnyRequest = Request[Any, Any, Any]
FAVOURITES = "favoris"


class Asked(msgspec.Struct, frozen=True):
    """What the catalogue is asked for, as its address says it."""

    q: str = ""
    famille: str = ""
    page: int = 1

    @property
    def category(self) -> PartnerCategory | None:
        """None for all, and for an address somebody made up."""
        return next((each for each in PartnerCategory if each == self.famille), None)

    def address(self, **change: Any) -> str:
        """The same list, but for what changes; the first page and empty words are not written."""
        asked = {**msgspec.to_builtins(self), "page": 1, **change}
        said = {name: value for name, value in asked.items() if value not in ("", 1)}
        return f"/avantages?{urlencode(said)}" if said else "/avantages"


class Wish(msgspec.Struct, frozen=True):
    """`key` is of the page the button stood on: a second tap on it is no second voucher."""

    key: Annotated[str, msgspec.Meta(max_length=64)] = ""


@get("/avantages", guards=[callers.member])
async def index(request: AnyRequest, member: NamedDependency[Member]) -> Response[str]:
    asked = _asked(request)
    found = await offers.catalogue(
        await offers.member_view(member.person_id),
        asked.q,
        asked.category,
        page=asked.page,
        favourites=asked.famille == FAVOURITES,
    )
    context: dict[str, Any] = {
        "asked": asked,
        "found": found,
        "picture": picture_of,
        "opening": words.opening,
    }
    if wants_fragment(request):
        return await fragment(request, "member/offers/_list.html", swapped=True, **context)
    return await page(
        request,
        "member/offers/index.html",
        title=_("Avantages"),
        space="member",
        chips=_chips(asked),
        swapped=False,
        **context,
    )


async def _page(
    request: AnyRequest, public_id: str, member: Member, form: Form | None = None
) -> Response[str]:
    offer = await offers.get_offer(public_id, await offers.member_view(member.person_id))
    standing = member.standing()
    example = saving_of(offer.terms, offer.terms.typical_cents)
    return await page(
        request,
        "member/offers/show.html",
        title=offer.terms.title,
        space="member",
        form=form,
        offer=offer,
        example=example,
        mine=await vouchers.find_open(member.household_id, offer.id),
        by_card=offer.terms.delivery is Delivery.CARD,
        open_now=offer.is_open(clock.today()),
        standing=standing,
        up_to_date=standing.status in words.UP_TO_DATE,
        adult=member.adult,
        key=codes.random_id(),
        dues=words.DUES,
        often=words.OFTEN[offer.limit_period],
        for_whom=words.FOR_WHOM[offer.limit_per],
        picture=picture_of(offer.picture, offer.category),
        headline=_headline(offer, example.paid_cents),
        opening=words.opening,
        week=words.week,
        next_day=words.next_day,
        show_phone=show_phone,
    )


def _headline(offer: OfferPage, paid_cents: int | None) -> str:
    """The title; with the label before it only where the price below does not say the same again."""
    if offer.terms.kind is OfferKind.PERCENT and paid_cents is not None:
        return words.headline(offer.label, offer.terms.title)
    return offer.terms.title


@get("/avantages/{public_id:str}", guards=[callers.member])
async def show(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[str]:
    return await _page(request, public_id, member)


@post("/avantages/{public_id:str}/bon", guards=[callers.member])
@forms.again(_page)
async def take(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    wish = await forms.read(request, Wish)
    code = await voucher_service.claim(member, public_id, acting(request), wish.key)
    return redirect(request, f"/bons/{code}")


@post("/avantages/{public_id:str}/favori", guards=[callers.member])
async def favour(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    offer = await offers.get_offer(public_id, await offers.member_view(member.person_id))
    await offer_service.favour(member.person_id, offer.id)
    return redirect(request, f"/avantages/{public_id}", said="favori")


@post("/avantages/{public_id:str}/favori/fin", guards=[callers.member])
async def unfavour(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    offer = await offers.get_offer(public_id, await offers.member_view(member.person_id))
    await offer_service.unfavour(member.person_id, offer.id)
    return redirect(request, f"/avantages/{public_id}", said="plus-favori")


def _asked(request: AnyRequest) -> Asked:
    given = request.query_params
    number = str(given.get("page", ""))
    return Asked(
        q=str(given.get("q", "")).strip()[:80],
        famille=str(given.get("famille", "")),
        page=int(number) if number.isdecimal() and len(number) < 5 else 1,
    )


def _chips(asked: Asked) -> list[dict[str, Any]]:
    families = [
        ("", N_("Tous")),
        (FAVOURITES, N_("Favoris")),
        *((category.value, label) for category, label in words.CATEGORIES.items()),
    ]
    return [
        {"href": asked.address(famille=key), "label": label, "current": key == asked.famille}
        for key, label in families
    ]


@get("/points-de-vente/{public_id:str}/photo", guards=[callers.member])
async def photo(public_id: FromPath[str]) -> Response[bytes]:
    """A shop's photo, for members: an open shop of the club shows itself."""
    shop = await merchants.find_shop(public_id)
    found = None if shop is None else await merchants.photo_of(shop.public_id)
    if found is None:
        raise Missing
    return Response(
        found.content,
        media_type=found.media_type,
        headers={"cache-control": "private, max-age=3600"},
    )


HANDLERS = [photo, index, show, take, favour, unfavour]
