"""My exchanges: words through the club, yes or no, contact when both show theirs, done, thank you."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import callers, forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.kit import codes
from backend.kit.translations import translated as _
from backend.membership.queries import Member
from backend.skills import queries, rules
from backend.skills import service as skills
from backend.skills.errors import ExchangeUnknown
from backend.skills.rules import LONGEST, SHORTEST, STEP
from web.member.skills import EXCHANGES as HERE
from web.member.skills import Reported
from web.shell import skill_words as words
from web.shell.skill_words import Message, Yes

AnyRequest = Request[Any, Any, Any]


class Time(msgspec.Struct, frozen=True):
    minutes: int


@get(HERE, guards=[callers.member])
async def index(request: AnyRequest, member: NamedDependency[Member]) -> Response[str]:
    return await page(
        request,
        "member/exchanges/index.html",
        title=_("Mes échanges"),
        space="member",
        exchanges=await queries.mine_exchanges(member.person_id),
        blocked=await queries.blocked_by(member.person_id),
        states=words.STATES,
    )


async def _page(
    request: AnyRequest, public_id: str, member: Member, form: Form | None = None
) -> Response[str]:
    exchange = await queries.find_exchange(member.person_id, public_id)
    settings = await queries.settings() if exchange.done_at else None
    counted = settings is not None and settings.hours
    return await page(
        request,
        "member/exchanges/show.html",
        title=exchange.title,
        space="member",
        form=form,
        exchange=exchange,
        states=words.STATES,
        is_open=exchange.meet and exchange.state in rules.OPEN,
        hours=await queries.hours_of(exchange.id) if counted else None,
        counts_hours=counted,
        balance=await queries.balance_of(member.person_id) if counted else 0,
        warn_at=settings.warn_minutes if settings else 0,
        length=_length,
        lengths=[(n, _length(n)) for n in range(SHORTEST, LONGEST + STEP, STEP)],
        reader=member.person_id,
        wrongs=words.WRONGS,
        key=codes.random_id(),
    )


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest:02}" if rest else f"{hours} h"


@get(HERE + "/{public_id:str}", guards=[callers.member])
async def show(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[str]:
    return await _page(request, public_id, member)


@post(HERE + "/{public_id:str}/messages", guards=[callers.member])
@forms.again(_page)
async def say(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    typed = await forms.read(request, Message)
    await skills.say(acting(request), member, public_id, typed.words, typed.key)
    return redirect(request, f"{HERE}/{public_id}", said="message-parti")


@post(HERE + "/{public_id:str}/accord", guards=[callers.member])
@forms.again(_page)
async def accept(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    typed = await forms.read(request, Yes)
    await skills.accept(acting(request), member, public_id, shares=bool(typed.shares))
    return redirect(request, f"{HERE}/{public_id}", said="echange-accepte")


@post(HERE + "/{public_id:str}/contact", guards=[callers.member])
@forms.again(_page)
async def share(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    typed = await forms.read(request, Yes)
    await skills.share(acting(request), member, public_id, on=bool(typed.shares))
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


@post(HERE + "/{public_id:str}/duree", guards=[callers.member])
@forms.again(_page)
async def claim_hours(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    typed = await forms.read(request, Time)
    await skills.claim_hours(acting(request), member, public_id, typed.minutes)
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


@post(HERE + "/{public_id:str}/signalement", guards=[callers.member])
@forms.again(_page)
async def report(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    typed = await forms.read(request, Reported)
    await skills.report(acting(request), member, typed.wrong, typed.report, exchange=public_id)
    return redirect(request, f"{HERE}/{public_id}", said="signale")


@post("/entraide/bloques/{public_id:str}/fin", guards=[callers.member])
async def unblock(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    await skills.unblock(acting(request), member, public_id)
    return redirect(request, HERE, said="voisin-debloque")


@post(HERE + "/{public_id:str}/{act:str}", guards=[callers.member])
@forms.again(_page)
async def act(
    request: AnyRequest,
    public_id: FromPath[str],
    act: FromPath[str],
    member: NamedDependency[Member],
) -> Response[Any]:
    """One tap without more to say: refuse, withdraw, done, thank, block; hours agreed or not."""
    if act not in _ACTS:
        raise ExchangeUnknown
    verb, said = _ACTS[act]
    await verb(acting(request), member, public_id)
    return redirect(request, HERE if act == "blocage" else f"{HERE}/{public_id}", said=said)


_ACTS: dict[str, tuple[Any, str]] = {
    "refus": (skills.refuse, "echange-refuse"),
    "annulation": (skills.withdraw, "echange-annule"),
    "fin": (skills.finish, "echange-fait"),
    "merci": (skills.thank, "merci-dit"),
    "blocage": (skills.block, "voisin-bloque"),
    "duree-confirmee": (skills.confirm_hours, "enregistre"),
    "duree-refusee": (skills.refuse_hours, "enregistre"),
}
HANDLERS = [index, show, say, accept, share, claim_hours, report, unblock, act]
