"""Consent asked while joining: optional, unticked, provable (N1)."""

import html
import re

import pytest

from backend.kit.database import fetch, fetch_value
from backend.people import consents, queries
from backend.people.consents import NEWEST, TEXTS
from backend.people.rules import NEWS, Medium, Source, Subject
from tests.integration.desk.conftest import Counter, desk  # noqa: F401 - a fixture
from tests.integration.joining.test_join import NEIGHBOUR, YOU, join
from tests.sign_in import post
from tests.typography import as_typed

NEW = "/comptoir/adhesions/nouvelle"
BY_MAIL = {"club_life-email": "1"}
TICKED = re.compile(r'<input type="checkbox"[^>]* checked')


async def register() -> list[tuple[object, ...]]:
    rows = await fetch(
        "SELECT subject, medium, given, text_version, source, recorded_by FROM consent ORDER BY id"
    )
    return [tuple(row) for row in rows]


async def test_nothing_is_ticked_and_nothing_is_kept_of_who_says_nothing(client, settings, mailbox):
    """N1: each purpose that waits for a yes, by each channel, unticked; silence is no row."""
    page = as_typed(html.unescape((await post(client, settings, "/adherer/chez-vous", YOU)).text))
    assert page.count('type="checkbox"') == len(NEWS) * len(Medium)
    assert not TICKED.search(page)
    for subject in NEWS:
        assert TEXTS[NEWEST][subject].sentence in page
    assert TEXTS[NEWEST][Subject.REMINDERS].sentence not in page
    await join(client, settings, mailbox, NEIGHBOUR)
    assert await register() == []


async def test_what_is_ticked_while_joining_is_in_the_register(client, settings, mailbox):
    """N1: text version, source and time, under the name of who joined; other channels stay shut."""
    wish = {**NEIGHBOUR, **BY_MAIL, "partner_offers-post": "1", "texte": NEWEST}
    await join(client, settings, mailbox, wish)
    assert await register() == [
        ("club_life", "email", True, NEWEST, "online", None),
        ("partner_offers", "post", True, NEWEST, "online", None),
    ]
    alice = await fetch_value("SELECT id FROM person WHERE given_name = 'Alice'")
    assert await queries.allowed([alice], Subject.CLUB_LIFE, Medium.EMAIL) == {alice}
    assert await queries.allowed([alice], Subject.CLUB_LIFE, Medium.SMS) == set()
    noted = await fetch_value("SELECT actor_id FROM audit_entry WHERE verb = 'consent.choose'")
    assert noted == alice


async def test_nothing_counts_before_the_code_came_back(client, settings, mailbox):
    """N1: a yes typed with somebody else's address is nobody's."""
    await post(client, settings, "/adherer", {**NEIGHBOUR, **BY_MAIL})
    assert await register() == []


async def test_the_ticks_stay_when_a_step_is_gone_back_or_refused(client, settings, mailbox):
    """N1: kept over the steps, and shown open, so that nobody agrees without seeing it."""
    back = await post(client, settings, "/adherer/vous", {**NEIGHBOUR, **BY_MAIL})
    assert 'name="club_life-email"' in back.text
    again = await post(client, settings, "/adherer/chez-vous", {**YOU, **BY_MAIL})
    refused = await post(client, settings, "/adherer", {**YOU, **BY_MAIL})
    assert refused.status_code == 422
    for page in (again, refused):
        assert len(TICKED.findall(page.text)) == 1
        assert re.search(r"<details[^>]* open", page.text)


async def test_who_is_a_member_already_is_heard_too(client, settings, mailbox):
    """N1: nobody joins twice, but what they ticked they said."""
    await join(client, settings, mailbox, NEIGHBOUR)
    client.cookies.clear()
    await join(client, settings, mailbox, {**NEIGHBOUR, **BY_MAIL})
    assert [row[:3] for row in await register()] == [("club_life", "email", True)]
    assert await fetch_value("SELECT count(*) FROM household") == 1


async def test_the_words_that_were_read_are_named_when_they_changed_meanwhile(
    client, settings, mailbox, monkeypatch: pytest.MonkeyPatch
):
    """N1: a page open since before a release says which words stood on it."""
    monkeypatch.setitem(consents.TEXTS, "2020-01", TEXTS[NEWEST])
    await join(client, settings, mailbox, {**NEIGHBOUR, **BY_MAIL, "texte": "2020-01"})
    await post(client, settings, "/compte/consentements", {"texte": "invented"})
    assert {row[3] for row in await register() if row[2]} == {"2020-01"}
    assert {row[3] for row in await register() if not row[2]} == {NEWEST}


async def test_the_desk_notes_a_spoken_yes_with_its_name(desk: Counter):  # noqa: F811 - the fixture
    """N1, D6: somebody without a telephone, asked at the counter; the paper trace waits for them."""
    page = await desk.open(NEW)
    assert "Lisez chaque phrase à la personne." in page
    said = {"given_name": "Odette", "family_name": "Leroy", "home": "voisin"}
    await desk.done(NEW, **said, **{"club_life-post": "1", "texte": NEWEST})
    assert await register() == [
        ("club_life", "post", True, NEWEST, Source.DESK.value, desk.person_id)
    ]
    traces = await fetch("SELECT way FROM message WHERE kind = 'desk.act'")
    assert [row["way"] for row in traces] == ["paper", "paper"]
