"""Which messages I want, for what and by which way; what I said so far."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from backend.http import forms
from backend.http.callers import signed_in
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.identity.queries import SignedIn
from backend.membership import queries as membership
from backend.membership.service.consents import choose_messages
from backend.people import queries
from backend.people.consents import NEWEST, TEXTS
from backend.people.rules import Source
from web.shell import choices

AnyRequest = Request[Any, Any, Any]
HERE = "/compte/consentements"


@get(HERE, guards=[signed_in])
async def edit(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[str]:
    request.state.member = await membership.find_member(caller.person_id)
    return await page(
        request,
        "member/consents/edit.html",
        title="Mes messages",
        space="member" if request.state.member else "public",
        groups=choices.groups(await queries.choices_of(caller.person_id)),
        said=await queries.said_by(caller.person_id),
        version=NEWEST,
        texts=TEXTS,
        media=choices.MEDIA,
        sources=choices.SOURCES,
    )


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
