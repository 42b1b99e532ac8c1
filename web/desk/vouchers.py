"""Vouchers at the counter: taken for a person, printed, cancelled; a manager takes one, or its use, back."""

from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import codes
from backend.kit.errors import N_, Invalid
from backend.kit.text import read_number
from backend.membership import desk
from backend.membership.desk import File
from backend.offers import queries as offers
from backend.offers.rules import Delivery
from backend.places import queries as places
from backend.vouchers import queries, redemptions, service, sheets
from backend.vouchers.errors import RedemptionUnknown
from backend.vouchers.queries import VoucherPage
from backend.vouchers.redemptions import UseLine
from backend.vouchers.sheets import Sheet
from backend.vouchers.values import Reason
from web.desk import frame, people
from web.desk.frame import DESK, MANAGER, AnyRequest

MOST_AT_ONCE = 20


class Claim(msgspec.Struct, frozen=True):
    offer: str
    key: Annotated[str, msgspec.Meta(max_length=64)]


class Given(msgspec.Struct, frozen=True):
    voucher: int


class Undo(msgspec.Struct, frozen=True):
    """Of a use, or of a voucher: whoever it belongs to reads why."""

    reason: Reason


async def _page(
    request: AnyRequest, public_id: str, bon: int | None = None, form: Form | None = None
) -> Response[str]:
    file = await people.opened(request, public_id)
    household_id = file.member.household_id
    return await people.tab(
        request,
        "vouchers",
        file,
        form=form,
        marked=bon,
        vouchers=await queries.open_vouchers(household_id),
        uses=await redemptions.history(household_id, 30),
    )


@get("/comptoir/personnes/{public_id:str}/bons", guards=[DESK])
async def index(
    request: AnyRequest, public_id: FromPath[str], bon: FromQuery[int | None] = None
) -> Response[str]:
    return await _page(request, public_id, bon)


async def _new(
    request: AnyRequest, public_id: str, q: str = "", form: Form | None = None
) -> Response[str]:
    file = await people.opened(request, public_id)
    view = await offers.member_view(file.member.person_id)
    catalogue = await offers.catalogue(view, q)
    taken = [each for each in catalogue.offers if each.delivery is Delivery.VOUCHER]
    return await people.tab(
        request, "claim", file, form=form, typed=q, offers=taken, key=codes.random_id()
    )


@get("/comptoir/personnes/{public_id:str}/bons/nouveau", guards=[DESK])
async def new(
    request: AnyRequest, public_id: FromPath[str], q: FromQuery[str] = ""
) -> Response[str]:
    return await _new(request, public_id, q)


@post("/comptoir/personnes/{public_id:str}/bons/nouveau", guards=[DESK])
@forms.again(_new)
async def create(
    request: AnyRequest,
    public_id: FromPath[str],
    q: FromQuery[str] = "",  # noqa: ARG001 - the page is shown again with it
) -> Response[Any]:
    wish = await forms.read(request, Claim)
    file = await desk.open_file(public_id)
    code = await service.claim(file.member, wish.offer, acting(request), wish.key)
    taken = await queries.voucher_page(file.member.household_id, code)
    to = f"/comptoir/personnes/{public_id}/bons?bon={taken.id}"
    return redirect(request, to, said="bon-pris")


@post("/comptoir/personnes/{public_id:str}/bons/impression", guards=[DESK])
@forms.again(_page)
async def print_(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """One on an A6, more on A4 to cut. Each print of a voucher voids the sheet before (V37)."""
    file = await desk.open_file(public_id)
    chosen = await _chosen(request, file.member.household_id)
    for voucher in chosen:
        await service.print_voucher(acting(request), voucher.code)
    ready = [await queries.own_voucher(file.member.household_id, each.id) for each in chosen]
    sheet = Sheet.A6 if len(ready) == 1 else Sheet.A4
    return frame.pdf(await sheets.render(await places.club_name(), ready, sheet), "bons")


@post("/comptoir/personnes/{public_id:str}/bons/annulation", guards=[DESK])
@forms.again(_page)
async def cancel(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    given = await forms.read(request, Given)
    file = await desk.open_file(public_id)
    voucher = await queries.own_voucher(file.member.household_id, given.voucher)
    await service.cancel(file.member, voucher.code, acting(request))
    return redirect(request, f"/comptoir/personnes/{public_id}/bons", said="bon-annule")


async def _revoke_page(
    request: AnyRequest, public_id: str, voucher: str, form: Form | None = None
) -> Response[str]:
    file = await people.opened(request, public_id)
    found = await _own(file, voucher)
    return await people.tab(request, "revoke", file, focus=False, form=form, voucher=found)


REVOKE = "/comptoir/personnes/{public_id:str}/bons/{voucher:str}/retrait"


@get(REVOKE, guards=[MANAGER])
async def ask_revoke(
    request: AnyRequest, public_id: FromPath[str], voucher: FromPath[str]
) -> Response[str]:
    return await _revoke_page(request, public_id, voucher)


@post(REVOKE, guards=[MANAGER])
@forms.again(_revoke_page)
async def revoke(
    request: AnyRequest, public_id: FromPath[str], voucher: FromPath[str]
) -> Response[Any]:
    """The club's own decision, and so a manager's; `cancel` is the household's wish."""
    found = await _own(await desk.open_file(public_id), voucher)
    wish = await forms.read(request, Undo)
    await service.revoke(acting(request), found.code, wish.reason)
    return redirect(request, f"/comptoir/personnes/{quote(public_id)}/bons", said="bon-retire")


async def _own(file: File, voucher: str) -> VoucherPage:
    return await queries.own_voucher(file.member.household_id, read_number(voucher) or 0)


async def _undo_page(
    request: AnyRequest, public_id: str, redemption: str, form: Form | None = None
) -> Response[str]:
    file = await people.opened(request, public_id)
    use = await _use(file, redemption)
    return await people.tab(request, "undo_use", file, focus=False, form=form, use=use)


UNDO = "/comptoir/personnes/{public_id:str}/utilisations/{redemption:str}/annulation"


@get(UNDO, guards=[MANAGER])
async def ask_undo(
    request: AnyRequest, public_id: FromPath[str], redemption: FromPath[str]
) -> Response[str]:
    return await _undo_page(request, public_id, redemption)


@post(UNDO, guards=[MANAGER])
@forms.again(_undo_page)
async def undo(
    request: AnyRequest, public_id: FromPath[str], redemption: FromPath[str]
) -> Response[Any]:
    await _use(await desk.open_file(public_id), redemption)
    wish = await forms.read(request, Undo)
    await service.reverse_late(acting(request), redemption, wish.reason)
    to = f"/comptoir/personnes/{quote(public_id)}/bons"
    return redirect(request, to, said="utilisation-annulee")


async def _use(file: File, redemption: str) -> UseLine:
    """A use of this household, or none that is known here."""
    use = await redemptions.find_use(redemption)
    if use is None or use.household != file.member.household_public_id:
        raise RedemptionUnknown
    return use


async def _chosen(request: AnyRequest, household_id: int) -> list[VoucherPage]:
    """The ticked ones, this household's own."""
    form = await request.form()
    typed = (read_number(each) for each in form.getall("voucher", []))
    numbers = [number for number in typed if number is not None]
    if not numbers:
        raise Invalid({"": N_("Choisissez un bon à imprimer.")})
    return [await queries.own_voucher(household_id, each) for each in numbers[:MOST_AT_ONCE]]
