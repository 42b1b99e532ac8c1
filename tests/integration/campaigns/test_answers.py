"""STOP and late returns that providers bring by themselves, twice, late and shuffled."""

import base64
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend.campaigns import queries
from backend.campaigns.answers import WRONG
from backend.campaigns.queries import Results
from backend.campaigns.rules import Draft, Reason, Way
from backend.http.bodies import MOST_JSON
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.notifications.post import Post
from backend.people import queries as people
from backend.people.rules import Medium, Subject
from backend.settings import Settings
from tests.conftest import Database
from tests.factories import add_person, add_role
from tests.integration.campaigns.conftest import Kept, launch, results, send_all
from tests.integration.campaigns.test_audience import reach
from tests.readers import NEWS, OFFERS_SMS, add_reader, say
from tests.sign_in import as_staff, as_tenant
from web.app import create_app
from web.commands import doctors

OLD, NEW = "a" * 24, "b" * 24
NEWSLETTER = Draft(subject="Au club", body="Un mot.")
STOP = {"from": "33639981111", "text": "STOP", "id": "m1"}
BACK = {"email": "alice@example.org", "event": "hard_bounce", "id": "e1"}
Call = Callable[..., Awaitable[int]]


@pytest.fixture
async def provider(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Both providers, with secrets that are being changed: the new one and the old one are right."""
    known = (NEW.encode(), OLD.encode())
    app = create_app(replace(settings, sms_inbound_secrets=known, mail_inbound_secrets=known))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:
        client.headers["authorization"] = f"Bearer {OLD}"
        yield client


@pytest.fixture
def tell(provider: httpx.AsyncClient) -> Call:
    async def call(path: str, event: Any, **more: Any) -> int:
        return (await provider.post(path, json=event, **more)).status_code

    return call


async def wants_sms(person_id: int, subject: Subject = Subject.PARTNER_OFFERS) -> bool:
    return person_id in await people.allowed([person_id], subject, Medium.SMS)


async def test_stop_takes_the_yes_back_for_all_behind_the_number(
    tell: Call, client: httpx.AsyncClient, settings: Settings
) -> None:
    """N1, N3: campaigns by SMS alone; the member sees it; told twice it is written once."""
    alice = await add_reader("Alice", "0639981111", yes=[OFFERS_SMS, NEWS])
    bob = await add_reader("Bob", "0639981111", yes=[OFFERS_SMS])
    for _ in range(3):
        assert await tell("/hooks/sms", STOP) == 200
    assert not await wants_sms(alice.person_id)
    assert not await wants_sms(bob.person_id)
    assert await people.allowed([alice.person_id], Subject.CLUB_LIFE, Medium.EMAIL)
    said = "SELECT count(*) FROM audit_entry WHERE verb = 'campaign.unsubscribe'"
    assert await fetch_value(said) == 2
    await as_tenant(client, settings, alice.person_id)
    page = (await client.get("/compte/consentements")).text
    assert re.search(r'name="partner_offers-sms"\s+value="1">', page)
    assert "par téléphone" in page


async def test_stop_that_comes_again_after_a_new_yes_changes_nothing(tell: Call) -> None:
    """N1: the same event once more, or one that is older than the yes, is no newer word."""
    alice = await add_reader("Alice", "0639981111", yes=[OFFERS_SMS])
    assert await tell("/hooks/sms", STOP) == 200
    before = clock.now()
    await say(alice.person_id, OFFERS_SMS)
    assert await tell("/hooks/sms", STOP) == 200
    late = {**STOP, "id": "m0", "date": (before - timedelta(minutes=1)).isoformat()}
    assert await tell("/hooks/sms", late) == 200
    assert await wants_sms(alice.person_id)
    assert await tell("/hooks/sms", {**STOP, "id": "m2"}) == 200
    assert not await wants_sms(alice.person_id)


@pytest.mark.parametrize("shape", ["%Y-%m-%d", "%Y%m%d", "%Y%m%d%H%M", "0"])
async def test_stop_counts_as_said_now_when_its_date_tells_no_moment(
    tell: Call, shape: str
) -> None:
    """N1, N3: no date is taken for one before the yes that it takes back."""
    alice = await add_reader("Alice", "0639981111", yes=[OFFERS_SMS])
    assert await tell("/hooks/sms", {**STOP, "date": clock.now().strftime(shape)}) == 200
    assert not await wants_sms(alice.person_id)


@pytest.mark.parametrize(
    "event",
    [
        {"results": [{"from": "33630000000", "text": "oui"}, STOP], "messageCount": 2},
        {"data": {"messages": [STOP]}},
        {"sender": "33639981111", "reply": "Bonjour, stop svp"},
        {**STOP, "text": "STOP au 36180"},
    ],
)
async def test_stop_is_heard_in_whatever_form_it_comes(tell: Call, event: Any) -> None:
    """N3: inside a list, or under another name."""
    alice = await add_reader("Alice", "0639981111", yes=[OFFERS_SMS])
    assert await tell("/hooks/sms", event) == 200
    assert not await wants_sms(alice.person_id)


@pytest.mark.parametrize("more", [{"status": "delivered", "text": "STOP"}, {}])
async def test_report_on_our_own_words_takes_no_yes_back(tell: Call, more: Any) -> None:
    """N1, N3: each commercial SMS says how to stop; a provider that quotes it tells of no answer."""
    alice = await add_reader("Alice", "0639981111", yes=[OFFERS_SMS])
    ours = {**STOP, "text": "Le Club : la galette à 9 €. STOP au 36180", **more}
    assert await tell("/hooks/sms", ours) == 200
    assert await wants_sms(alice.person_id)


async def test_mail_that_came_back_is_heard_inside_a_list(tell: Call) -> None:
    """N6: one report, several addresses."""
    await add_reader("Alice", "alice@example.org")
    gone = [{"emailAddress": "nobody@example.org"}, {"emailAddress": "alice@example.org"}]
    report = {"bounce": {"bounceType": "Permanent", "bouncedRecipients": gone}}
    assert await tell("/hooks/mail", report) == 200
    assert await reach(NEWSLETTER) == ({}, {Reason.BOUNCED: 1})


async def test_mail_that_comes_back_late_closes_its_address(
    tell: Call, kept: Kept, ways: Post
) -> None:
    """N6: as if staff had typed it; shuffled, the newest word stays."""
    await add_reader("Alice", "alice@example.org")
    public_id = await launch(NEWSLETTER)
    await send_all(ways)
    at = clock.now()
    older = {**BACK, "id": "e0", "timestamp": (at - timedelta(days=3)).timestamp()}
    batch = [{"email": "alice@example.org", "event": "delivered"}, {**BACK, "date": str(at)}]
    for event in (batch, older, batch):
        assert await tell("/hooks/mail", event) == 200
    assert (await results(public_id)) == Results(sent=1, bounced=1)
    assert await reach(NEWSLETTER) == ({}, {Reason.BOUNCED: 1})
    assert await fetch_value("SELECT at FROM dead_address") == at
    noted = "SELECT count(*) FROM audit_entry WHERE verb = 'campaign.bounce'"
    assert await fetch_value(noted) == 2


async def test_return_from_before_the_address_was_confirmed_changes_nothing(tell: Call) -> None:
    await add_reader("Alice", "alice@example.org")
    at = clock.now() - timedelta(days=1)
    await fetch("UPDATE contact_point SET verified_at = $1", clock.now())
    assert await tell("/hooks/mail", {**BACK, "date": at.isoformat()}) == 200
    assert await reach(NEWSLETTER) == ({Way.EMAIL: 1}, {})


@pytest.mark.parametrize(
    ("path", "event"),
    [
        ("/hooks/sms", {**STOP, "from": "33639982222"}),
        ("/hooks/sms", {**STOP, "from": "x", "text": "STOP"}),
        ("/hooks/sms", {**STOP, "from": "alice@example.org"}),
        ("/hooks/sms", {**STOP, "text": "Merci"}),
        ("/hooks/sms", {}),
        ("/hooks/mail", {**BACK, "email": "nobody@example.org"}),
        ("/hooks/mail", {**BACK, "email": "0639981111"}),
        ("/hooks/mail", {**BACK, "event": "soft_bounce"}),
        ("/hooks/mail", []),
    ],
)
async def test_what_is_about_nobody_is_answered_200_and_does_nothing(
    tell: Call, path: str, event: Any
) -> None:
    await add_reader("Alice", "0639981111", yes=[OFFERS_SMS])
    before = await fetch_value("SELECT count(*) FROM consent")
    assert await tell(path, event) == 200
    assert await fetch_value("SELECT count(*) FROM consent") == before
    assert await fetch_value("SELECT count(*) FROM dead_address") == 0
    assert await fetch_value("SELECT count(*) FROM inbox") == 0


@pytest.mark.parametrize("path", ["/hooks/sms", "/hooks/mail"])
async def test_only_who_has_the_secret_is_listened_to(
    path: str, tell: Call, client: httpx.AsyncClient
) -> None:
    """SEC12: without a secret in the settings nobody is; nothing of the body is read before."""
    basic = base64.b64encode(f"club:{NEW}".encode()).decode()
    for right in (f"Bearer {NEW}", f"bearer {OLD}", f"Basic {basic}"):
        assert await tell(path, {}, headers={"authorization": right}) == 200
    for wrong in ("", "Bearer", f"Bearer {NEW}x", "Bearer é", "Basic é", "Basic x", f"Basic {NEW}"):
        answer = await tell(path, "{", headers={b"authorization": wrong.encode()})
        assert answer == 403, wrong
    assert (await client.post(path, headers={"authorization": "Bearer "})).status_code == 404


async def test_calls_are_bounded_in_size_and_number(
    tell: Call, provider: httpx.AsyncClient
) -> None:
    """SEC12, N3: 413 before it is read; a flood without the secret keeps no STOP out."""
    alice = await add_reader("Alice", "0639981111", yes=[OFFERS_SMS])
    assert await tell("/hooks/sms", {"text": "x" * MOST_JSON}) == 413
    assert (await provider.post("/hooks/sms", content=b"{")).status_code == 422
    wrong = {"authorization": "Bearer wrong"}
    assert await tell("/hooks/sms", STOP, headers=wrong) == 403
    await fetch(
        "UPDATE tries SET hits = array_fill($1::timestamptz, ARRAY[$2::int]) WHERE scope = $3",
        clock.now(),
        WRONG.most,
        WRONG.scope,
    )
    answer = await provider.post("/hooks/sms", json=STOP, headers=wrong)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert await tell("/hooks/sms", STOP) == 200
    assert not await wants_sms(alice.person_id)


async def test_calls_in_a_form_of_their_own_are_counted_and_shown(
    tell: Call, provider: httpx.AsyncClient, client: httpx.AsyncClient, settings: Settings
) -> None:
    """N3: a STOP nobody understands is lost until the club knows; never its words, and not for ever."""
    odd = {"Absender": "33639981111", "Antwort": "STOP"}
    for event in (odd, [odd], STOP, {**STOP, "status": "delivered", "from": ""}, {}, []):
        assert await tell("/hooks/sms", event) == 200
    assert (await provider.post("/hooks/sms", content=b"{")).status_code == 422
    assert await tell("/hooks/mail", BACK) == 200
    [found] = await queries.unread()
    assert (found.hook, found.calls) == (queries.SMS, 3)
    assert await tell("/hooks/mail", {"wer": "alice@example.org"}) == 200
    assert [each.hook for each in await queries.unread()] == [queries.MAIL, queries.SMS]
    kept = await fetch_value("SELECT string_agg(u::text, ' ') FROM unread_call u")
    assert "STOP" not in kept
    assert "@" not in kept
    person_id = await add_person("Hélène", "Vasseur")
    await add_role(person_id, Role.MANAGER)
    await as_staff(client, settings, person_id)
    shown = (await client.get("/gestion/campagnes/reglages")).text
    assert "3 appels de votre fournisseur ne sont pas compris." in shown
    said = doctors.of_unread(await queries.unread())
    assert [each.good for each in said] == [False, False]
    assert "Appels non compris : 3" in said[1].advice
    with clock.travel(queries.UNREAD_FOR + timedelta(days=1)):
        assert await queries.unread() == []
        assert await tell("/hooks/sms", odd) == 200
        assert [each.calls for each in await queries.unread()] == [1]
