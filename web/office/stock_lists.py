"""Lists of items, copies and closures: brought, looked at, applied whole; and handed out again."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from backend.http import exports, forms
from backend.http.bodies import MOST_FILE
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.identity.queries import SignedIn
from backend.kit.errors import N_, Invalid
from backend.kit.sheets import Format
from backend.kit.translations import translated as _
from backend.lending.lists import COLUMNS, NEEDED
from backend.lending.queries import exporting
from backend.lending.rules import ListKind
from backend.lending.service import importing
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/inventaire/listes"
KINDS = {
    ListKind.ITEMS: N_("Objets"),
    ListKind.COPIES: N_("Exemplaires"),
    ListKind.CLOSURES: N_("Fermetures"),
    ListKind.MEMBERS: N_("Adhérents"),
}


class Choice(msgspec.Struct, frozen=True):
    kind: ListKind


async def _index(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await page(
        request,
        "office/stock_lists/index.html",
        title=_("Listes à importer"),
        space="office",
        form=form,
        kinds=KINDS,
        columns=COLUMNS,
        needed=NEEDED,
    )


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await _index(request)


@post(HERE, guards=[MANAGER], request_max_body_size=MOST_FILE)
@forms.again(_index)
async def create(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    choice = await forms.read(request, Choice)
    brought = await forms.upload(request, "list")
    if brought is None:
        raise Invalid({"list": N_("Choisissez un fichier.")})
    name, content = brought
    draft = await importing.draft(choice.kind, content, name, caller.person_id, by(request))
    return redirect(request, f"{HERE}/{draft}")


async def _show(
    request: AnyRequest, public_id: str, caller: SignedIn, form: Form | None = None
) -> Response[str]:
    draft, outcome = await importing.look_at(public_id, caller.person_id)
    return await page(
        request,
        "office/stock_lists/show.html",
        title=_("Vérifier la liste"),
        space="office",
        form=form,
        draft=draft,
        outcome=outcome,
        rejected=outcome.rejected,
        kinds=KINDS,
    )


@get(f"{HERE}/{{public_id:str}}", guards=[MANAGER])
async def show(
    request: AnyRequest, public_id: FromPath[str], caller: NamedDependency[SignedIn]
) -> Response[str]:
    return await _show(request, public_id, caller)


@post(f"{HERE}/{{public_id:str}}", guards=[MANAGER])
@forms.again(_show)
async def apply(
    request: AnyRequest, public_id: FromPath[str], caller: NamedDependency[SignedIn]
) -> Response[Any]:
    await importing.apply(public_id, caller.person_id, by(request))
    return redirect(request, HERE, said="liste-appliquee")


@get(f"{HERE}/export", guards=[MANAGER])
async def export(request: AnyRequest, liste: FromQuery[ListKind] = ListKind.ITEMS) -> Response[Any]:
    """As the list that comes in: a CSV, which reads back as it is."""
    return await exports.send(request, await exporting.sheet(liste), Format.CSV)


HANDLERS = [index, create, show, apply, export]
