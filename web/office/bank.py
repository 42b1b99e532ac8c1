"""The account that transfers go to. Changing it asks for the second factor again."""

from typing import Any

from litestar import Request, Response, get, post

from backend.billing import bank
from backend.billing.bank import BankWish
from backend.http import forms
from backend.http.callers import sudo
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.kit.translations import translated as _
from web.office.settings import CLUB, MONEY, shown
from web.office.staff import by

AnyRequest = Request[Any, Any, Any]
HERE = f"{CLUB}/banque"


@get(HERE, guards=[MONEY])
async def show(request: AnyRequest) -> Response[str]:
    return await shown(
        request, "office/bank/show.html", title=_("Compte bancaire"), account=await bank.account()
    )


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    account = await bank.account()
    if form is None and account is not None:
        form = Form({"holder": account.holder, "iban": account.said, "bic": account.bic})
    return await shown(request, "office/bank/edit.html", title=_("Changer le compte"), form=form)


@get(f"{HERE}/changement", guards=[MONEY, sudo])
async def edit(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(HERE, guards=[MONEY, sudo])
@forms.again(_page)
async def update(request: AnyRequest) -> Response[Any]:
    await bank.set_account(by(request), await forms.read(request, BankWish))
    return redirect(request, HERE, said="compte-change")
