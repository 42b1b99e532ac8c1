"""A test's browser signed in at once, and its forms sent with their token.

    await as_tenant(client, settings, person_id)
    await as_merchant(client, settings, person_id)      # after add_role(person_id, Role.MERCHANT, partner_id)
    await as_staff(client, settings, person_id)         # after add_role(person_id, Role.DESK); second factor done
    answer = await post(client, settings, "/bons", {"offre": "abc"})

How signing in itself works is shown by tests/integration/identity; these go straight to the session.
"""

from typing import Any

import httpx

from backend.http import csrf
from backend.http.scope import Around
from backend.http.security import cookie_names
from backend.identity import service as identity
from backend.identity.rules import SessionKind
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, transaction
from backend.settings import Settings


async def as_tenant(client: httpx.AsyncClient, settings: Settings, person_id: int) -> None:
    await sign_in(client, settings, person_id, SessionKind.TENANT)


async def as_merchant(client: httpx.AsyncClient, settings: Settings, person_id: int) -> None:
    await sign_in(client, settings, person_id, SessionKind.MERCHANT)


async def as_staff(
    client: httpx.AsyncClient, settings: Settings, person_id: int, *, sudo: bool = False
) -> None:
    """A staff session whose second factor is done; with `sudo`, done just now."""
    token = await sign_in(client, settings, person_id, SessionKind.STAFF)
    await fetch(
        "UPDATE session SET second_factor_at = $2, sudo_at = $3 WHERE token_hash = $1",
        codes.hash_token(token),
        clock.now(),
        clock.now() if sudo else None,
    )


async def sign_in(
    client: httpx.AsyncClient, settings: Settings, person_id: int, kind: SessionKind
) -> str:
    """Whatever was in the browser goes; the session's token comes back."""
    async with transaction():
        token = await identity.open_session(person_id, kind, "Test")
    client.cookies.clear()
    put(client, cookie_names(settings).session, token)
    return token


async def post(
    client: httpx.AsyncClient,
    settings: Settings,
    path: str,
    data: dict[str, Any] | None = None,
    **more: Any,
) -> httpx.Response:
    """The form of a page that was just loaded; redirects are not followed."""
    token = await csrf_token(client, settings)
    return await client.post(path, data={csrf.FIELD: token, **(data or {})}, **more)


async def csrf_token(client: httpx.AsyncClient, settings: Settings) -> str:
    """The token a page of this browser would carry; its cookie is set where it was missing."""
    names = cookie_names(settings)
    around = Around(
        settings=settings,
        request_id="",
        nonce="",
        client_ip="",
        csrf_cookie=cookie(client, names.csrf),
        csrf_bound=await _session_id(cookie(client, names.session)),
    )
    token = csrf.token_for(around)
    if around.csrf_new is not None:
        put(client, names.csrf, around.csrf_new)
    return token


def cookie(client: httpx.AsyncClient, name: str) -> str | None:
    found: str | None = client.cookies.get(name)
    return found


def put(client: httpx.AsyncClient, name: str, value: str) -> None:
    """Where the server's own cookies go, so that there is never a second one of the same name."""
    host = client.base_url.host
    client.cookies.set(name, value, domain=host if "." in host else f"{host}.local")


async def _session_id(token: str | None) -> str:
    if token is None:
        return ""
    return (
        await fetch_value(
            "SELECT public_id FROM session WHERE token_hash = $1 AND revoked_at IS NULL",
            codes.hash_token(token),
        )
        or ""
    )
