"""Which messages somebody wants, written down for them: said here, on paper or by telephone."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit.errors import Invalid
from backend.membership import desk
from backend.membership.service.consents import choose_messages
from backend.people import queries
from backend.people.consents import NEWEST, TEXTS
from backend.people.rules import Source
from web.desk import people
from web.desk.frame import DESK, AnyRequest
from web.shell import choices

HEARD = tuple((source.value, choices.SOURCES[source]) for source in Source if source != "online")


class Heard(msgspec.Struct, frozen=True):
    """Where the person said so."""

    source: Source


def check_heard(source: Source) -> None:
    """Staff hear a yes: only its owner gives one online (D6). Raises Invalid at its field."""
    if source is Source.ONLINE:
        raise Invalid().at("source")


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    file = await people.opened(request, public_id)
    return await people.tab(
        request,
        "consents",
        file,
        focus=False,
        form=form,
        groups=choices.groups(await queries.choices_of(file.member.person_id)),
        said=await queries.said_by(file.member.person_id),
        version=NEWEST,
        texts=TEXTS,
        media=choices.MEDIA,
        sources=choices.SOURCES,
        heard=HEARD,
    )


@get("/comptoir/personnes/{public_id:str}/consentements", guards=[DESK])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post("/comptoir/personnes/{public_id:str}/consentements", guards=[DESK])
@forms.again(_page)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    heard = await forms.read(request, Heard)
    check_heard(heard.source)
    typed = await forms.typed_values(request)
    file = await desk.open_file(public_id)
    await choose_messages(
        acting(request),
        file.member.person_id,
        choices.read(typed),
        heard.source,
        choices.version(typed),
    )
    return redirect(request, f"/comptoir/personnes/{public_id}/consentements", said="enregistre")


HANDLERS = [edit, update]
