"""What each space shows around its pages: its menu and who is signed in."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request

from backend.http.scope import around
from backend.identity.queries import SignedIn

AnyRequest = Request[Any, Any, Any]


class Link(msgspec.Struct, frozen=True):
    href: str
    label: str
    icon: str
    current: bool
    count: int | None = None


class Me(msgspec.Struct, frozen=True):
    name: str
    tile: str
    roles: tuple[str, ...]


# Only places that exist; the bar has five at most.
MEMBER = (
    ("/accueil", "Accueil", "house"),
    ("/avantages", "Avantages", "tag"),
    ("/bons", "Mes bons", "ticket"),
    ("/carte", "Ma carte", "id-card"),
)

OFFICE = (("/gestion/imports", "Logements", "upload"),)


def public(request: AnyRequest) -> Mapping[str, Any]:
    return {"me": _me(request), "nav": []}


def member(request: AnyRequest) -> Mapping[str, Any]:
    return {"me": _me(request), "nav": links(request, MEMBER)}


def office(request: AnyRequest) -> Mapping[str, Any]:
    return {"me": _me(request), "nav": links(request, OFFICE)}


def links(request: AnyRequest, places: tuple[tuple[str, str, str], ...]) -> list[Link]:
    path = request.url.path
    return [
        Link(href, label, icon, path == href or path.startswith(href + "/"))
        for href, label, icon in places
    ]


def _me(request: AnyRequest) -> Me | None:
    caller: SignedIn | None = around(request).caller
    if caller is None:
        return None
    found = request.state.get("member")
    tile = found.household_public_id if found is not None else ""
    return Me(caller.name, tile, tuple(sorted({grant.role for grant in caller.grants})))


SPACES = {"public": public, "member": member, "show": member, "office": office}
