"""The only place that knows everything: settings in, one ASGI application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ASGIApp, ControllerRouterHandler

from backend import settings as configuration
from backend.billing import gateway
from backend.billing.stripe import Stripe
from backend.http import assets, callers, csrf, failures, logs, sessions
from backend.http.assets import Assets
from backend.http.bodies import MOST_FIELDS, MOST_FORM, Bounded
from backend.http.respond import Pages
from backend.http.security import Security
from backend.kit import database
from backend.kit.seals import Seals
from backend.notifications import push
from backend.notifications.post import open_post
from backend.places import queries as places
from backend.settings import Settings
from backend.vouchers import keyring
from partners import routes as partner_routes
from web import routes
from web.shell.context import SPACES
from web.shell.said import SAID

HERE = Path(__file__).resolve().parent
BUILD = HERE / "static" / "build"
FOLDERS = [HERE / "templates", HERE.parent / "partners" / "templates"]
SANDBOX = HERE.parent / "backend" / "sandbox"


def create_app(settings: Settings | None = None) -> ASGIApp:
    """The whole club as one ASGI application; opens its pool when the server starts it."""
    settings = settings or configuration.load()
    logs.configure()
    gateway.connect(Stripe(settings))
    keyring.use(settings.signing_keys)
    push.use(push.open_push(settings))
    built = Assets(BUILD)
    spaces = {**SPACES, **partner_routes.SPACES}
    pages = Pages(_folders(settings), built.address, spaces, places.face, SAID)
    litestar = Litestar(
        route_handlers=[
            assets.show,
            *routes.handlers(settings),
            *partner_routes.handlers(settings),
            *_sandbox(settings),
        ],
        middleware=[sessions.load_caller],
        exception_handlers=dict(failures.HANDLERS),
        before_request=csrf.check,
        dependencies={
            "caller": Provide(callers.get_caller, sync_to_thread=False),
            "member": Provide(callers.get_member, sync_to_thread=False),
            "till": Provide(callers.get_till, sync_to_thread=False),
            "around": Provide(callers.get_around, sync_to_thread=False),
        },
        state=State(
            {
                "settings": settings,
                "assets": built,
                "pages": pages,
                "post": open_post(settings),
                "seals": Seals(settings.secret_keys),
            }
        ),
        lifespan=[_pool],
        request_class=Bounded,
        request_max_body_size=MOST_FORM,
        multipart_form_part_limit=MOST_FIELDS,
        openapi_config=None,
        logging_config=None,  # Litestar's own would print the addresses that libraries call
        debug=False,
    )
    return Security(litestar, settings)


def _sandbox(settings: Settings) -> list[ControllerRouterHandler]:
    """What only a demo or a test has; production does not even load it."""
    if settings.production:
        return []
    from backend.sandbox.demo import pages as demo
    from backend.sandbox.mailbox import pages as mailbox

    return [*demo.handlers(settings), *mailbox.handlers(settings)]


def _folders(settings: Settings) -> list[Path]:
    sandbox = [SANDBOX / name / "templates" for name in ("demo", "mailbox")]
    return FOLDERS if settings.production else [*FOLDERS, *sandbox]


@asynccontextmanager
async def _pool(app: Litestar) -> AsyncIterator[None]:
    """The process's connections; a test that has its own pool open keeps it."""
    settings: Settings = app.state.settings
    if database.DB.pool is not None or settings.database_url is None:
        yield
        return
    await database.open_pool(settings.database_url)
    yield
    await database.close_pool()
