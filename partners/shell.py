"""What the spaces of merchants and insurers show around their pages."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from litestar import Request

from backend.http.scope import around
from backend.identity.queries import SignedIn
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.merchants.queries import TillCaller
from partners.till import screens

AnyRequest = Request[Any, Any, Any]


class Link(msgspec.Struct, frozen=True):
    href: str
    label: str
    icon: str
    current: bool


class Me(msgspec.Struct, frozen=True):
    name: str
    tile: str
    roles: tuple[str, ...]
    home: str


def till(request: AnyRequest) -> Mapping[str, Any]:
    """A phone that is no till yet has a door and nothing else."""
    device: TillCaller | None = request.state.get("till")
    if device is None:
        return {"me": None, "nav": [], "till": None, "cashier": None}
    places = [
        ("/caisse", N_("Scanner"), "scan-line"),
        ("/caisse/aujourdhui", N_("Aujourd’hui"), "list"),
    ]
    if device.cashiers:
        places.append(("/caisse/prenom", N_("Qui est à la caisse ?"), "user"))
    return {
        "me": None,
        "nav": _links(request, places),
        "till": device,
        "cashier": screens.cashier(request, device),
    }


PORTAL = [
    ("/partenaire", N_("Accueil"), "house"),
    ("/partenaire/demandes", N_("À rappeler"), "phone"),
    ("/partenaire/passages", N_("Ventes et bons"), "receipt"),
    ("/partenaire/avantages", N_("Mes avantages"), "ticket-percent"),
    ("/partenaire/points-de-vente", N_("Mes caisses"), "smartphone"),
    ("/partenaire/campagnes", N_("Campagnes"), "megaphone"),
    ("/partenaire/convention", N_("Ma convention"), "file-text"),
]


def portal(request: AnyRequest) -> Mapping[str, Any]:
    return _of(request, PORTAL)


def insurer(request: AnyRequest) -> Mapping[str, Any]:
    return _of(request, [("/assureur", N_("À rappeler"), "phone")])


def referent(request: AnyRequest) -> Mapping[str, Any]:
    return _of(
        request,
        [
            ("/bailleur", N_("Mes résidences"), "building-2"),
            ("/bailleur/rapport", N_("Rapport annuel"), "file-text"),
            ("/bailleur/attestations", N_("Attestations"), "shield-check"),
        ],
    )


def _of(request: AnyRequest, places: list[tuple[str, str, str]]) -> Mapping[str, Any]:
    caller: SignedIn | None = around(request).caller
    roles = () if caller is None else tuple(sorted({grant.role for grant in caller.grants}))
    me = None if caller is None else Me(caller.name, "", roles, places[0][0])
    return {"me": me, "nav": _links(request, places)}


def _links(request: AnyRequest, places: list[tuple[str, str, str]]) -> list[Link]:
    path = request.url.path
    home = places[0][0] if places else ""
    return [
        Link(href, _(label), icon, path == href or (href != home and path.startswith(f"{href}/")))
        for href, label, icon in places
    ]


SPACES: dict[str, Callable[[AnyRequest], Mapping[str, Any]]] = {
    "till": till,
    "portal": portal,
    "referent": referent,
    "insurer": insurer,
}
