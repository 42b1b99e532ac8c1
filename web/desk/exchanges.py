"""At the counter: what neighbours wrote to somebody without e-mail or telephone, and their answer (D6).

Whoever can be written to reads and answers alone; staff see nothing of it.
"""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import codes
from backend.membership import desk
from backend.membership.queries import Member
from backend.people import queries as addresses
from backend.skills import queries
from backend.skills import service as skills
from backend.skills.errors import ExchangeUnknown
from web.desk import people
from web.desk.frame import DESK, AnyRequest
from web.shell import skill_words as words
from web.shell.skill_words import Message, Yes

HERE = "/comptoir/personnes/{public_id:str}/entraide/echanges/{exchange:str}"


class Other(msgspec.Struct, frozen=True):
    """Who was blocked, by their public id."""

    other: str


async def _page(
    request: AnyRequest, public_id: str, exchange: str, form: Form | None = None
) -> Response[str]:
    member = await _theirs(public_id)
    return await people.tab(
        request,
        "exchange",
        await people.opened(request, public_id),
        focus=False,
        form=form,
        talk=await queries.find_exchange(member.person_id, exchange),
        states=words.STATES,
        key=codes.random_id(),
    )


async def _theirs(public_id: str) -> Member:
    """Who answers here. Raises ExchangeUnknown for who has an address and answers alone."""
    member = (await desk.open_file(public_id)).member
    if await addresses.best_contact(member.person_id) is not None:
        raise ExchangeUnknown
    return member


@get(HERE, guards=[DESK])
async def show(
    request: AnyRequest, public_id: FromPath[str], exchange: FromPath[str]
) -> Response[str]:
    return await _page(request, public_id, exchange)


@post(f"{HERE}/messages", guards=[DESK])
@forms.again(_page)
async def say(
    request: AnyRequest, public_id: FromPath[str], exchange: FromPath[str]
) -> Response[Any]:
    typed = await forms.read(request, Message)
    member = await _theirs(public_id)
    await skills.say(acting(request), member, exchange, typed.words, typed.key)
    return redirect(request, _at(public_id, exchange), said="message-parti")


@post(f"{HERE}/accord", guards=[DESK])
@forms.again(_page)
async def accept(
    request: AnyRequest, public_id: FromPath[str], exchange: FromPath[str]
) -> Response[Any]:
    typed = await forms.read(request, Yes)
    member = await _theirs(public_id)
    await skills.accept(acting(request), member, exchange, shares=bool(typed.shares))
    return redirect(request, _at(public_id, exchange), said="enregistre")


@post(f"{HERE}/contact", guards=[DESK])
@forms.again(_page)
async def share(
    request: AnyRequest, public_id: FromPath[str], exchange: FromPath[str]
) -> Response[Any]:
    typed = await forms.read(request, Yes)
    member = await _theirs(public_id)
    await skills.share(acting(request), member, exchange, on=bool(typed.shares))
    return redirect(request, _at(public_id, exchange), said="enregistre")


@post(f"{HERE}/{{act:str}}", guards=[DESK])
@forms.again(_page)
async def act(
    request: AnyRequest, public_id: FromPath[str], exchange: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """One tap without more to say: no, given up, done, never again."""
    if act not in _ACTS:
        raise ExchangeUnknown
    await _ACTS[act](acting(request), await _theirs(public_id), exchange)
    blocked = act == "blocage"
    return redirect(
        request,
        _home(public_id) if blocked else _at(public_id, exchange),
        said="voisin-bloque" if blocked else "enregistre",
    )


_ACTS: dict[str, Any] = {
    "refus": skills.refuse,
    "annulation": skills.withdraw,
    "fin": skills.finish,
    "blocage": skills.block,
}


@post("/comptoir/personnes/{public_id:str}/entraide/deblocage", guards=[DESK])
async def unblock(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """Somebody they did not want to meet any more, and may now (X9)."""
    typed = await forms.read(request, Other)
    await skills.unblock(acting(request), await _theirs(public_id), typed.other)
    return redirect(request, _home(public_id), said="voisin-debloque")


def _home(public_id: str) -> str:
    return f"/comptoir/personnes/{public_id}/entraide"


def _at(public_id: str, exchange: str) -> str:
    return f"{_home(public_id)}/echanges/{exchange}"


HANDLERS = [show, say, accept, share, unblock, act]
