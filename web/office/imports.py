"""A landlord's list comes in: chosen, looked at, applied, undone."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import forms
from backend.http.bodies import MOST_FILE
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.identity.queries import SignedIn
from backend.kit.errors import N_, Invalid
from backend.kit.translations import translated as _
from backend.membership import office as membership
from backend.places import queries
from backend.places import service as places
from backend.places.service import Wish
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
NEW = "+"  # the answer "another landlord" of the form


class Choice(msgspec.Struct, frozen=True):
    """Whose list: a landlord's slug, or the name of a new one."""

    landlord: str = NEW
    name: str = ""


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await page(
        request,
        "office/imports/index.html",
        title=_("Listes de logements"),
        space="office",
        form=form,
        new=NEW,
        landlords=await queries.landlords(),
        batches=await queries.batches(),
    )


@get("/gestion/imports", guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post("/gestion/imports", guards=[MANAGER], request_max_body_size=MOST_FILE)
@forms.again(_page)
async def create(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    draft = await places.draft_import(await _wish(request, caller), caller.person_id, by(request))
    return redirect(request, f"/gestion/imports/apercu/{draft}")


@get("/gestion/imports/{public_id:str}", guards=[MANAGER])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    batch = await queries.get_batch(public_id)
    return await page(
        request,
        "office/imports/show.html",
        title=_("Import %(name)s", name=batch.file_name),
        space="office",
        batch=batch,
        changes=await queries.changes_of(batch.id),
        touched=await membership.touched_by(public_id),
    )


async def _undo_page(
    request: AnyRequest, public_id: str, form: Form | None = None
) -> Response[str]:
    return await page(
        request,
        "office/imports/undo.html",
        title=_("Annuler cet import"),
        space="office",
        form=form,
        batch=await queries.get_batch(public_id),
    )


@get("/gestion/imports/{public_id:str}/annulation", guards=[MANAGER])
async def ask_undo(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _undo_page(request, public_id)


@post("/gestion/imports/{public_id:str}/annulation", guards=[MANAGER])
@forms.again(_undo_page)
async def undo(
    request: AnyRequest, public_id: FromPath[str], caller: NamedDependency[SignedIn]
) -> Response[Any]:
    """Not behind sudo: the same file brings everything back."""
    await places.undo_import(public_id, by(request), caller.name)
    return redirect(request, f"/gestion/imports/{public_id}", said="import-annule")


async def _wish(request: AnyRequest, caller: SignedIn) -> Wish:
    choice = await forms.read(request, Choice)
    brought = await forms.upload(request, "list")
    wrong: dict[str, str] = {}
    if brought is None:
        wrong["list"] = N_("Choisissez un fichier.")
    new = choice.landlord == NEW
    if new and not choice.name:
        wrong["name"] = N_("Écrivez le nom du bailleur.")
    if not new and choice.landlord not in {each.slug for each in await queries.landlords()}:
        wrong["landlord"] = N_("Choisissez une réponse de la liste.")
    if brought is None or wrong:
        raise Invalid(wrong)
    return Wish(
        content=brought[1],
        file_name=brought[0],
        landlord_slug="" if new else choice.landlord,
        landlord_name=choice.name if new else "",
        by_name=caller.name,
    )
