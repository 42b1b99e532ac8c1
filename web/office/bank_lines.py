"""Lines of the bank: brought by file or by hand, then said what they are."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.billing import lines, statements
from backend.billing import queries as billing
from backend.billing.statements import Columns, Entry
from backend.http import forms
from backend.http.bodies import MOST_FILE
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.kit import clock, money
from backend.kit.errors import N_, Invalid
from backend.kit.translations import translated as _
from backend.membership import service as membership
from backend.merchants import service as merchants
from web.office.settings import MONEY
from web.office.staff import by
from web.office.treasury import HOME, AnyRequest, shown

HERE = f"{HOME}/banque"
# What an order is for decides who says that it is paid.
MATCHERS = {"dues": membership.match_transfer, "partner_dues": merchants.match_transfer}


class Typed(msgspec.Struct, frozen=True):
    on: str
    amount: str
    label: str
    name: str = ""


class Match(msgspec.Struct, frozen=True):
    """An order that waits, or an entry that the books have."""

    order: str = ""
    entry: str = ""


class Aside(msgspec.Struct, frozen=True):
    reason: str


async def _page(
    request: AnyRequest,
    form: Form | None = None,
    new: int | None = None,
    unread: list[int] | None = None,
) -> Response[str]:
    return await shown(
        request,
        "bank",
        title=_("Lignes de la banque"),
        form=form,
        new=new,
        unread=unread or [],
        waiting=await lines.waiting(),
        settled=await lines.settled(),
    )


async def _line(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    line = await lines.get_line(public_id)
    return await shown(
        request,
        "line",
        title=_("Une ligne de la banque"),
        form=form,
        line=line,
        address=f"{HERE}/{public_id}",
        candidates=await lines.candidates(line) if line.state == "waiting" else [],
    )


@get(HERE, guards=[MONEY])
async def index(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(HERE, guards=[MONEY])
@forms.again(_page)
async def create(request: AnyRequest) -> Response[Any]:
    """By hand: one line, as it stands on the statement."""
    typed = await forms.read(request, Typed)
    on = statements.day_of(typed.on)
    if on is None:
        raise Invalid({"on": N_("Écrivez une date, par exemple 21/11/2026.")})
    cents = money.parse(typed.amount.lstrip("-"), field="amount")
    if not cents:
        raise Invalid({"amount": N_("Écrivez une somme.")})
    entry = Entry(on, -cents if typed.amount.startswith("-") else cents, typed.label, typed.name)
    if not await lines.add_lines(by(request), [entry], "main"):
        raise Invalid({"label": N_("Cette ligne est déjà là.")})
    return redirect(request, HERE, said="enregistre")


@post(f"{HERE}/releves", guards=[MONEY], request_max_body_size=MOST_FILE)
@forms.again(_page)
async def upload(request: AnyRequest) -> Response[Any]:
    """Shows at once what came and what could not be read: no address could hold it."""
    columns = await forms.read(request, Columns)
    brought = await forms.upload(request, "statement")
    if brought is None:
        raise Invalid({"statement": N_("Choisissez un fichier.")})
    found = statements.read(brought[1], columns, clock.today())
    new = await lines.add_lines(by(request), found.entries, brought[0][:100])
    return await _page(request, new=new, unread=found.unread[:20])


@get(f"{HERE}/{{public_id:str}}", guards=[MONEY])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _line(request, public_id)


@post(f"{HERE}/{{public_id:str}}/rapprochement", guards=[MONEY])
@forms.again(_line)
async def match(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Match)
    if wish.order:
        await MATCHERS[(await billing.get_order(wish.order)).kind](
            by(request), public_id, wish.order
        )
        return redirect(request, HERE, said="virement-rapproche")
    await lines.match_entry(by(request), public_id, wish.entry)
    return redirect(request, HERE, said="enregistre")


@post(f"{HERE}/{{public_id:str}}/mise-de-cote", guards=[MONEY])
@forms.again(_line)
async def set_aside(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Aside)
    await lines.set_aside(by(request), public_id, wish.reason)
    return redirect(request, HERE, said="enregistre")


@post(f"{HERE}/{{public_id:str}}/reprise", guards=[MONEY])
@forms.again(_line)
async def reopen(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Aside)
    await lines.reopen(by(request), public_id, wish.reason)
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


@post(f"{HERE}/{{public_id:str}}/retour", guards=[MONEY])
@forms.again(_line)
async def give_back(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await lines.give_back(by(request), public_id)
    return redirect(request, HERE, said="enregistre")
