"""The counter's computer goes from hand to hand, each with a second factor of their own."""

from datetime import timedelta

import httpx
import pyotp
import pytest

from backend.http.security import cookie_names
from backend.identity import queries
from backend.identity.rules import Role, SessionKind
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.kit.seals import Seals
from backend.settings import Settings
from tests import factories, sign_in
from tests.sign_in import cookie, post, put

HERE = "/connexion/equipe/second-facteur/relais"
SECOND = "/connexion/equipe/second-facteur"
ENROLL = "/connexion/equipe/facteurs"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


async def a_clerk(settings: Settings, name: str) -> int:
    """With an application of codes."""
    person_id = await factories.add_person(name, "Equipe", f"{name.lower()}@example.org")
    await factories.add_role(person_id, Role.DESK)
    public_id = codes.random_id()
    await fetch(
        "INSERT INTO factor (public_id, person, kind, name, sealed, created_at, confirmed_at)"
        " VALUES ($1, $2, 'totp', 'Test', $3, $4, $4)",
        public_id,
        person_id,
        Seals(settings.secret_keys).seal(SECRET.encode(), f"factor:{public_id}"),
        clock.now(),
    )
    return person_id


@pytest.fixture
async def nadia(client: httpx.AsyncClient, settings: Settings, db: object) -> int:
    """At the counter; then Omar comes, who was never here, and signs in after her."""
    nadia = await a_clerk(settings, "Nadia")
    await sign_in.as_staff(client, settings, nadia)
    left = await post(client, settings, HERE)
    assert left.headers["location"] == "/connexion/equipe?suite=/comptoir/guichet"
    assert (await client.get("/comptoir")).status_code == 303
    relay = cookie(client, cookie_names(settings).relay)
    await sign_in.as_staff(client, settings, await a_clerk(settings, "Omar"))
    assert relay is not None
    put(client, cookie_names(settings).relay, relay)
    return nadia


async def session_of(person_id: int) -> str:
    found: str = await fetch_value(
        "SELECT public_id FROM session WHERE person = $1 AND revoked_at IS NULL", person_id
    )
    return found


async def test_colleague_comes_back_with_the_second_factor_alone(
    client: httpx.AsyncClient, settings: Settings, nadia: int
):
    """L27, SEC4: and nothing opens before it is given."""
    assert "Nadia Equipe" in (await client.get(HERE)).text
    parked = cookie(client, cookie_names(settings).relay)
    back = await post(client, settings, HERE, {"qui": await session_of(nadia)})
    assert back.headers["location"] == f"{SECOND}?suite=/comptoir/guichet"
    assert cookie(client, cookie_names(settings).session) == parked
    assert (await client.get("/comptoir")).headers["location"].startswith(SECOND)
    wrong = await post(client, settings, SECOND, {"code": "000000"})
    assert wrong.status_code != 303
    code = pyotp.TOTP(SECRET).at(clock.now())
    raised = await post(client, settings, SECOND, {"code": code, "suite": "/comptoir/guichet"})
    assert raised.headers["location"] == "/comptoir/guichet"
    assert cookie(client, cookie_names(settings).session) != parked
    assert (await client.get("/comptoir")).status_code == 200
    assert "Omar Equipe" in (await client.get(HERE)).text


async def test_who_has_no_factor_leaves_nothing_behind(
    client: httpx.AsyncClient, settings: Settings, db: object
):
    """L27, SEC4: a colleague who takes the computer over makes no factor in their name."""
    nadia = await factories.add_person("Nadia", "Equipe", "nadia@example.org")
    await factories.add_role(nadia, Role.DESK)
    left = await sign_in.sign_in(client, settings, nadia, SessionKind.STAFF)
    await post(client, settings, HERE)
    assert await fetch_value("SELECT revoked_at FROM session WHERE person = $1", nadia) is not None
    put(client, cookie_names(settings).session, left)
    assert (await client.get(ENROLL)).status_code == 401


async def test_session_whose_factor_went_is_offered_to_nobody(
    client: httpx.AsyncClient, settings: Settings, nadia: int
):
    """L27, SEC4: what opens by a factor alone is closed to who has none."""
    await fetch("UPDATE factor SET revoked_at = $2 WHERE person = $1", nadia, clock.now())
    assert "Nadia" not in (await client.get(HERE)).text
    back = await post(client, settings, HERE, {"qui": await session_of(nadia)})
    assert back.headers["location"].startswith("/connexion/equipe?")


async def test_parked_session_ends_with_its_limits(
    client: httpx.AsyncClient, settings: Settings, nadia: int
):
    """SEC4: thirty minutes without a gesture end it, here as anywhere; SEC2: so does leaving the team."""
    relay = cookie(client, cookie_names(settings).relay)
    assert relay is not None
    assert len(await queries.parked([relay])) == 1
    with clock.travel(timedelta(minutes=31)):
        assert await queries.parked([relay]) == {}
    await fetch("UPDATE session SET revoked_at = $2 WHERE person = $1", nadia, clock.now())
    assert await queries.parked([relay]) == {}
    assert "Nadia" not in (await client.get(HERE)).text


async def test_invented_token_opens_nothing(client: httpx.AsyncClient, settings: Settings, nadia):
    """SEC1: a cookie that somebody else put there is nobody's."""
    put(client, cookie_names(settings).relay, codes.random_token())
    answer = await post(client, settings, HERE, {"qui": await session_of(nadia)})
    assert answer.headers["location"].startswith("/connexion/equipe?")
