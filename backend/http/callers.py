"""Who may come in: one guard on every route (SEC11), and the caller as handlers receive it.

A guard decides and loads; the injected value below is only read. A route without one of these
guards is found by the architecture tests.
"""

import base64
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from backend.campaigns import answers
from backend.http.scope import Around, around
from backend.http.security import cookie_names
from backend.identity import rules
from backend.identity.errors import SecondFactorNeeded, SudoNeeded, Unauthenticated
from backend.identity.queries import SignedIn
from backend.identity.rules import Role, SessionKind
from backend.kit import clock, codes
from backend.kit.errors import N_, DomainError, Missing
from backend.membership import queries as membership
from backend.membership.queries import Member
from backend.merchants import queries as merchants
from backend.merchants import service as merchant_service
from backend.merchants.queries import TillCaller
from backend.merchants.rules import SEEN_EVERY

Connection = ASGIConnection[Any, Any, Any, Any]
STAFF = (Role.DESK, Role.TREASURER, Role.MANAGER, Role.ADMIN)


class DeviceRevoked(DomainError):
    status = 401
    title = N_("Caisse fermée")
    slug = "device_revoked"
    sentence = N_("Cette caisse n'est plus autorisée.")
    next = N_("Demandez au club un nouveau lien.")


async def public(connection: Connection, handler: BaseRouteHandler) -> None:
    """Anybody. Written on a route so that leaving it out is never how a page becomes public."""


async def signed_in(connection: Connection, handler: BaseRouteHandler) -> None:
    """A person with a living session of any kind."""
    _signed_in(connection)


async def member(connection: Connection, handler: BaseRouteHandler) -> None:
    """A person who belongs to a household; standing is judged by the use cases, not here."""
    caller = _signed_in(connection)
    found = await membership.find_member(caller.person_id)
    if found is None:
        raise Missing
    connection.state.member = found


async def welcomed(connection: Connection, handler: BaseRouteHandler) -> None:
    """A person with a living session, and their household if they have one."""
    caller = _signed_in(connection)
    connection.state.member = await membership.find_member(caller.person_id)


def staff(*roles: Role) -> Any:
    """A staff session with its second factor done, and one of `roles` (admin always)."""

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        caller = _signed_in(connection)
        if not caller.has(*(roles or STAFF), Role.ADMIN):
            raise Missing
        if caller.kind is not SessionKind.STAFF:
            raise Unauthenticated
        if caller.second_factor_at is None:
            raise SecondFactorNeeded

    guard.__name__ = "staff_" + "_".join(roles) if roles else "staff_any"
    return guard


async def staff_entering(connection: Connection, handler: BaseRouteHandler) -> None:
    """Staff between the first code and the second factor: only the pages that ask for it."""
    _staff_session(connection)


async def staff_enrolling(connection: Connection, handler: BaseRouteHandler) -> None:
    """Staff who have no second factor yet, or have given it: the pages that make one."""
    caller = _staff_session(connection)
    if caller.has_factor and caller.second_factor_at is None:
        raise SecondFactorNeeded


async def sudo(connection: Connection, handler: BaseRouteHandler) -> None:
    """Beside a staff guard: the second factor again within ten minutes, for dangerous acts."""
    if not rules.is_sudo(_signed_in(connection).sudo_at, clock.now()):
        raise SudoNeeded


def scoped(role: Role) -> Any:
    """A portal session with `role` over at least one partner, insurer or landlord."""

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        caller = _signed_in(connection)
        if not caller.scopes(role):
            raise Missing
        if caller.kind is SessionKind.TENANT:
            raise Unauthenticated

    guard.__name__ = f"scoped_{role}"
    return guard


async def till_cookie(connection: Connection, handler: BaseRouteHandler) -> None:
    """The till page: an HttpOnly cookie set when the device was enrolled."""
    name = cookie_names(around(connection).settings).till
    await _load_till(connection, connection.cookies.get(name), bearer=False)


async def till_bearer(connection: Connection, handler: BaseRouteHandler) -> None:
    """The API: only the bearer token."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    await _load_till(connection, token if scheme.lower() == "bearer" else None, bearer=True)


async def signed_hook(connection: Connection, handler: BaseRouteHandler) -> None:
    """A call that proves itself by its signature, checked by the handler before anything else."""


async def sms_provider(connection: Connection, handler: BaseRouteHandler) -> None:
    """Our SMS provider, by the secret we gave it."""
    about = around(connection)
    secrets = about.settings.sms_inbound_secrets
    await answers.admit("sms", secrets, _given_secret(connection), about.client_ip)


async def mail_provider(connection: Connection, handler: BaseRouteHandler) -> None:
    """Our mail provider, by the secret we gave it."""
    about = around(connection)
    secrets = about.settings.mail_inbound_secrets
    await answers.admit("mail", secrets, _given_secret(connection), about.client_ip)


def _given_secret(connection: Connection) -> bytes:
    """Of a bearer's header, or the password of an address like https://club:secret@…/hooks/sms."""
    scheme, _, value = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.encode()
    try:
        return base64.b64decode(value, validate=True).partition(b":")[2]
    except ValueError:
        return b""


async def _load_till(connection: Connection, token: str | None, *, bearer: bool) -> None:
    if not token or not token.isascii():
        raise Unauthenticated
    found = await merchants.find_till_caller(codes.hash_token(token), bearer=bearer)
    if found is None:
        raise Unauthenticated
    if found.revoked:
        raise DeviceRevoked
    if found.seen_at is None or found.seen_at < clock.now() - SEEN_EVERY:
        await merchant_service.see_till(found.till_id)
    connection.state.till = found


def _staff_session(connection: Connection) -> SignedIn:
    caller = _signed_in(connection)
    if not caller.has(*STAFF):
        raise Missing
    if caller.kind is not SessionKind.STAFF:
        raise Unauthenticated
    return caller


def _signed_in(connection: Connection) -> SignedIn:
    caller: SignedIn | None = around(connection).caller
    if caller is None:
        raise Unauthenticated
    return caller


def get_caller(request: Request[Any, Any, Any]) -> SignedIn:
    return _signed_in(request)


def get_member(request: Request[Any, Any, Any]) -> Member:
    found: Member = request.state.member
    return found


def get_till(request: Request[Any, Any, Any]) -> TillCaller:
    found: TillCaller = request.state.till
    return found


def get_around(request: Request[Any, Any, Any]) -> Around:
    return around(request)
