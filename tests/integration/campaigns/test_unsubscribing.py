"""Saying no: by one click, by STOP, by an address that nobody has."""

import re

import httpx
import pytest

from backend.campaigns import unsubscribing
from backend.campaigns.errors import AddressNobodyHas
from backend.campaigns.queries import Results
from backend.campaigns.rules import Draft, Reason, Way
from backend.kit.database import fetch, fetch_value
from backend.notifications.post import Post, open_post
from backend.people import queries as people
from backend.people.rules import Medium, Subject
from backend.settings import Settings
from tests import factories
from tests.conftest import Database
from tests.integration.campaigns.conftest import Kept, launch, results, send_all
from tests.integration.campaigns.test_audience import reach
from tests.readers import NEWS, OFFERS, OFFERS_SMS, add_reader, manager
from tests.smtp import Mailbox

NEWSLETTER = Draft(subject="Au club", body="Un mot.")
ONE_CLICK = {"content": "List-Unsubscribe=One-Click"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def allowed(person_id: int, subject: Subject, medium: Medium = Medium.EMAIL) -> bool:
    return person_id in await people.allowed([person_id], subject, medium)


async def link_of(kept: Kept, ways: Post, partner: str = "") -> tuple[str, str]:
    """The campaign and the path of the newest mail's link."""
    public_id = await launch(NEWSLETTER, partner)
    await send_all(ways)
    return public_id, httpx.URL(kept.sent[-1].unsubscribe).path


async def test_one_click_works_logged_out(
    client: httpx.AsyncClient, db: Database, settings: Settings, mailbox: Mailbox
) -> None:
    """N2: the very header of the mail on the wire; POST with RFC 8058's body, no cookie, no form token."""
    alice = await add_reader("Alice", "alice@example.org")
    public_id = await launch(NEWSLETTER)
    await send_all(open_post(settings))
    [mail] = mailbox.to("alice@example.org")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<(https?://[^>]+)>", str(mail["List-Unsubscribe"]))
    assert found is not None
    answer = await client.post(httpx.URL(found[1]).path, headers=FORM, **ONE_CLICK)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert not await allowed(alice.person_id, Subject.CLUB_LIFE)
    assert await allowed(alice.person_id, Subject.PARTNER_OFFERS)
    assert await results(public_id) == Results(sent=1, unsubscribed=1)


async def test_get_changes_nothing(
    client: httpx.AsyncClient, db: Database, kept: Kept, ways: Post
) -> None:
    """N2: programs open links to look at them: only the button says no."""
    alice = await add_reader("Alice", "alice@example.org")
    _, path = await link_of(kept, ways)
    before = await fetch_value("SELECT count(*) FROM consent")
    for method in ("GET", "HEAD"):
        assert (await client.request(method, path)).status_code == 200
    page = (await client.get(path)).text
    assert "Ne plus les recevoir" in page
    assert "alice" not in page.lower()
    assert await allowed(alice.person_id, Subject.CLUB_LIFE)
    assert await fetch_value("SELECT count(*) FROM consent") == before
    assert "C’est fait." in (await client.post(path)).text
    assert "Vous ne les recevez déjà plus." in (await client.get(path)).text
    assert not await allowed(alice.person_id, Subject.CLUB_LIFE)


async def test_second_click_changes_nothing_more(
    client: httpx.AsyncClient, db: Database, kept: Kept, ways: Post
) -> None:
    """N2."""
    alice = await add_reader("Alice", "alice@example.org")
    public_id, path = await link_of(kept, ways)
    for _ in range(3):
        assert (await client.post(path, **ONE_CLICK)).status_code == 200
    refusals = (
        "SELECT count(*) FROM consent WHERE person = $1 AND NOT given"
        " AND subject = 'club_life' AND medium = 'email'"
    )
    assert await fetch_value(refusals, alice.person_id) == 1
    assert (await results(public_id)).unsubscribed == 1
    acts = await people.acts_about([alice.person_id], 10)
    assert "campaign.unsubscribe" in {act.verb for act in acts}


async def test_partners_mail_ends_partners_mails_and_keeps_the_news(
    client: httpx.AsyncClient, db: Database, kept: Kept, ways: Post
) -> None:
    """N1, N2: a no is for its purpose and its channel."""
    partner = await factories.add_partner("Boulangerie Petit")
    alice = await add_reader("Alice", "alice@example.org", yes=[NEWS, OFFERS, OFFERS_SMS])
    _, path = await link_of(kept, ways, partner.public_id)
    assert "avantages des partenaires" in (await client.get(path)).text
    await client.post(path, **ONE_CLICK)
    assert not await allowed(alice.person_id, Subject.PARTNER_OFFERS)
    assert await allowed(alice.person_id, Subject.PARTNER_OFFERS, Medium.SMS)
    assert await allowed(alice.person_id, Subject.CLUB_LIFE)
    assert await allowed(alice.person_id, Subject.SERVICE)


async def test_link_cannot_be_guessed_or_changed(
    client: httpx.AsyncClient, db: Database, kept: Kept, ways: Post
) -> None:
    """N2: signed: any other letter is no link, and nobody learns why."""
    alice = await add_reader("Alice", "alice@example.org")
    _, path = await link_of(kept, ways)
    start, _, token = path.rpartition("/")
    for wrong in (
        token[:-1],
        token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1],
        token[:10] + ("A" if token[10] != "A" else "B") + token[11:],
        "x",
        "é",
        "%00",
        "A" * 5000,
        f"{alice.person_id}:1",
    ):
        for method in ("GET", "POST"):
            assert (await client.request(method, f"{start}/{wrong}")).status_code == 404, wrong
    assert await allowed(alice.person_id, Subject.CLUB_LIFE)


async def test_stop_by_sms_ends_campaigns_for_all_behind_the_number(
    db: Database, kept: Kept, ways: Post
) -> None:
    """N3: STOP is a no to every campaign by SMS; e-mail is another channel (N1)."""
    by = await manager()
    alice = await add_reader("Alice", "0639981111", yes=[OFFERS_SMS, NEWS])
    bob = await add_reader("Bob", "0639981111", yes=[OFFERS_SMS])
    assert await unsubscribing.note_stop(by, "06 39 98 11 11") == 2
    for person in (alice, bob):
        assert not await allowed(person.person_id, Subject.PARTNER_OFFERS, Medium.SMS)
    assert await allowed(alice.person_id, Subject.CLUB_LIFE)
    for typed in ("06 39 98 22 22", "alice@example.org", "stop"):
        with pytest.raises(AddressNobodyHas):
            await unsubscribing.note_stop(by, typed)


async def test_address_that_came_back_is_left_out_until_it_is_verified_again(
    db: Database, kept: Kept, ways: Post
) -> None:
    """N6: bounced is a reason of its own."""
    await add_reader("Alice", "alice@example.org")
    public_id = await launch(NEWSLETTER)
    await send_all(ways)
    assert await unsubscribing.note_bounce(await manager(), "alice@example.org") == 1
    assert (await results(public_id)).bounced == 1
    assert await reach(NEWSLETTER) == ({}, {Reason.BOUNCED: 1})
    await fetch("UPDATE contact_point SET verified_at = now() + interval '1 minute'")
    assert await reach(NEWSLETTER) == ({Way.EMAIL: 1}, {})
