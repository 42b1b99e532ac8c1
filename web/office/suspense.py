"""Money at Stripe that nobody asked for: the treasurer says whose it was, and it waits no more."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.billing import journal, suspense
from backend.billing.suspense import Outcome, Waiting
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.kit.errors import N_, Invalid
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from web.office.settings import MONEY
from web.office.staff import by
from web.office.treasury import HOME, AnyRequest, shown

HERE = f"{HOME}/attente"
CAME = {
    Outcome.BANK: (N_("Rendu à quelqu’un par virement"), N_("Faites d’abord le virement.")),
    Outcome.OWN: (N_("Gardé par le club"), N_("Un don, une erreur que personne ne réclame.")),
}
WENT = {
    Outcome.FEE: (N_("Des frais de Stripe"), ""),
    Outcome.BANK: (N_("Revenu au club par virement"), N_("La banque du club l’a reçu.")),
    Outcome.OWN: (N_("Perdu pour le club"), ""),
}


class Wish(msgspec.Struct, frozen=True):
    """`outcome` is one of the words above, or the number of the movement that is its way back."""

    outcome: str
    who: str
    reason: str


@get(HERE, guards=[MONEY])
async def index(request: AnyRequest) -> Response[str]:
    return await shown(
        request,
        "suspense",
        title=_("Argent à expliquer"),
        waiting=await suspense.waiting(),
        cleared=await suspense.cleared(),
    )


async def _page(request: AnyRequest, entry: str, form: Form | None = None) -> Response[str]:
    one = await suspense.get(_number(entry))
    return await shown(
        request,
        "suspended",
        title=_("Expliquer ce mouvement"),
        form=form,
        one=one,
        words=_words(one),
        ways_back=await suspense.ways_back(one),
    )


@get(f"{HERE}/{{entry:str}}", guards=[MONEY])
async def edit(request: AnyRequest, entry: FromPath[str]) -> Response[str]:
    return await _page(request, entry)


@post(f"{HERE}/{{entry:str}}", guards=[MONEY])
@forms.again(_page)
async def update(request: AnyRequest, entry: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Wish)
    one = await suspense.get(_number(entry))
    pair = read_number(wish.outcome)
    known = {each.value: each for each in _words(one)}
    if pair is None and wish.outcome not in known:
        raise Invalid({"outcome": N_("Choisissez une réponse de la liste.")})
    outcome = Outcome.PAIR if pair is not None else known[wish.outcome]
    await suspense.clear(by(request), one.id, outcome, wish.who, wish.reason, pair=pair)
    return redirect(request, HERE, said="enregistre")


class Back(msgspec.Struct, frozen=True):
    reason: str


async def _back_page(request: AnyRequest, entry: str, form: Form | None = None) -> Response[str]:
    return await shown(
        request,
        "unsettled",
        title=_("Reprendre cette explication"),
        form=form,
        entry=await journal.get_entry(_number(entry)),
    )


@get(f"{HERE}/{{entry:str}}/reprise", guards=[MONEY])
async def edit_back(request: AnyRequest, entry: FromPath[str]) -> Response[str]:
    return await _back_page(request, entry)


@post(f"{HERE}/{{entry:str}}/reprise", guards=[MONEY])
@forms.again(_back_page)
async def take_back(request: AnyRequest, entry: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Back)
    await suspense.reopen(by(request), _number(entry), wish.reason)
    return redirect(request, HERE, said="enregistre")


def _words(one: Waiting) -> dict[Outcome, tuple[str, str]]:
    return CAME if one.amount_cents > 0 else WENT


def _number(typed: str) -> int:
    """The number of an entry; no entry has any other."""
    return read_number(typed) or 0


HANDLERS = [index, edit, update, edit_back, take_back]
