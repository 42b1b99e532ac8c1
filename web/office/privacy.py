"""How long the club keeps people's data, what the night took away, which lists left the house."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.privacy import queries, retention
from backend.privacy.rules import BOUNDS, Retention
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/donnees"
WHAT = {
    "prospects": N_("Personnes qui n’ont jamais payé"),
    "lapsed": N_("Anciens adhérents"),
    "held": N_("Personnes à revoir, quelque chose est en cours"),
    "audit": N_("Lignes du journal"),
    "refused": N_("Essais refusés en caisse"),
    "signals": N_("Signaux mis de côté"),
    "applications": N_("Candidatures refusées de partenaires"),
    "applicants": N_("Noms aux candidatures d’anciens partenaires"),
    "messages": N_("Messages"),
    "proofs": N_("Preuves de préavis, après 5 ans"),
    "campaigns": N_("Messages de campagnes"),
    "exchanges": N_("Messages entre voisins"),
    "seats": N_("Noms aux activités passées"),
    "orders": N_("Noms sur d’anciennes commandes"),
    "leads": N_("Demandes d’appel"),
    "calls": N_("Appels attendus trop longtemps, demandes retirées"),
}


class Wish(msgspec.Struct, frozen=True):
    prospects_months: int
    lapsed_months: int
    logs_months: int
    messages_months: int
    leads_months: int
    calls_months: int


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    limits = await retention.get_retention()
    values = {name: str(months) for name, months in msgspec.to_builtins(limits).items()}
    return await page(
        request,
        "office/privacy/edit.html",
        title=_("Données personnelles"),
        space="office",
        form=form or Form(values),
        bounds=BOUNDS,
        runs=await retention.runs(),
        what=WHAT,
        taken=await queries.lists_taken(),
    )


@get(HERE, guards=[MANAGER])
async def edit(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(HERE, guards=[MANAGER])
@forms.again(_page)
async def update(request: AnyRequest) -> Response[Any]:
    wish = await forms.read(request, Wish)
    await retention.set_retention(by(request), Retention(**msgspec.structs.asdict(wish)))
    return redirect(request, HERE, said="enregistre")


@post(f"{HERE}/essais", guards=[MANAGER])
async def try_(request: AnyRequest) -> Response[Any]:
    """What the night would take away; nothing goes."""
    await retention.run(by(request), dry=True)
    return redirect(request, f"{HERE}#passages")


HANDLERS = [edit, update, try_]
