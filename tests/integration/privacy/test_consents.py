"""The consent register: what is kept, who may be written to, the two pages (N1)."""

import re

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.audit import service as audit
from backend.kit import clock
from backend.kit.database import fetch, fetch_one, transaction
from backend.membership.service.consents import choose_messages
from backend.people import queries
from backend.people import service as people
from backend.people.consents import NEWEST
from backend.people.rules import CHOSEN, Choice, Medium, Source, Subject, may_send
from backend.settings import Settings
from tests import sign_in
from tests.conftest import Database
from tests.factories import add_member, add_person
from tests.integration.desk.conftest import Counter, words
from tests.integration.statements import statements

HERE = "/compte/consentements"
NEWS_BY_MAIL = (Subject.CLUB_LIFE, Medium.EMAIL)
CHOICES = st.lists(
    st.builds(Choice, st.sampled_from(CHOSEN), st.sampled_from(Medium), st.booleans()), max_size=8
)


async def test_each_word_is_a_row_with_version_source_and_time(db: Database):
    """N1: text version, source and time; a withdrawal is a row too."""
    alice = await add_person()
    by = audit.person(alice)
    assert await choose_messages(by, alice, frozenset({NEWS_BY_MAIL}), Source.ONLINE) == 5
    assert await choose_messages(by, alice, frozenset({NEWS_BY_MAIL}), Source.ONLINE) == 0
    assert await choose_messages(by, alice, frozenset(), Source.ONLINE) == 1
    said = [each for each in await queries.said_by(alice) if each.subject is Subject.CLUB_LIFE]
    assert [each.given for each in said] == [False, True]
    assert {(each.text_version, each.source, each.by) for each in said} == {
        (NEWEST, Source.ONLINE, "")
    }
    assert all((clock.now() - each.at).total_seconds() < 60 for each in said)


async def test_no_row_of_the_register_can_be_changed(db: Database):
    """N1: append-only, also for the application itself."""
    alice = await add_person()
    await choose_messages(audit.person(alice), alice, frozenset({NEWS_BY_MAIL}), Source.ONLINE)
    for statement in ("UPDATE consent SET given = false", "DELETE FROM consent"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetch(statement)


@given(CHOICES, st.sampled_from(Subject), st.sampled_from(Medium))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_query_says_what_the_rule_says(db, said, subject, medium):
    """N1: the one question others ask, whatever was said before."""
    alice, bob = await add_person(), await add_person("Bob")
    async with transaction():
        for each in said:
            await people.record_choices(alice, [each], Source.DESK)
    found = await queries.allowed([alice, bob], subject, medium)
    assert (alice in found) is may_send(subject, medium, said)
    assert (bob in found) is may_send(subject, medium, [])


async def test_member_chooses_without_javascript(client: httpx.AsyncClient, settings: Settings):
    """N1, D5: plain forms; what is not ticked is a no; the register is shown."""
    alice = await add_member("Alice", "Martin", "alice@example.org")
    await sign_in.as_tenant(client, settings, alice.person_id)
    async with statements() as said:
        page = (await client.get(HERE)).text
    assert len(said) <= 6
    assert page.count('type="checkbox"') == 12
    assert re.search(r'name="reminders-email"\s+value="1" checked', page)
    ticked = {"club_life-email": "1", "reminders-email": "1"}
    answer = await sign_in.post(client, settings, HERE, ticked)
    assert answer.headers["location"] == f"{HERE}?fait=enregistre"
    assert await queries.allowed([alice.person_id], *NEWS_BY_MAIL) == {alice.person_id}
    assert await queries.allowed([alice.person_id], Subject.REMINDERS, Medium.SMS) == set()
    shown = words((await client.get(HERE)).text)
    assert "La vie du club, E-mail" in shown
    assert "en ligne (texte 2026-11)" in shown
    await sign_in.post(client, settings, HERE, {})
    for subject in CHOSEN:
        assert await queries.allowed([alice.person_id], subject, Medium.EMAIL) == set()


async def test_desk_notes_it_under_both_names(desk: Counter):
    """N1, D6: said on paper; the register and the record name who wrote it down; a message goes."""
    alice = await add_member("Alice", "Martin", "alice@example.org")
    at = f"/comptoir/personnes/{alice.person_public_id}/consentements"
    assert "Lisez chaque phrase" in await desk.open(at)
    await desk.done(at, **{"partner_offers-post": "1", "source": "paper"})
    line = await fetch_one("SELECT * FROM audit_entry WHERE verb = 'consent.choose'")
    assert (line["actor_id"], line["subject_id"]) == (desk.person_id, alice.person_id)
    assert "noté par Nadia Comptoir" in await desk.open(at)
    kept = await fetch_one("SELECT * FROM consent WHERE given")
    assert (kept["source"], kept["recorded_by"]) == ("paper", desk.person_id)
    assert await fetch("SELECT 1 FROM message WHERE kind = 'desk.act'") != []


async def test_desk_must_say_where_it_was_heard(desk: Counter):
    alice = await add_member()
    at = f"/comptoir/personnes/{alice.person_public_id}/consentements"
    answer = await desk.send(at, **{"club_life-email": "1"})
    assert answer.status_code == 422
    assert await fetch("SELECT 1 FROM consent") == []
