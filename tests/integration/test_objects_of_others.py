"""Each object of somebody else is not there (SEC11). Whose each is stands in http/objects.py."""

from typing import Any

import httpx
import pytest

from backend.kit import codes
from backend.kit.database import fetch
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests import sign_in
from tests.conftest import Database
from tests.contents import contents, known
from tests.integration.http.objects import OWN, PROGRAM, Own, World, enter, verdict, world
from tests.integration.http.routes import all_routes

# Whoever comes in has a session, and a refusal is written down; nothing else may change.
OF_THE_CALLER = {"session", "tries", "audit_entry", "refused_attempt", "idempotency_key"}
DEVICE = "SELECT revoked_at FROM session WHERE device = 'Autre téléphone'"


def routes_with_an_id(settings: Settings) -> dict[str, str]:
    return {f"{m} {path}": path for m, path, _ in all_routes(settings) if "{" in path}


def test_table_says_of_every_id_whose_object_it_names(settings: Settings) -> None:
    """SEC11: a new route with an id is red until somebody has said whose object it opens."""
    routes = routes_with_an_id(settings)
    assert [route for route, path in routes.items() if verdict(route, path) is None] == []
    assert OWN.keys() - routes.keys() == set()


async def test_nothing_of_somebody_else_is_there(
    client: httpx.AsyncClient, settings: Settings, stripe: Remote, db: Database
) -> None:
    """SEC11: another household, shop or colleague gets 404, and nothing happens to the object.

    The same requests by the one whose object it is find it: each refusal is about whose it is.
    """
    made, pairs = await world(client, settings, stripe)
    before = await kept(db)
    wrong = []
    for route, own in OWN.items():
        await enter(client, pairs[own.who].bob)
        answer = await ask(client, settings, route, own, made, stranger=True)
        if answer.status_code not in (403, 404) or "Martin" in answer.text:
            wrong.append((route, answer.status_code))
    assert wrong == []
    assert await kept(db) == before
    lost = []
    for route, own in OWN.items():
        await enter(client, pairs[own.who].alice)
        answer = await ask(client, settings, route, own, made, stranger=False)
        if answer.status_code in (401, 403, 404, 500):
            lost.append((route, answer.status_code))
    assert lost == []


async def kept(db: Database) -> Any:
    rows = await contents(db.owner_url)
    mine = {table: said for table, said in rows.items() if table not in OF_THE_CALLER}
    return known(mine, mine), [tuple(row) for row in await fetch(DEVICE)]


async def ask(
    client: httpx.AsyncClient,
    settings: Settings,
    route: str,
    own: Own,
    made: World,
    *,
    stranger: bool,
) -> httpx.Response:
    """What is nested in a file is asked for in the stranger's own file."""
    method, path = route.split(" ")
    for name, what in own.ids.items():
        nested = stranger and what.endswith("file")
        path = path.replace(f"{{{name}}}", made["file of bob" if nested else what])
    if method == "GET":
        return await client.get(path)
    if own.who == PROGRAM:
        headers = {"idempotency-key": codes.random_id()}
        return await client.post(path, json=dict(own.form), headers=headers)
    return await sign_in.post(client, settings, path, dict(own.form))


@pytest.mark.parametrize(
    ("route", "path"),
    [
        ("GET /bons/{code}/photo", "/bons/{code}/photo"),
        ("POST /partenaire/lettres/{public_id}", "/partenaire/lettres/{public_id}"),
        ("GET /gestion/a/{one}/b/{two}", "/gestion/a/{one}/b/{two}"),
    ],
)
def test_new_route_is_red_when_nobody_said_whose_object_it_opens(route: str, path: str) -> None:
    """The check can fail: an id of a member or a partner, and two ids in one address."""
    assert verdict(route, path) is None
