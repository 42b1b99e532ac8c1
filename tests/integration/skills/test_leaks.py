"""What one neighbour may learn of another: every page, every answer and every letter is looked through (X3).

Aliénor has put up an offer and a request with a photo, and Bob has written to her in every state an
exchange can have; none of them showed their contact. Then each address of the application is asked.
"""

import re
from collections.abc import Sequence
from datetime import time, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.kit.zone import at_wall_time
from backend.membership.queries import Member
from backend.notifications.gateway import Outgoing
from backend.settings import Settings
from backend.skills import jobs, queries
from backend.skills import service as skills
from backend.skills.rules import ExchangeState, ListingKind, Outcome, Wrong
from tests import factories, sign_in
from tests.conftest import Database
from tests.integration.http.routes import all_routes, sample
from tests.pictures import picture
from tests.skills import ask, by, list_, staff, turn_hours_on, words

HERS = ("Zyxwvetz", "alienor@example.org", "39981122", "39 98 11 22")
TEXTS = Path(__file__).parents[3] / "backend/notifications/texts"


@pytest.fixture
async def pair(db: Database) -> tuple[Member, Member]:
    alice = await factories.add_member("Aliénor", "Zyxwvetz", "alienor@example.org")
    await fetch(
        "INSERT INTO contact_point (public_id, person, channel, value, created_at)"
        " VALUES ('second', $1, 'sms', '+33639981122', now())",
        alice.person_id,
    )
    return alice, await factories.add_member("Bob", "Qwertymann", "bob@example.org")


async def live(alice: Member, bob: Member) -> dict[ExchangeState, str]:
    """An exchange in each of its states, one letter of each kind; nobody showed their contact."""
    await turn_hours_on()
    clerk = await staff()
    found = {}
    for state in ExchangeState:
        await fetch("DELETE FROM tries")
        await fetch("UPDATE exchange SET changed_at = changed_at - interval '2 days'")
        exchange = found[state] = await ask(bob, await list_(alice, f"Ourlets {state}"))
        if state in {ExchangeState.AGREED, ExchangeState.DONE, ExchangeState.CLOSED}:
            await skills.accept(by(alice), alice, exchange, shares=True)
            await skills.say(by(alice), alice, exchange, "Samedi ?", state)
        if state is ExchangeState.DONE:
            await skills.finish(by(alice), alice, exchange)
            await skills.thank(by(bob), bob, exchange)
            await skills.claim_hours(by(alice), alice, exchange, 60)
            await skills.refuse_hours(by(bob), bob, exchange)
            await skills.decide_hours(clerk, exchange, 30)
        if state is ExchangeState.CLOSED:
            await skills.report(by(bob), bob, Wrong.RUDE, "", exchange=exchange)
            (report,) = await queries.reports()
            await skills.answer_report(clerk, report.public_id, Outcome.REMOVED)
        if state is ExchangeState.REFUSED:
            await skills.refuse(by(alice), alice, exchange)
        if state is ExchangeState.WITHDRAWN:
            await skills.withdraw(by(alice), alice, exchange)
    for title, yes in (("Coupe de cheveux", True), ("Massages", False)):
        listing = await list_(bob, title)
        (waiting,) = await queries.to_review()
        await (skills.allow if yes else skills.refuse_listing)(clerk, listing, waiting.version)
    chloe = await factories.add_member("Chloé", "Qwertymann", "chloe@example.org")
    request = await list_(chloe, "Ourlets", kind=ListingKind.REQUEST)
    offer = await fetch_value("SELECT public_id FROM listing WHERE person = $1", alice.person_id)
    await skills.tell_pair(clerk, offer, request, told=True)
    soon = clock.today() + timedelta(days=55)
    with clock.frozen(at_wall_time(soon, time(10))):
        await jobs.remind()
    return found


def leaks(said: str, *more: str) -> list[str]:
    return [secret for secret in (*HERS, *more) if secret in said]


async def test_no_address_tells_a_contact_when_neighbours_have_not_both_shown_theirs(
    client: httpx.AsyncClient, settings: Settings, pair: tuple[Member, Member]
):
    """X3: each address that a member may ask, with her listings and exchanges where it names one."""
    alice, bob = pair
    exchanges = await live(alice, bob)
    listing = await list_(alice, "Rideaux")
    mine = await queries.find_mine(alice.person_id, listing)
    await skills.change(
        by(alice), alice.person_id, listing, mine.version, words("Rideaux"), picture("JPEG")
    )
    await sign_in.as_tenant(client, settings, bob.person_id)
    names = [listing, alice.person_public_id, *exchanges.values()]
    asked = 0
    for method, path, _ in all_routes(settings):
        if method != "GET" or path in OWN_PAGES:
            continue
        for address in addresses(path, names):
            answer = await client.get(address)
            asked += answer.status_code == 200
            assert leaks(answer.text) == [], address
    assert asked > 40


# Bob reads his own address there.
OWN_PAGES = {"/compte", "/compte/donnees", "/compte/adresses"}


def addresses(path: str, names: Sequence[str]) -> list[str]:
    if "{" not in path:
        return [path, f"{path}?q=ourlets"] if path == "/entraide" else [path]
    if not path.startswith("/entraide"):
        return [sample(path)]
    return [re.sub(r"\{\w+\}", name, path) for name in names]


async def test_no_letter_tells_a_contact_or_a_word_when_an_exchange_goes_on(
    pair: tuple[Member, Member],
):
    """X3: each kind of letter that the exchange has a text for was sent, and none names the other."""
    alice, bob = pair
    await live(alice, bob)
    with clock.frozen(at_wall_time(clock.today() + timedelta(days=55), time(10))):
        await jobs.close()
    rows = await fetch(
        "SELECT key, payload FROM outbox WHERE key ~ '^(exchange|listing|skills)[.]'"
    )
    sent = {
        row["key"].split(":")[0]: msgspec.json.decode(row["payload"], type=Outgoing) for row in rows
    }
    kinds = {path.name.removesuffix(".txt.jinja") for path in TEXTS.glob("*.txt.jinja")}
    assert set(sent) == {
        kind for kind in kinds if kind.startswith(("exchange", "listing", "skills"))
    }
    for kind, mail in sent.items():
        said = f"{mail.subject} {mail.text} {mail.html}"
        assert leaks(said, "Qwertymann", "bob@example.org", "Samedi") == [], kind
