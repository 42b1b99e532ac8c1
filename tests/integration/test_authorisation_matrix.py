"""Each role at each route (SEC11), and what every route must have. The table is in http/callers.py."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from litestar import Litestar, Response, get
from litestar.types import ASGIApp

from backend.http import csrf
from backend.http.doors import ACCOUNT, ADDRESSES, HOMES, SECOND_FACTOR, SPACES, onward
from backend.http.security import cookie_names
from backend.identity.queries import find_signed_in
from backend.identity.rules import DOORS as DOORS_BY_KIND
from backend.identity.rules import FactorKind, Role, SessionKind
from backend.kit import clock, codes
from backend.kit.database import fetch
from backend.settings import Settings
from tests import factories, sign_in
from tests.conftest import Database
from tests.integration.http import callers
from tests.integration.http.callers import allowed
from tests.integration.http.routes import all_routes, routes_of, sample
from web.app import create_app

REACHED = 418
DOORS = (*ADDRESSES.values(), SECOND_FACTOR, "/caisse/inscription")
Enter = Callable[[httpx.AsyncClient, Settings], Awaitable[None]]


async def reached(_: object) -> Response[None]:
    """Stands where the check of forms stands, right after the guards: no handler is run."""
    return Response(None, status_code=REACHED)


@pytest.fixture(scope="module")
def unchecked(settings: Settings) -> ASGIApp:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csrf, "check", reached)
        return create_app(settings)


@pytest.fixture
async def browser(
    db: Database, settings: Settings, unchecked: ASGIApp
) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=unchecked)
    async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:
        yield client


async def nobody(browser: httpx.AsyncClient, settings: Settings) -> None:
    browser.cookies.clear()


async def person(browser: httpx.AsyncClient, settings: Settings) -> None:
    await sign_in.as_tenant(browser, settings, await factories.add_person())


async def member(browser: httpx.AsyncClient, settings: Settings) -> None:
    found = await factories.add_member()
    await sign_in.as_tenant(browser, settings, found.person_id)


def partner(role: Role) -> Enter:
    async def enter(browser: httpx.AsyncClient, settings: Settings) -> None:
        person_id = await factories.add_person()
        await factories.add_role(person_id, role, 1)
        await sign_in.as_merchant(browser, settings, person_id)

    return enter


def staff(role: Role, *, sudo: bool = False) -> Enter:
    async def enter(browser: httpx.AsyncClient, settings: Settings) -> None:
        person_id = await staff_person(role)
        await sign_in.as_staff(browser, settings, person_id, sudo=sudo)

    return enter


async def entering(browser: httpx.AsyncClient, settings: Settings) -> None:
    await sign_in.sign_in(browser, settings, await staff_person(Role.DESK), SessionKind.STAFF)


async def enrolling(browser: httpx.AsyncClient, settings: Settings) -> None:
    person_id = await factories.add_person()
    await factories.add_role(person_id, Role.DESK)
    await sign_in.sign_in(browser, settings, person_id, SessionKind.STAFF)


async def till(browser: httpx.AsyncClient, settings: Settings) -> None:
    sign_in.put(browser, cookie_names(settings).till, (await a_till()).cookie)


async def program(browser: httpx.AsyncClient, settings: Settings) -> None:
    browser.headers["authorization"] = f"Bearer {(await a_till()).token}"


async def a_till() -> factories.Enrolled:
    made = await factories.add_partner()
    return await factories.add_till((await factories.add_shop(made.id)).id)


async def staff_person(role: Role) -> int:
    """Somebody of the house with a second factor."""
    person_id = await factories.add_person()
    await factories.add_role(person_id, role)
    await fetch(
        "INSERT INTO factor (public_id, person, kind, name, sealed, created_at, confirmed_at)"
        " VALUES ($1, $2, $3, 'Test', '', $4, $4)",
        codes.random_id(),
        person_id,
        FactorKind.TOTP.value,
        clock.now(),
    )
    return person_id


CALLERS: dict[str, Enter] = {
    callers.NOBODY: nobody,
    callers.PERSON: person,
    callers.MEMBER: member,
    callers.MERCHANT: partner(Role.MERCHANT),
    callers.INSURER: partner(Role.INSURER),
    callers.REFERENT: partner(Role.REFERENT),
    callers.DESK: staff(Role.DESK),
    callers.TREASURER: staff(Role.TREASURER),
    callers.MANAGER: staff(Role.MANAGER),
    callers.ADMIN: staff(Role.ADMIN),
    callers.ENTERING: entering,
    callers.ENROLLING: enrolling,
    callers.SUDO: staff(Role.MANAGER, sudo=True),
    callers.ADMIN_SUDO: staff(Role.ADMIN, sudo=True),
    callers.TILL: till,
    callers.PROGRAM: program,
}


@pytest.mark.parametrize("who", CALLERS)
async def test_caller_gets_where_the_table_says_and_nowhere_else(browser, settings, who):
    """SEC11: each role at each route; whoever may not come in is sent to a door or sees nothing."""
    await CALLERS[who](browser, settings)
    wrong = []
    for method, path, _ in all_routes(settings):
        answer = await browser.request(method, sample(path))
        may = who in (allowed(method, path) or ())
        if (answer.status_code == REACHED) is not may or not (may or is_refusal(answer)):
            wrong.append((method, path, answer.status_code, "should" if may else "should not"))
    assert wrong == []


def is_refusal(answer: httpx.Response) -> bool:
    if answer.status_code == 303:
        return answer.headers["location"].startswith(DOORS)
    return answer.status_code in (401, 403, 404)


def test_table_knows_every_route(settings):
    """SEC11: a new route says who may call it: see http/callers.py."""
    unknown = [(m, path) for m, path, _ in all_routes(settings) if allowed(m, path) is None]
    assert unknown == []


def test_table_names_no_route_that_is_gone(settings):
    known = {f"{method} {path}" for method, path, _ in all_routes(settings)}
    assert set(callers.ROUTES) - known == set()


def test_every_home_and_every_door_leads_to_a_page(settings):
    """SEC11: nobody signs in to land on an address that no page has."""
    pages = {path for method, path, _ in all_routes(settings) if method == "GET"}
    homes = {home for begins in HOMES.values() for _, home in begins}
    assert {*homes, *SPACES, *ADDRESSES.values(), ACCOUNT} - pages == set()
    for kind, roles in DOORS_BY_KIND.items():
        for role in roles:
            assert onward("", kind, [role]) in pages


def test_every_route_has_a_guard_of_ours(settings):
    """SEC11: a route without one of the guards of backend.http.callers is red, even a public one."""
    bare = [
        (method, path)
        for method, path, handler in all_routes(settings)
        if not any(
            getattr(guard, "__module__", "") == "backend.http.callers"
            for guard in handler.resolve_guards()
        )
    ]
    assert bare == []


def test_every_change_is_checked_for_its_form(settings):
    """SEC10: every route that is no GET checks its form; only what proves itself otherwise does not."""
    app = create_app(settings).app
    for method, path, handler in routes_of(app):
        if method == "GET":
            continue
        guards = {guard.__name__ for guard in handler.resolve_guards()}
        if handler.opt.get("csrf") is False:
            assert guards & callers.WITHOUT_CSRF, f"{method} {path} checks no form"
        else:
            assert handler.resolve_before_request() is csrf.check, f"{method} {path}"


def test_bearer_and_signature_never_go_with_a_cookie(settings):
    """SEC10: a route that checks no form is reached by no cookie: it has that one guard alone."""
    for method, path, handler in all_routes(settings):
        guards = {guard.__name__ for guard in handler.resolve_guards()}
        if guards & callers.WITHOUT_CSRF:
            assert guards <= callers.WITHOUT_CSRF, f"{method} {path}"


async def test_new_route_is_red_when_it_has_no_guard(settings):
    """The check can fail: a route that forgets its guard is found."""

    @get("/oubliee")
    async def forgotten() -> str:
        return ""

    [(method, path, handler)] = [
        one for one in routes_of(Litestar([forgotten], openapi_config=None)) if "oubliee" in one[1]
    ]
    assert list(handler.resolve_guards()) == []
    assert allowed(method, path) is None


async def test_role_of_another_scope_opens_nothing(client, settings):
    """SEC11: a role is over one partner; another partner's is not there."""
    person_id = await factories.add_person()
    await factories.add_role(person_id, Role.MERCHANT, 1)
    token = await sign_in.sign_in(client, settings, person_id, SessionKind.MERCHANT)
    found = await find_signed_in(codes.hash_token(token))
    assert found.scopes(Role.MERCHANT) == frozenset({1})
    assert found.scopes(Role.INSURER) == frozenset()
