"""Letters and visits for who has no e-mail and no telephone: printed, taken, ticked off (N5)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post

from backend.http import forms
from backend.http.callers import get_caller
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import clock
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.membership import handing
from backend.membership import service as membership
from backend.membership.handing import NO_SITE, Asked, Paper
from backend.membership.reminders import Channel
from backend.places import queries as places
from backend.places.queries import SiteCard
from web.desk import frame
from web.desk.frame import DESK, AnyRequest
from web.shell import verbs

HERE = "/comptoir/a-remettre"
KINDS = {Channel.PRINT: N_("Lettres"), Channel.DOOR: N_("Visites")}


class Chip(msgspec.Struct, frozen=True):
    href: str
    label: str
    current: bool


@get(HERE, guards=[DESK])
async def index(request: AnyRequest) -> Response[str]:
    """All that waits, what came on one day, what is for one site: as the address says."""
    asked = _asked(request.query_params)
    every = await handing.waiting()
    shown = [one for one in every if asked.has(one)]
    here = await frame.place(request)
    return await frame.page(
        request,
        "desk/handing/index.html",
        title=_("À remettre"),
        here=here,
        focus=False,
        kinds=[
            (kind, name, [one for one in shown if one.channel is kind])
            for kind, name in KINDS.items()
        ],
        days=_days(asked, every),
        sites=await _sites(asked, every, here.sites),
        asked=asked,
        every=len(every),
        names=KINDS,
        today=clock.today(),
        handed=await handing.handed_lately(),
    )


@post(f"{HERE}/papiers", guards=[DESK])
async def print_(request: AnyRequest) -> Response[bytes]:
    typed = await forms.typed_values(request)
    kind, who = _kind(typed), get_caller(request).name
    paper = await membership.print_papers(acting(request), who, kind, _asked(typed))
    return frame.pdf(paper, "lettres" if kind is Channel.PRINT else "visites")


@post(HERE, guards=[DESK])
async def update(request: AnyRequest) -> Response[Any]:
    """Those that are ticked, or all that the page showed; then the same list again."""
    typed = await forms.typed_values(request)
    ticked = [str(each) for each in (await request.form()).getall("foyer", [])]
    shown = typed.get("liste", "").split() if typed.get("tous") else []
    await membership.note_handed(acting(request), {*ticked, *shown})
    return redirect(request, _address(_asked(typed)), said="remis")


def _asked(given: Mapping[str, str]) -> Asked:
    return Asked(str(given.get("jour", "")), str(given.get("lieu", "")))


def _address(asked: Asked) -> str:
    said = {name: value for name, value in (("jour", asked.day), ("lieu", asked.site)) if value}
    return f"{HERE}?{urlencode(said)}" if said else HERE


def _days(asked: Asked, every: Sequence[Paper]) -> list[Chip]:
    """None where there is nothing to choose between."""
    days = sorted({one.told_on for one in every}, reverse=True)
    chips = [_chip(asked, "day", "", N_("Tous les jours"))]
    chips += [_chip(asked, "day", each.isoformat(), verbs.when(each)) for each in days]
    return chips if len(days) > 1 or asked.day else []


async def _sites(asked: Asked, every: Sequence[Paper], known: Sequence[SiteCard]) -> list[Chip]:
    """The open sites, and closed ones that papers still wait for; households of none at the end."""
    found = {one.site for one in every}
    shown = [*known]
    if found - {"", *(each.public_id for each in known)}:
        shown += [each for each in await places.sites(closed=True) if each.public_id in found]
    chips = [_chip(asked, "site", "", N_("Tous les lieux"))]
    chips += [_chip(asked, "site", each.public_id, each.name) for each in shown]
    if "" in found:
        chips.append(_chip(asked, "site", NO_SITE, N_("Sans lieu")))
    return chips if len(shown) > 1 or asked.site else []


def _chip(asked: Asked, name: str, value: str, label: str) -> Chip:
    to = msgspec.structs.replace(asked, **{name: value})
    return Chip(_address(to), label, getattr(asked, name) == value)


def _kind(typed: Mapping[str, str]) -> Channel:
    return Channel.DOOR if typed.get("sorte") == Channel.DOOR else Channel.PRINT
