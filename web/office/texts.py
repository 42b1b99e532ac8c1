"""Legal and help texts: edited here, every version kept."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import clock
from backend.kit.prose import blocks
from backend.kit.translations import translated as _
from backend.kit.zone import find_day
from backend.membership import choices
from backend.places import queries
from backend.places import service as places
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]


class TextForm(msgspec.Struct, frozen=True):
    """`after` is the version that was on the page when it was edited."""

    title: str
    body: str
    after: int = 0


@get("/gestion/textes", guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "office/texts/index.html",
        title=_("Textes"),
        space="office",
        texts=await queries.legal_texts(),
    )


async def _page(
    request: AnyRequest, slug: str, form: Form | None = None, *, preview: bool = False
) -> Response[str]:
    text = await queries.legal_text(slug)
    form = form or Form({"title": text.title, "body": text.body, "after": str(text.version)})
    return await page(
        request,
        "office/texts/edit.html",
        title=text.title,
        space="office",
        text=text,
        form=form,
        preview=blocks(form.values.get("body", "")) if preview else None,
        versions=await queries.versions_of(slug),
        agreed=await choices.agreed(slug),
        today=clock.today(),
    )


@get("/gestion/textes/{slug:str}", guards=[MANAGER])
async def edit(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    return await _page(request, slug)


@post("/gestion/textes/{slug:str}", guards=[MANAGER])
@forms.again(_page)
async def update(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, TextForm)
    await places.publish_text(slug, wish.title, wish.body, wish.after, by(request))
    return redirect(request, f"/gestion/textes/{slug}", said="texte-publie")


@post("/gestion/textes/{slug:str}/apercu", guards=[MANAGER])
async def preview(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    """As it would be read, with what was typed still in the form; nothing is published."""
    return await _page(request, slug, Form(await forms.typed_values(request)), preview=True)


@get("/gestion/textes/{slug:str}/le-jour", guards=[MANAGER])
async def on_day(
    request: AnyRequest, slug: FromPath[str], jour: FromQuery[str] = ""
) -> Response[str]:
    """The version that was in force on a day; today where none is meant."""
    day = find_day(jour) or clock.today()
    text = await queries.text_in_force(slug, day)
    return await page(
        request, "office/texts/show.html", title=text.title, space="office", text=text, day=day
    )


@get("/gestion/textes/{slug:str}/versions/{version:int}", guards=[MANAGER])
async def show(request: AnyRequest, slug: FromPath[str], version: FromPath[int]) -> Response[str]:
    text = await queries.legal_text(slug, version)
    return await page(
        request, "office/texts/show.html", title=text.title, space="office", text=text, day=None
    )
