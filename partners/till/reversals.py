"""Undoing a use within 15 minutes, with a reason (V32)."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import forms
from backend.http.callers import till_cookie
from backend.kit import codes
from backend.kit.errors import N_
from backend.merchants.queries import TillCaller
from backend.vouchers import redemptions
from backend.vouchers import service as vouchers
from backend.vouchers.errors import RedemptionUnknown
from backend.vouchers.values import Reason, Undo
from partners.till import screens
from partners.till.refusals import heard
from partners.till.scans import Key
from partners.till.screens import Screen

AnyRequest = Request[Any, Any, Any]
ASK = Screen(part="till/_undo.html", title=N_("Pourquoi annuler ?"), body="check")
DONE = Screen(part="till/_undone.html", title=N_("Annulé"), body="verdict mind", signal="mind")
REASONS = (
    N_("Mauvais client ou mauvais bon"),
    N_("Erreur de prix"),
    N_("Le client a changé d’avis"),
    N_("Autre raison"),
)


class UndoWish(msgspec.Struct):
    reason: Reason
    key: Key


@get("/caisse/utilisations/{redemption:str}/annulation", guards=[till_cookie])
@heard
async def new(
    request: AnyRequest, till: NamedDependency[TillCaller], redemption: FromPath[str]
) -> Response[str]:
    use = await redemptions.find_use(redemption, till.shop_id)
    if use is None:
        raise RedemptionUnknown
    return await screens.show(request, ASK, use=use, reasons=REASONS, key=codes.random_id())


@post("/caisse/utilisations/{redemption:str}/annulation", guards=[till_cookie], status_code=200)
@heard
async def create(
    request: AnyRequest, till: NamedDependency[TillCaller], redemption: FromPath[str]
) -> Response[str]:
    wish = await forms.read(request, UndoWish)
    undone = await vouchers.reverse(
        Undo(redemption=redemption, reason=wish.reason, key=f"{wish.key}:undo", till=till)
    )
    return await screens.show(request, DONE, undone=undone, tally=await screens.tally(till))
