"""Deposits that are held now, so that none is forgotten (L34)."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import codes
from backend.kit.translations import translated as _
from backend.lending.queries import deposits as held
from backend.lending.service import deposits
from web.desk import frame
from web.desk.frame import DESK, AnyRequest
from web.desk.loan_money import WAYS

HERE = "/comptoir/cautions"


class Act(msgspec.Struct, frozen=True):
    key: Annotated[str, msgspec.Meta(max_length=64)]


async def _index(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await frame.page(
        request,
        "desk/deposits/index.html",
        title=_("Cautions"),
        focus=False,
        form=form,
        deposits=await held.open_deposits(),
        ways=WAYS,
        key=codes.random_id(),
    )


@get(HERE, guards=[DESK])
async def index(request: AnyRequest) -> Response[str]:
    return await _index(request)


@post(HERE + "/{public_id:str}/rendue", guards=[DESK])
@forms.again(_index)
async def release(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """Notes come out of the drawer of this counter; a card is let go at Stripe."""
    act = await forms.read(request, Act)
    found = await held.get_deposit(public_id)
    here = await frame.place(request)
    site = here.of_money() if found.banked_cents else here.site_id
    await deposits.release(acting(request), public_id, site, key=act.key)
    return redirect(request, HERE, said="caution-rendue")


@post(HERE + "/{public_id:str}/gardee", guards=[DESK])
@forms.again(_index)
async def keep(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    act = await forms.read(request, Act)
    await deposits.keep(acting(request), public_id, key=act.key)
    return redirect(request, HERE, said="caution-gardee")


HANDLERS = [index, release, keep]
