"""The doors of the house: where to sign in for a page, and where one goes after it."""

import re
from collections.abc import Iterable
from urllib.parse import quote

from backend.identity.rules import Role, SessionKind

SECOND_FACTOR = "/connexion/equipe/second-facteur"
ADDRESSES = {
    SessionKind.TENANT: "/connexion",
    SessionKind.MERCHANT: "/connexion/partenaire",
    SessionKind.STAFF: "/connexion/equipe",
}
SPACES = {
    "/comptoir": SessionKind.STAFF,
    "/gestion": SessionKind.STAFF,
    "/connexion/equipe": SessionKind.STAFF,
    "/partenaire": SessionKind.MERCHANT,
    "/assureur": SessionKind.MERCHANT,
    "/bailleur": SessionKind.MERCHANT,
}
# The first role that somebody has says where they begin. A role comes in with its first page: until
# then whoever has it only has an account.
HOMES = {
    SessionKind.TENANT: (),
    SessionKind.MERCHANT: (
        (Role.MERCHANT, "/partenaire"),
        (Role.INSURER, "/assureur"),
        (Role.REFERENT, "/bailleur"),
    ),
    SessionKind.STAFF: (
        (Role.DESK, "/comptoir"),
        (Role.MANAGER, "/gestion"),
        (Role.ADMIN, "/gestion"),
        (Role.TREASURER, "/gestion/tresorerie"),
    ),
}
ACCOUNT = "/compte"
LOCAL = re.compile(r"/(?![/\\])[\x21-\x7e]*")


def sign_in_address(path: str) -> str:
    """Each space has its door: its sessions live under their own limits."""
    if path.startswith("/caisse"):
        return "/caisse/inscription"
    kinds = (kind for start, kind in SPACES.items() if path.startswith(start))
    return ADDRESSES[next(kinds, SessionKind.TENANT)]


def with_return(address: str, path: str) -> str:
    """The address, and where to go on from there if that is a path of ours."""
    if not is_local(path):
        return address
    return f"{address}{'&' if '?' in address else '?'}suite={quote(path, safe='/')}"


def is_local(path: str) -> bool:
    """A path of this site: no other host, no scheme, nothing a browser would read as one."""
    return LOCAL.fullmatch(path) is not None and "\\" not in path


def path_of(address: str) -> str:
    """The path of a whole address; "" for what a caller may have invented."""
    found = re.match(r"https?://[^/?#]+(/[^?#]*)", address)
    return found[1] if found else ""


def onward(suite: str, kind: SessionKind, roles: Iterable[Role]) -> str:
    """Where somebody goes after signing in: what they wanted to see, else where they begin."""
    if is_local(suite):
        return suite
    if kind is SessionKind.TENANT:
        return "/accueil"
    held = set(roles)
    return next((home for role, home in HOMES[kind] if role in held), ACCOUNT)
