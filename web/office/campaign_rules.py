"""How often partners write, and what people answered: STOP by SMS, mails that came back."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post

from backend.campaigns import queries, unsubscribing
from backend.campaigns import service as campaigns
from backend.campaigns.queries import Rules
from backend.campaigns.rules import MOST_A_WEEK
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.scope import around
from backend.kit.translations import translated as _
from web.office.campaigns import HERE
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
RULES = f"{HERE}/reglages"


class RulesForm(msgspec.Struct, frozen=True):
    partner_messages: int
    stop_number: str = ""


class AddressForm(msgspec.Struct, frozen=True):
    address: str


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    limits, settings = await queries.rules(), around(request).settings
    values = forms.shown(limits)
    return await page(
        request,
        "office/campaigns/rules.html",
        title=_("Règles et réponses"),
        space="office",
        most=MOST_A_WEEK,
        hears_stops=bool(settings.sms_inbound_secrets),
        hears_returns=bool(settings.mail_inbound_secrets),
        unread={each.hook: each for each in await queries.unread()},
        form=Form(values | (form.values if form else {}), form.errors if form else {}),
    )


@get(RULES, guards=[MANAGER])
async def edit(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(RULES, guards=[MANAGER])
@forms.again(_page)
async def update(request: AnyRequest) -> Response[Any]:
    wish = await forms.read(request, RulesForm)
    await campaigns.set_rules(by(request), Rules(wish.partner_messages, wish.stop_number))
    return redirect(request, RULES, said="enregistre")


@post(f"{RULES}/stop", guards=[MANAGER])
@forms.again(_page)
async def note_stop(request: AnyRequest) -> Response[Any]:
    wish = await forms.read(request, AddressForm)
    await unsubscribing.note_stop(by(request), wish.address)
    return redirect(request, RULES, said="stop-note")


@post(f"{RULES}/retours", guards=[MANAGER])
@forms.again(_page)
async def note_bounce(request: AnyRequest) -> Response[Any]:
    wish = await forms.read(request, AddressForm)
    await unsubscribing.note_bounce(by(request), wish.address)
    return redirect(request, RULES, said="retour-note")


HANDLERS = [edit, update, note_stop, note_bounce]
