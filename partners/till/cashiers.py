"""Who stands at the till: a first name from its list, for the line of each use (V3)."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from backend.http import forms
from backend.http.callers import till_cookie
from backend.http.respond import page, redirect
from backend.kit.translations import translated as _
from backend.merchants.queries import TillCaller
from partners.till import screens

AnyRequest = Request[Any, Any, Any]


class CashierWish(msgspec.Struct):
    """Empty for nobody in particular."""

    cashier: str = ""


@get("/caisse/prenom", guards=[till_cookie])
async def edit(request: AnyRequest, till: NamedDependency[TillCaller]) -> Response[str]:
    return await page(
        request,
        "till/cashiers/edit.html",
        title=_("Qui est à la caisse ?"),
        space="till",
        names=till.cashiers,
    )


@post("/caisse/prenom", guards=[till_cookie], status_code=303)
async def update(request: AnyRequest, till: NamedDependency[TillCaller]) -> Response[None]:
    wish = await forms.read(request, CashierWish)
    response = redirect(request, "/caisse")
    screens.remember_cashier(
        request, response, wish.cashier if wish.cashier in till.cashiers else ""
    )
    return response
