"""Cases for a manager: uses that members contest, and signals to look at. Nothing here punishes (V33, V36)."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.insight import signals
from backend.insight.thresholds import SignalKind
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.vouchers import contests, redemptions
from backend.vouchers.rules import Outcome, UseChannel, UseMode
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/cas"
CASE, SIGNAL = HERE + "/contestations/{public_id:str}", HERE + "/signaux/{public_id:str}"
CHANNELS = {
    UseChannel.SCAN: N_("Code scanné"),
    UseChannel.TYPED: N_("Code tapé"),
    UseChannel.PAPER: N_("Sur papier"),
    UseChannel.PHONE: N_("Par téléphone"),
    UseChannel.COUNTER_QR: N_("Affiche du comptoir"),
}
MODES = {UseMode.ONLINE: N_("avec réseau"), UseMode.OFFLINE: N_("sans réseau")}
OUTCOMES = {Outcome.KEPT: N_("Gardée"), Outcome.REVERSED: N_("Annulée")}
KINDS = {
    SignalKind.TRAVEL: N_("Deux lieux trop loin l'un de l'autre"),
    SignalKind.BURST: N_("Beaucoup d'utilisations d'un coup"),
    SignalKind.TYPED: N_("Beaucoup de codes tapés"),
    SignalKind.OFFLINE: N_("Beaucoup d'utilisations sans réseau"),
    SignalKind.UNDONE: N_("Beaucoup d'annulations"),
    SignalKind.CLOSED: N_("Hors des horaires du magasin"),
    SignalKind.TOGETHER: N_("Une caisse, beaucoup de foyers en une minute"),
    SignalKind.SELF: N_("L'équipe du magasin utilise ses propres avantages"),
}


class Decision(msgspec.Struct, frozen=True):
    outcome: Outcome
    reason: str


class Aside(msgspec.Struct, frozen=True):
    reason: str


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "office/cases/index.html",
        title=_("Cas à régler"),
        space="office",
        here=HERE,
        cases=await contests.open_cases(),
        closed=await contests.closed_cases(),
        signals=await signals.open_signals(),
        kinds=KINDS,
        outcomes=OUTCOMES,
    )


async def _case(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    case = await contests.get_case(public_id)
    return await page(
        request,
        "office/cases/case.html",
        title=case.title,
        space="office",
        here=HERE,
        case=case,
        form=form,
        channels=CHANNELS,
        modes=MODES,
        outcomes=OUTCOMES,
    )


@get(CASE, guards=[MANAGER])
async def show_case(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _case(request, public_id)


@post(CASE, guards=[MANAGER])
@forms.again(_case)
async def close_case(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    decision = await forms.read(request, Decision)
    await contests.close(by(request), public_id, decision.outcome, decision.reason)
    return redirect(request, HERE, said="cas-regle")


async def _signal(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    signal = await signals.get_signal(public_id)
    return await page(
        request,
        "office/cases/signal.html",
        title=_(KINDS[signal.kind]),
        space="office",
        here=HERE,
        signal=signal,
        uses=await redemptions.some(signal.facts.uses),
        form=form,
        channels=CHANNELS,
    )


@get(SIGNAL, guards=[MANAGER])
async def show_signal(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _signal(request, public_id)


@post(SIGNAL, guards=[MANAGER])
@forms.again(_signal)
async def set_aside(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    aside = await forms.read(request, Aside)
    await signals.set_aside(by(request), public_id, aside.reason)
    return redirect(request, HERE, said="signal-ecarte")


HANDLERS = [index, show_case, close_case, show_signal, set_aside]
