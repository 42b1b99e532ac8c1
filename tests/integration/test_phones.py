"""« Sur ce téléphone »: let in by its person, listed, taken out, gone with the session (L36)."""

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.http.security import cookie_names
from backend.identity import service as identity
from backend.identity.queries import SignedIn, find_signed_in
from backend.identity.rules import Role, SessionKind
from backend.identity.service.entries import let_in
from backend.identity.visits import Visit
from backend.kit import codes
from backend.kit.database import fetch, fetch_value, transaction
from backend.kit.seals import Seals
from backend.notifications import phones, push
from backend.notifications.webpush import written
from backend.settings import Settings
from tests import sign_in
from tests.factories import add_person, add_role
from tests.push import Service
from tests.sign_in import post

PAGE = "/compte/consentements"
HERE = "/compte/telephones"


@pytest.fixture
async def alice(client: httpx.AsyncClient, settings: Settings, push_service: Service) -> int:
    person_id = await add_person("Alice", "Martin", "alice@example.org")
    await sign_in.as_tenant(client, settings, person_id)
    return person_id


def typed(found: push.Keys) -> dict[str, str]:
    keys = {name: written(getattr(found, name)) for name in ("p256dh", "auth", "ours")}
    return {"endpoint": found.endpoint, **keys}


async def signed_in(client: httpx.AsyncClient, settings: Settings) -> SignedIn:
    token = sign_in.cookie(client, cookie_names(settings).session)
    assert token is not None
    found = await find_signed_in(codes.hash_token(token))
    assert found is not None
    return found


def visit(settings: Settings, token: str | None) -> Visit:
    seals = Seals(settings.secret_keys)
    return Visit("127.0.0.1", "Chrome, Android", "r", token, seals, frozenset(), settings.base_url)


async def add(person_id: int, session: int, service: Service) -> None:
    found = service.subscription()
    await phones.add(SYSTEM, person_id, session, "Firefox, Android", found)


async def sessions(person_id: int) -> list[int]:
    return [phone.session for phone in await phones.phones_of(person_id)]


async def test_a_telephone_is_let_in_listed_and_taken_out(
    client: httpx.AsyncClient, settings: Settings, alice: int, push_service: Service
):
    """L36: one tap, a line with the device and since when, one tap; both are on record."""
    page = (await client.get(PAGE)).text
    assert "Me prévenir ici" in page
    assert "Ce navigateur ne sait pas le faire." in page  # what stands there without a script
    found = push_service.subscription()
    agent = {"user-agent": "Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile"}
    answer = await post(client, settings, HERE, typed(found), headers=agent)
    assert answer.headers["location"] == f"{PAGE}?fait=enregistre"
    page = (await client.get(PAGE)).text
    assert "Me prévenir ici" not in page
    assert "Chrome, Android" in page
    assert found.endpoint not in page
    (kept,) = await phones.phones_of(alice)
    answer = await post(client, settings, f"{HERE}/fin", {"appareil": kept.public_id})
    assert answer.headers["location"] == f"{PAGE}?fait=enregistre"
    assert await phones.phones_of(alice) == []
    acts = await fetch(
        "SELECT verb, facts::text FROM audit_entry WHERE verb LIKE 'phone.%' ORDER BY id"
    )
    assert [tuple(act) for act in acts] == [
        ("phone.add", '{"device": "Chrome, Android"}'),
        ("phone.end", '{"device": "Chrome, Android"}'),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", "https://169.254.169.254/latest"),
        ("endpoint", "https://fcm.googleapis.com/abc"),  # not of this club's list
        ("endpoint", "https://" + "a" * 2000),
        ("endpoint", ""),
        ("p256dh", written(b"\x04" + b"\x01" * 64)),
        ("p256dh", "~~~"),
        ("auth", written(b"short")),
        ("ours", written(b"\x04" + b"\x01" * 64)),
    ],
)
async def test_what_no_browser_sends_is_refused(
    client: httpx.AsyncClient,
    settings: Settings,
    alice: int,
    push_service: Service,
    field: str,
    value: str,
):
    """L36: only services that the club lists, only keys that a browser can have, only ours."""
    wish = {**typed(push_service.subscription()), field: value}
    answer = await post(client, settings, HERE, wish)
    assert answer.status_code == 422
    assert "Mes messages" in answer.text
    assert await phones.phones_of(alice) == []


async def test_a_sixth_telephone_is_one_too_many(
    client: httpx.AsyncClient, settings: Settings, alice: int, push_service: Service
):
    """L36: five at most, so that a message is through before its lease ends."""
    for session in range(1000, 1005):
        await add(alice, session, push_service)
    answer = await post(client, settings, HERE, typed(push_service.subscription()))
    assert answer.status_code == 409
    assert "Vous avez déjà 5 appareils prévenus." in answer.text
    assert len(await phones.phones_of(alice)) == 5


async def test_one_browser_rings_for_one_person(
    client: httpx.AsyncClient, settings: Settings, alice: int, push_service: Service
):
    """L36: who takes the same telephone after somebody takes it over; twice is once."""
    found = push_service.subscription()
    for _ in range(2):
        await post(client, settings, HERE, typed(found))
    assert len(await phones.phones_of(alice)) == 1
    bob = await add_person("Bob", "Diallo", "bob@example.org")
    await sign_in.as_tenant(client, settings, bob)
    await post(client, settings, HERE, typed(found))
    assert (len(await phones.phones_of(alice)), len(await phones.phones_of(bob))) == (0, 1)


async def test_nobody_takes_out_somebody_else_s_telephone(
    client: httpx.AsyncClient, settings: Settings, alice: int, push_service: Service
):
    """L36, SEC11: it is not there, whoever asks."""
    bob = await add_person("Bob", "Diallo", "bob@example.org")
    await add(bob, 1000, push_service)
    (his,) = await phones.phones_of(bob)
    answer = await post(client, settings, f"{HERE}/fin", {"appareil": his.public_id})
    assert answer.status_code == 404
    assert await sessions(bob) == [1000]


async def test_the_counter_s_computer_shows_nobody_s_messages(
    client: httpx.AsyncClient, settings: Settings, alice: int, push_service: Service
):
    """L36, SEC4: a session of staff is one on a shared computer."""
    await add_role(alice, Role.DESK)
    await sign_in.as_staff(client, settings, alice)
    assert "Me prévenir ici" not in (await client.get(PAGE)).text
    answer = await post(client, settings, HERE, typed(push_service.subscription()))
    assert answer.status_code == 422
    assert await phones.phones_of(alice) == []


async def test_the_page_says_nothing_of_it_when_the_club_rings_nobody(
    client: httpx.AsyncClient, settings: Settings, alice: int, push_service: Service
):
    """L36."""
    wish = typed(push_service.subscription())
    push.use(None)
    assert "Sur ce téléphone" not in (await client.get(PAGE)).text
    assert (await post(client, settings, HERE, wish)).status_code == 422


async def test_nothing_rings_where_somebody_signed_out(
    client: httpx.AsyncClient, settings: Settings, alice: int, push_service: Service
):
    """L36, SEC2: on this telephone; another one of theirs goes on."""
    await post(client, settings, HERE, typed(push_service.subscription()))
    await add(alice, 1000, push_service)
    await post(client, settings, "/deconnexion")
    assert await sessions(alice) == [1000]


@pytest.mark.parametrize("what", ["others", "device", "suspended"])
async def test_nothing_rings_where_a_session_was_ended(
    client: httpx.AsyncClient, settings: Settings, alice: int, push_service: Service, what: str
):
    """L36, SEC2: a lost telephone is silent too, also where its session had run out before."""
    await post(client, settings, HERE, typed(push_service.subscription()))
    caller = await signed_in(client, settings)
    async with transaction():
        await identity.open_session(alice, SessionKind.TENANT, "Perdu")
    lost = await fetch("SELECT id, public_id FROM session WHERE device = 'Perdu'")
    await add(alice, lost[0]["id"], push_service)
    if what == "others":
        await add(alice, 1000, push_service)
        await identity.end_others(visit(settings, None), caller)
    elif what == "device":
        await identity.end_session(visit(settings, None), caller, lost[0]["public_id"])
    else:
        await add(alice, 1000, push_service)
        await identity.suspend(SYSTEM, alice, "impayé")
    left = [] if what == "suspended" else [caller.session_id]
    assert await sessions(alice) == left


@pytest.mark.parametrize("who", ["Alice", "Bob"])
async def test_who_signs_in_again_keeps_their_telephone_and_nobody_else_does(
    client: httpx.AsyncClient, settings: Settings, alice: int, push_service: Service, who: str
):
    """L36, SEC1: the session of a browser is a new one; its telephone goes with the same person alone."""
    await post(client, settings, HERE, typed(push_service.subscription()))
    token = sign_in.cookie(client, cookie_names(settings).session)
    comes = alice if who == "Alice" else await add_person("Bob", "Diallo", "bob@example.org")
    async with transaction():
        await let_in(visit(settings, token), comes, SessionKind.TENANT, way="email")
    newest = await fetch_value("SELECT max(id) FROM session")
    assert await sessions(alice) == ([newest] if who == "Alice" else [])
    assert await sessions(comes) == ([newest] if who == "Alice" else [])
