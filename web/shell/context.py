"""What each space shows around its pages: its menu and who is signed in."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec
from litestar import Request

from backend.http import doors
from backend.http.scope import around
from backend.identity.queries import SignedIn
from backend.identity.rules import Role, SessionKind

AnyRequest = Request[Any, Any, Any]


class Link(msgspec.Struct, frozen=True):
    href: str
    label: str
    icon: str
    current: bool
    count: int | None = None
    part: str = ""


class Me(msgspec.Struct, frozen=True):
    name: str
    tile: str
    roles: tuple[str, ...]
    home: str


# Only places that exist; the bar has five at most.
MEMBER = (
    ("/accueil", "Accueil", "house"),
    ("/avantages", "Avantages", "ticket-percent"),
    ("/reserver", "Réserver", "calendar-check"),
    ("/bons", "Mes bons", "ticket"),
    ("/carte", "Ma carte", "id-card"),
)

DESK = (
    ("/comptoir", "Journée", "sun"),
    ("/comptoir/personnes", "Personnes", "users"),
    ("/comptoir/prets", "Prêts", "package"),
    ("/comptoir/adhesions/nouvelle", "Adhérer", "user-plus"),
    ("/comptoir/caisse", "Caisse", "banknote"),
    ("/comptoir/a-remettre", "À remettre", "mail"),
    ("/comptoir/poste", "Mon poste", "settings"),
)
OFFICE = (
    ("/gestion", "Tableau de bord", "layout-dashboard"),
    ("/gestion/adherents", "Adhérents", "users"),
    ("/gestion/cotisations", "Échéances", "calendar-check"),
    ("/gestion/verifications", "À vérifier", "user-check"),
    ("/gestion/cas", "Cas à régler", "triangle-alert"),
    ("/gestion/campagnes", "Campagnes", "megaphone"),
    ("/gestion/partenaires", "Partenaires", "store"),
    ("/gestion/candidatures", "Candidatures", "user-plus"),
    ("/gestion/conventions", "Conventions", "file-text"),
    ("/gestion/avantages", "Avantages", "ticket-percent"),
    ("/gestion/demandes", "Demandes", "message-circle"),
    ("/gestion/assurance", "Assurance", "umbrella"),
    ("/gestion/tresorerie", "Trésorerie", "hand-coins"),
    ("/gestion/ecarts", "Écarts", "scale"),
    ("/gestion/bailleurs", "Bailleurs", "building-2"),
    ("/gestion/residences", "Résidences", "house"),
    ("/gestion/imports", "Logements", "upload"),
    ("/gestion/points", "Conciergeries", "map-pin"),
    ("/gestion/equipe", "Équipe", "users"),
    ("/gestion/textes", "Textes", "file-text"),
    ("/gestion/donnees", "Données", "shield-check"),
    ("/gestion/club", "Réglages", "settings"),
)
# What a part of a long menu is called, at the place it begins with.
PARTS = {
    "/gestion/adherents": "Adhérents",
    "/gestion/partenaires": "Partenaires",
    "/gestion/tresorerie": "Argent",
    "/gestion/bailleurs": "Lieux",
    "/gestion/equipe": "Club",
}

TREASURY = (
    ("/gestion/tresorerie", "Trésorerie", "hand-coins"),
    ("/gestion/ecarts", "Écarts", "scale"),
    ("/gestion/cotisations", "Échéances", "calendar-check"),
    ("/gestion/club/cotisations", "Cotisations", "euro"),
    ("/gestion/club/banque", "Banque", "wallet"),
    ("/gestion/club/historique", "Historique", "history"),
)


def public(request: AnyRequest) -> Mapping[str, Any]:
    return {"me": _me(request), "nav": []}


def member(request: AnyRequest) -> Mapping[str, Any]:
    """Staff and merchants open their own account here too, without places that are not theirs."""
    caller: SignedIn | None = around(request).caller
    belongs = request.state.get("member") is not None
    tenant = caller is None or caller.kind is SessionKind.TENANT
    return {"me": _me(request), "nav": links(request, MEMBER) if belongs or tenant else []}


def desk(request: AnyRequest) -> Mapping[str, Any]:
    return {"me": _me(request), "nav": links(request, DESK, home="/comptoir")}


def office(request: AnyRequest) -> Mapping[str, Any]:
    """The treasurer's menu has only what the treasurer may open."""
    caller: SignedIn | None = around(request).caller
    managing = caller is None or caller.has(Role.MANAGER, Role.ADMIN)
    return {
        "me": _me(request),
        "nav": links(request, OFFICE, "/gestion", PARTS)
        if managing
        else links(request, TREASURY, "/gestion"),
    }


def links(
    request: AnyRequest,
    places: tuple[tuple[str, str, str], ...],
    home: str = "",
    parts: Mapping[str, str] = MappingProxyType({}),
) -> list[Link]:
    """The menu; `home` is where I am only on its own page, since all others begin like it."""
    path = request.url.path
    return [
        Link(
            href,
            label,
            icon,
            path == href or (href != home and path.startswith(href + "/")),
            part=parts.get(href, ""),
        )
        for href, label, icon in places
    ]


def _me(request: AnyRequest) -> Me | None:
    caller: SignedIn | None = around(request).caller
    if caller is None:
        return None
    found = request.state.get("member")
    tile = found.household_public_id if found is not None else ""
    held = {grant.role for grant in caller.grants}
    return Me(caller.name, tile, tuple(sorted(held)), doors.onward("", caller.kind, held))


SPACES = {"public": public, "member": member, "show": member, "desk": desk, "office": office}
