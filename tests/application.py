"""The whole application in this process: made once for its settings, and each time as if it were new."""

from functools import cache

import httpx
from litestar import Litestar
from litestar.types import ASGIApp

from backend.billing import gateway
from backend.billing.stripe import Stripe
from backend.http import logs
from backend.http.security import Security
from backend.notifications import push
from backend.settings import Settings
from backend.vouchers import keyring
from web.app import create_app


@cache
def _made(settings: Settings) -> Security:
    """To make its routes and to compile its templates takes longer than most tests."""
    made = create_app(settings)
    assert isinstance(made, Security)
    return made


@cache
def _gateway(settings: Settings) -> Stripe:
    return Stripe(settings)


def application(settings: Settings) -> ASGIApp:
    """What a process has once is this application's again, whatever an earlier test put there."""
    made = _made(settings)
    logs.configure()
    gateway.connect(_gateway(settings))
    keyring.use(settings.signing_keys)
    push.use(push.open_push(settings))
    return made


def bare_application(settings: Settings) -> Litestar:
    """What is inside its outermost layer, to be read; nothing of the process changes."""
    inside = _made(settings).app
    assert isinstance(inside, Litestar)
    return inside


def browser_of(settings: Settings) -> httpx.AsyncClient:
    """A browser without JavaScript: cookies, redirects on demand, same origin."""
    transport = httpx.ASGITransport(app=application(settings))
    return httpx.AsyncClient(transport=transport, base_url=settings.base_url)
