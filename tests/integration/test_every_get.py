"""What is only looked at stays as it is (SEC10), and what partners look at names nobody (P5)."""

from collections.abc import Iterator

import httpx
import pytest

from backend.kit.database import fetch_value
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests import sign_in
from tests.conftest import Database
from tests.contents import Contents, contents
from tests.integration.http import callers
from tests.integration.http.callers import allowed
from tests.integration.http.objects import (
    MANAGER,
    OWN,
    PROGRAM,
    SUDO,
    TENANT,
    TILL,
    Pair,
    World,
    enter,
    world,
)
from tests.integration.http.partner_objects import AGENT, MERCHANT
from tests.integration.http.routes import all_routes, sample

# What a look leaves behind, on purpose.
TRACES = {
    "audit_entry": "who looked at a member's file, which list left the house (D3)",
    "issued_paper": "a document is kept as it was issued, at its first print (M9)",
    "stored_file": "the bytes of that document",
    "tries": "how often somebody may ask",
}
MOMENTS = {("session", "seen_at"), ("till", "seen_at")}  # when somebody was last here (SEC4)
# Whose look each of these is, in the table of rights.
ROLES = {
    TENANT: callers.MEMBER,
    MANAGER: callers.MANAGER,
    SUDO: callers.SUDO,
    TILL: callers.TILL,
    MERCHANT: callers.MERCHANT,
    AGENT: callers.INSURER,
    PROGRAM: callers.PROGRAM,
}
# Which object of the world stands behind an id that everybody with the role may open.
BEHIND = {
    "/comptoir/personnes/": "SELECT public_id FROM person WHERE given_name = 'Alice' LIMIT 1",
    "/comptoir/recus/": "SELECT public_id FROM receipt LIMIT 1",
    "/comptoir/caisse/": "SELECT public_id FROM drawer_session LIMIT 1",
    "/gestion/adherents/": "SELECT public_id FROM household LIMIT 1",
    "/gestion/avantages/": "SELECT public_id FROM offer LIMIT 1",
    "/gestion/bailleurs/": "SELECT slug FROM landlord LIMIT 1",
    "/gestion/caisses/": "SELECT public_id FROM till LIMIT 1",
    "/gestion/equipe/": "SELECT public_id FROM person WHERE given_name = 'Tom' LIMIT 1",
    "/gestion/partenaires/": "SELECT public_id FROM partner LIMIT 1",
    "/gestion/points-de-vente/": "SELECT public_id FROM shop LIMIT 1",
    "/gestion/residences/": "SELECT public_id FROM residence LIMIT 1",
    "/gestion/remboursements/": "SELECT public_id FROM pay_order LIMIT 1",
    "/gestion/tresorerie/recus/": "SELECT public_id FROM receipt LIMIT 1",
}


def changed(before: Contents, after: Contents) -> list[str]:
    """Tables whose rows are others, traces and moments left out."""
    return [
        table
        for table, rows in after.items()
        if table not in TRACES and list(_plain(table, rows)) != list(_plain(table, before[table]))
    ]


def _plain(table: str, rows: list[dict[str, object]]) -> Iterator[str]:
    """In any order: a row that was written again has moved."""
    yield from sorted(
        str({name: value for name, value in row.items() if (table, name) not in MOMENTS})
        for row in rows
    )


async def address(route: str, path: str, made: World) -> str:
    """With the ids of objects that are there, so that the page is a page and no 404."""
    if route in OWN:
        for name, what in OWN[route].ids.items():
            path = path.replace(f"{{{name}}}", made[what])
    beginnings = [start for start in BEHIND if path.startswith(start) and "{" in path]
    if beginnings:
        found = await fetch_value(BEHIND[max(beginnings, key=len)])
        head, _, rest = path.partition("}")
        path = head[: head.index("{")] + str(found) + rest
    return sample(path)


async def test_nothing_changes_when_every_page_is_opened(
    client: httpx.AsyncClient, settings: Settings, stripe: Remote, db: Database
) -> None:
    """SEC10: no GET changes state: each route, by everybody who may open it."""
    made, pairs = await world(client, settings, stripe)
    reached = set()
    for who, role in {**ROLES, "nobody": callers.NOBODY}.items():
        if who in pairs:
            await enter(client, pairs[who].alice)
        else:
            client.cookies.clear()
        before = await contents(db.owner_url)
        for method, path, _ in all_routes(settings):
            if method == "GET" and role in (allowed(method, path) or ()):
                answer = await client.get(await address(f"GET {path}", path, made))
                reached |= {path} if answer.status_code == 200 else set()
        assert changed(before, await contents(db.owner_url)) == [], who
    assert len(reached) > 100, "most pages were really opened"


async def test_change_is_seen_when_there_is_one(
    client: httpx.AsyncClient, settings: Settings, stripe: Remote, db: Database
) -> None:
    """The comparison can fail: a form that is sent changes rows, and only traces are left out."""
    _, pairs = await world(client, settings, stripe)
    await enter(client, pairs[TENANT].alice)
    before = await contents(db.owner_url)
    await sign_in.post(client, settings, "/compte/consentements", {"club_life-email": "1"})
    assert "consent" in changed(before, await contents(db.owner_url))


# What a member asked to be handed over (P5, V35, I3).
HANDED_OVER = {"/partenaire/demandes"}


def private(text: str) -> list[str]:
    """What of the world's member stands in it."""
    known = ("Martin", "alice@example.org", "alice.travail@example.org", "2 rue des Tilleuls")
    return [word for word in known if word in text]


@pytest.mark.parametrize("role", [callers.TILL, callers.PROGRAM, callers.MERCHANT])
async def test_partner_reads_no_name_phone_or_address_anywhere(
    client: httpx.AsyncClient, settings: Settings, stripe: Remote, role: str
) -> None:
    """P5, V13: every answer that a partner can get; only a look shows a first name and an initial."""
    made, pairs = await world(client, settings, stripe)
    await come_in(client, pairs, role)
    told = {}
    for method, path, _ in all_routes(settings):
        mine = method == "GET" and allowed(method, path) == frozenset({role})
        if mine and path not in HANDED_OVER:
            answer = await client.get(await address(f"GET {path}", path, made))
            told[path] = private(answer.text)
    if role == callers.PROGRAM:
        for verb in ("looks", "redemptions"):
            answer = await client.post(
                f"/api/v1/{verb}",
                json={"code": made["voucher"]},
                headers={"idempotency-key": verb},
            )
            assert answer.is_success
            assert "Alice M." in answer.text
            told[verb] = private(answer.text)
    assert told
    assert {path: found for path, found in told.items() if found} == {}


async def come_in(client: httpx.AsyncClient, pairs: dict[str, Pair], role: str) -> None:
    who = next(one for one, its in ROLES.items() if its == role)
    await enter(client, pairs[who].alice)
