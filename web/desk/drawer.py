"""The cash drawer of this counter: opened, counted, emptied to the bank, closed (B9)."""

import re
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.billing import closings, drawers
from backend.billing.errors import CountMistaken, DrawerNotOpen
from backend.billing.rules import DENOMINATIONS, counted_cents
from backend.http import doors, forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import codes, formats, money
from backend.kit.errors import N_, Invalid
from backend.kit.translations import translated as _
from web.desk import frame
from web.desk.frame import DESK, AnyRequest

HOME = "/comptoir/caisse"
PIECES = re.compile(r"[0-9]{1,5}")


class Opening(msgspec.Struct, frozen=True):
    """`back` is the page to go on with: dues that waited for the drawer."""

    float: str
    from_bank: bool = False
    reason: str = ""
    back: str = HOME


class Deposit(msgspec.Struct, frozen=True):
    """`drawer` is the one the page showed, `key` the page's own: a second press is the same deposit."""

    amount: str
    drawer: str = ""
    key: str = ""


class Close(msgspec.Struct, frozen=True):
    """`drawer` is the one that was counted, whatever was opened since."""

    drawer: str = ""
    total: str = ""
    banked: str = ""
    reason: str = ""


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    here = await frame.place(request)
    return await frame.page(
        request,
        "desk/drawer/show.html",
        title=_("Caisse du comptoir"),
        here=here,
        focus=False,
        form=form,
        drawer=await drawers.find_open(here.site_id),
        left_cents=await drawers.left_at(here.site_id),
        key=codes.random_id(),
        closed=await drawers.last_closed(here.site_id),
    )


async def _close_page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    here = await frame.place(request)
    drawer = await drawers.find_open(here.of_money())
    if drawer is None:
        raise DrawerNotOpen
    return await frame.page(
        request,
        "desk/drawer/close.html",
        title=_("Fermer la caisse"),
        here=here,
        focus=False,
        form=form,
        drawer=drawer,
        pieces=[(cents, formats.euros(cents)) for cents in DENOMINATIONS],
    )


@get(HOME, guards=[DESK])
async def show(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(HOME, guards=[DESK])
@forms.again(_page)
async def create(request: AnyRequest) -> Response[Any]:
    wish = await forms.read(request, Opening)
    here = await frame.place(request)
    await drawers.open_drawer(
        acting(request),
        here.of_money(),
        money.parse(wish.float, field="float"),
        from_bank=wish.from_bank,
        reason=wish.reason or None,
    )
    to = wish.back if doors.is_local(wish.back) else HOME
    return redirect(request, to, said="caisse-ouverte")


@post(f"{HOME}/depots", guards=[DESK])
@forms.again(_page)
async def deposit(request: AnyRequest) -> Response[Any]:
    wish = await forms.read(request, Deposit)
    cents = money.parse(wish.amount, field="amount")
    if not cents:
        raise Invalid({"amount": N_("Écrivez une somme.")})
    drawer = wish.drawer or await _here(request)
    await drawers.deposit(acting(request), drawer, cents, key=wish.key)
    return redirect(request, HOME, said="enregistre")


@get(f"{HOME}/fermeture", guards=[DESK])
async def edit(request: AnyRequest) -> Response[str]:
    return await _close_page(request)


@post(f"{HOME}/fermeture", guards=[DESK])
@forms.again(_close_page)
async def update(request: AnyRequest) -> Response[Any]:
    wish = await forms.read(request, Close)
    counts = _counts(await forms.typed_values(request))
    await drawers.close_drawer(
        acting(request),
        wish.drawer or await _here(request),
        _total(wish.total, counts),
        banked_cents=money.parse(wish.banked, field="banked") if wish.banked else 0,
        counts=counts,
        reason=wish.reason or None,
    )
    return redirect(request, HOME, said="caisse-comptee")


@get(f"{HOME}/{{public_id:str}}/papier", guards=[DESK])
async def print_(public_id: FromPath[str]) -> Response[bytes]:
    drawer = await drawers.get_drawer(public_id)
    return frame.pdf(await closings.print_close(drawer), f"caisse-{drawer.opened_at:%Y-%m-%d}")


async def _here(request: AnyRequest) -> str:
    """The open one of this counter, for a page that names none."""
    drawer = await drawers.find_open((await frame.place(request)).of_money())
    if drawer is None:
        raise DrawerNotOpen
    return drawer.public_id


def _counts(typed: dict[str, str]) -> dict[int, int]:
    """Pieces of each denomination that were typed."""
    found = {cents: typed.get(f"n_{cents}", "") for cents in DENOMINATIONS}
    wrong = {
        f"n_{c}": N_("Écrivez un nombre.")
        for c, n in found.items()
        if n and not PIECES.fullmatch(n)
    }
    if wrong:
        raise Invalid(wrong)
    return {cents: int(pieces) for cents, pieces in found.items() if pieces}


def _total(typed: str, counts: dict[int, int]) -> int:
    """The pieces, or a total; both must say the same."""
    if not typed and not counts:
        raise Invalid({"total": N_("Comptez l'argent de la caisse.")})
    if not counts:
        return money.parse(typed, field="total")
    cents = counted_cents(counts)
    if typed and money.parse(typed, field="total") != cents:
        raise CountMistaken().at("total")
    return cents
