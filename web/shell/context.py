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
from backend.kit.errors import N_
from backend.kit.translations import translated as _

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
    ("/accueil", N_("Accueil"), "house"),
    ("/avantages", N_("Avantages"), "ticket-percent"),
    ("/reserver", N_("Réserver"), "calendar-check"),
    ("/entraide", N_("Entraide"), "heart-handshake"),
    ("/carte", N_("Ma carte"), "id-card"),
)
# Pages with an address of their own that belong to a place of the bar.
BELONGS = {"/services": "/reserver", "/agenda": "/reserver", "/bons": "/avantages"}
DESK = (
    ("/comptoir", N_("Journée"), "sun"),
    ("/comptoir/personnes", N_("Personnes"), "users"),
    ("/comptoir/guichet", N_("Guichet"), "scan-line"),
    ("/comptoir/prets", N_("Prêts"), "package"),
    ("/comptoir/commandes", N_("Commandes"), "shopping-basket"),
    ("/comptoir/planning", N_("Planning"), "calendar-days"),
    ("/comptoir/agenda", N_("Activités"), "calendar-check"),
    ("/comptoir/adhesions/nouvelle", N_("Adhérer"), "user-plus"),
    ("/comptoir/caisse", N_("Caisse"), "banknote"),
    ("/comptoir/etiquettes", N_("Étiquettes"), "qr-code"),
    ("/comptoir/a-remettre", N_("À remettre"), "mail"),
    ("/comptoir/poste", N_("Mon poste"), "settings"),
)
OFFICE = (
    ("/gestion", N_("Tableau de bord"), "layout-dashboard"),
    ("/gestion/adherents", N_("Adhérents"), "users"),
    ("/gestion/cotisations", N_("Échéances"), "calendar-check"),
    ("/gestion/verifications", N_("À vérifier"), "user-check"),
    ("/gestion/cas", N_("Cas à régler"), "triangle-alert"),
    ("/gestion/entraide", N_("Entraide"), "heart-handshake"),
    ("/gestion/agenda", N_("Agenda"), "calendar-days"),
    ("/gestion/campagnes", N_("Campagnes"), "megaphone"),
    ("/gestion/partenaires", N_("Partenaires"), "store"),
    ("/gestion/candidatures", N_("Candidatures"), "user-plus"),
    ("/gestion/conventions", N_("Conventions"), "file-text"),
    ("/gestion/avantages", N_("Avantages"), "ticket-percent"),
    ("/gestion/demandes", N_("Demandes"), "message-circle"),
    ("/gestion/assurance", N_("Assurance"), "umbrella"),
    ("/gestion/inventaire", N_("Objets et salles"), "package"),
    ("/gestion/entretien", N_("Entretien"), "wrench"),
    ("/gestion/regles-de-pret", N_("Règles de prêt"), "clipboard-list"),
    ("/gestion/services", N_("Services"), "shopping-basket"),
    ("/gestion/bilan-des-prets", N_("Bilan des prêts"), "chart-column"),
    ("/gestion/tresorerie", N_("Trésorerie"), "hand-coins"),
    ("/gestion/ecarts", N_("Écarts"), "scale"),
    ("/gestion/bailleurs", N_("Bailleurs"), "building-2"),
    ("/gestion/residences", N_("Résidences"), "house"),
    ("/gestion/participation", N_("Participation"), "chart-column"),
    ("/gestion/imports", N_("Logements"), "upload"),
    ("/gestion/points", N_("Conciergeries"), "map-pin"),
    ("/gestion/equipe", N_("Équipe"), "users"),
    ("/gestion/textes", N_("Textes"), "file-text"),
    ("/gestion/donnees", N_("Données"), "shield-check"),
    ("/gestion/club", N_("Réglages"), "settings"),
)
# What a part of a long menu is called, at the place it begins with.
PARTS = {
    "/gestion/adherents": N_("Adhérents"),
    "/gestion/partenaires": N_("Partenaires"),
    "/gestion/inventaire": N_("Prêt"),
    "/gestion/tresorerie": N_("Argent"),
    "/gestion/bailleurs": N_("Lieux"),
    "/gestion/equipe": N_("Club"),
}

TREASURY = (
    ("/gestion/tresorerie", N_("Trésorerie"), "hand-coins"),
    ("/gestion/ecarts", N_("Écarts"), "scale"),
    ("/gestion/cotisations", N_("Échéances"), "calendar-check"),
    ("/gestion/club/cotisations", N_("Cotisations"), "euro"),
    ("/gestion/club/banque", N_("Banque"), "wallet"),
    ("/gestion/club/historique", N_("Historique"), "history"),
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
    first = "/" + path.split("/")[1]
    path = path.replace(first, BELONGS.get(first, first), 1)
    return [
        Link(
            href,
            _(label),
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
