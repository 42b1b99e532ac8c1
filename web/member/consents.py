"""Which messages I want, for what and by which way; what I said so far."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from backend.http import forms
from backend.http.callers import signed_in
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.identity.queries import SignedIn
from backend.identity.rules import SessionKind
from backend.kit.translations import translated as _
from backend.membership import queries as membership
from backend.membership.service.consents import choose_messages
from backend.notifications import phones, push
from backend.notifications.errors import PhoneNotUsable
from backend.notifications.webpush import written
from backend.people import queries
from backend.people.consents import NEWEST, TEXTS
from backend.people.rules import Source
from web.shell import choices

AnyRequest = Request[Any, Any, Any]
HERE = "/compte/consentements"


async def show(request: AnyRequest, caller: SignedIn, form: Form | None = None) -> Response[str]:
    request.state.member = await membership.find_member(caller.person_id)
    rung = await phones.phones_of(caller.person_id)
    return await page(
        request,
        "member/consents/edit.html",
        title=_("Mes messages"),
        space="member" if request.state.member else "public",
        form=form,
        groups=choices.groups(await queries.choices_of(caller.person_id)),
        said=await queries.said_by(caller.person_id),
        version=NEWEST,
        texts=TEXTS,
        media=choices.MEDIA,
        sources=choices.SOURCES,
        phones=rung,
        here=any(phone.session == caller.session_id for phone in rung),
        session_id=caller.session_id,
        ours=_our_key(caller),
    )


def _our_key(caller: SignedIn) -> str:
    """What this browser would subscribe with; empty where it may not, or the club rings nobody."""
    gateway = push.gateway()
    if gateway is None or caller.kind is not SessionKind.TENANT:
        return ""
    return written(gateway.vapid.public)


def check_own(caller: SignedIn) -> None:
    """A computer of the counter or of a shop shows nobody's own messages. Raises PhoneNotUsable."""
    if not _our_key(caller):
        raise PhoneNotUsable


@get(HERE, guards=[signed_in])
async def edit(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[str]:
    return await show(request, caller)


@post(HERE, guards=[signed_in])
async def update(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    typed = await forms.typed_values(request)
    await choose_messages(
        acting(request),
        caller.person_id,
        choices.read(typed),
        Source.ONLINE,
        choices.version(typed),
    )
    return redirect(request, HERE, said="enregistre")


HANDLERS = [edit, update]
