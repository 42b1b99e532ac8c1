"""My vouchers, and the one I show."""

from datetime import timedelta
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import callers, forms
from backend.http.forms import Form
from backend.http.respond import fragment, page, redirect
from backend.http.visits import acting
from backend.identity.queries import SignedIn
from backend.kit import clock
from backend.kit.errors import N_
from backend.kit.qr import qr_svg
from backend.kit.translations import translated as _
from backend.membership.queries import Member
from backend.vouchers import queries as vouchers
from backend.vouchers import redemptions, service
from backend.vouchers.errors import VoucherUnknown
from backend.vouchers.queries import VoucherCard, VoucherPage
from backend.vouchers.rules import UNDO_WITHIN, Life
from web.member import words
from web.shell.pictures import picture_of

AnyRequest = Request[Any, Any, Any]
OPEN = frozenset({Life.ISSUED, Life.HELD})
SOON = timedelta(days=3)
# Without script the page of an open voucher asks for itself again.
RELOAD_SECONDS = 5
OVER = {
    Life.REDEEMED: N_("Utilisé"),
    Life.EXPIRED: N_("Terminé"),
    Life.CANCELLED: N_("Annulé"),
    Life.REVOKED: N_("Retiré"),
}


class Ended(msgspec.Struct, frozen=True):
    """A voucher that ended without being used, and in which word."""

    card: VoucherCard
    word: str


@get("/bons", guards=[callers.member])
async def index(request: AnyRequest, member: NamedDependency[Member]) -> Response[str]:
    past = await vouchers.past_vouchers(member.household_id)
    return await page(
        request,
        "member/vouchers/index.html",
        title=_("Mes bons"),
        space="member",
        vouchers=await vouchers.open_vouchers(member.household_id),
        uses=await redemptions.history(member.household_id),
        ended=[Ended(card, OVER[card.life]) for card in past if card.life is not Life.REDEEMED],
        soon=clock.now() + SOON,
        picture=picture_of,
        headline=words.headline,
        last_day=last_day,
    )


@get("/bons/{code:str}", guards=[callers.member])
async def show(
    request: AnyRequest, code: FromPath[str], member: NamedDependency[Member]
) -> Response[str]:
    voucher = await vouchers.voucher_page(member.household_id, code)
    return await page(
        request,
        "member/vouchers/show.html",
        title=_("Bon"),
        space="show",
        reload_seconds=RELOAD_SECONDS,
        **_shown(voucher),
    )


@get("/bons/{code:str}/etat", guards=[callers.signed_in])
async def state(
    request: AnyRequest, code: FromPath[str], caller: NamedDependency[SignedIn]
) -> Response[Any]:
    """304 while nothing changed: two small statements, asked each second by each open page."""
    pulse = await vouchers.find_pulse(caller.person_id, code)
    if pulse is None:
        raise VoucherUnknown
    if request.headers.get("if-none-match") == f'"{pulse.mark}"':
        return Response(None, status_code=304, media_type=MediaType.TEXT)
    voucher = await vouchers.find_voucher(code)
    if voucher is None:
        raise VoucherUnknown
    return await fragment(request, "member/vouchers/_voucher.html", **_shown(voucher))


async def _asking(
    request: AnyRequest, code: str, member: Member, form: Form | None = None
) -> Response[str]:
    voucher = await vouchers.voucher_page(member.household_id, code)
    return await page(
        request,
        "member/cancellations/new.html",
        title=_("Annuler ce bon"),
        space="member",
        form=form,
        voucher=voucher,
    )


@get("/bons/{code:str}/annulation", guards=[callers.member])
async def ask_cancel(
    request: AnyRequest, code: FromPath[str], member: NamedDependency[Member]
) -> Response[str]:
    return await _asking(request, code, member)


@post("/bons/{code:str}/annulation", guards=[callers.member])
@forms.again(_asking)
async def cancel(
    request: AnyRequest, code: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    await service.cancel(member, code, acting(request))
    return redirect(request, "/bons", said="bon-annule")


def last_day(voucher: VoucherCard | VoucherPage) -> Any:
    return clock.paris(voucher.valid_until).date()


def _shown(voucher: VoucherPage) -> dict[str, Any]:
    """What the page and its part that is drawn anew both need."""
    return {
        "voucher": voucher,
        "is_open": voucher.life in OPEN,
        "is_watched": voucher.life in OPEN or _may_come_back(voucher),
        "headline": words.headline(voucher.label, voucher.terms.title),
        "over": OVER.get(voucher.life, ""),
        "qr_svg": qr_svg(voucher.payload) if voucher.payload else "",
        "last_day": last_day(voucher),
        "seen_at": clock.now(),
    }


def _may_come_back(voucher: VoucherPage) -> bool:
    """The shop may still undo the use it has just made."""
    return voucher.used is not None and clock.now() < voucher.used.at + UNDO_WITHIN


HANDLERS = [index, show, state, ask_cancel, cancel]
