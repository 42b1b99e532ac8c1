"""What campaigns know of a person: told, forgotten, kept no longer than messages."""

from datetime import timedelta

from backend.campaigns import queries
from backend.campaigns.queries import Results
from backend.campaigns.rules import Draft
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.notifications.post import Post
from backend.privacy import erasing, retention
from backend.privacy import queries as privacy
from backend.privacy.rules import ErasureWay
from tests import factories
from tests.conftest import Database
from tests.integration.campaigns.conftest import Kept, launch, send_all
from tests.readers import add_reader, manager

NEWSLETTER = Draft(subject="Au club", body="Un mot.")


async def test_member_reads_which_campaigns_they_got(db: Database, kept: Kept, ways: Post):
    """D1: everything about a member; nothing about who else got it."""
    alice = await add_reader("Alice", "alice@example.org")
    await add_reader("Bob", "bob@example.org")
    await launch(NEWSLETTER)
    await send_all(ways)
    told = await privacy.dossier(alice.person_id)
    [row] = next(each.rows for each in told.sections if each.part.name == "campaigns")
    assert (row["subject"], row["way"]) == ("Au club", "email")
    assert "bob@example.org" not in told.json().decode()


async def test_nothing_leaves_to_who_was_erased(db: Database, kept: Kept, ways: Post):
    """D1: erased between launch and sending; the count stays, the address does not."""
    alice = await add_reader("Alice", "alice@example.org")
    public_id = await launch(NEWSLETTER)
    await fetch("INSERT INTO dead_address (value, at) VALUES ('alice@example.org', now())")
    await erasing.erase(await manager(), alice.person_id, ErasureWay.DESK)
    await send_all(ways)
    assert kept.to("alice@example.org") == []
    results = (await queries.get_campaign(public_id)).results
    assert (results.sent, results.dropped) == (0, 1)
    assert await fetch_value("SELECT count(*) FROM dead_address") == 0
    payloads = await fetch("SELECT payload::text AS said FROM outbox WHERE kind LIKE 'campaign.%'")
    assert [row["said"] for row in payloads] == ["{}"]


async def test_recipients_go_after_a_year_and_counts_stay(db: Database, kept: Kept, ways: Post):
    """D2: messages 12 months: who got it goes, who waits for paper too; how many stays with the campaign."""
    await factories.add_person()
    for number in range(3):
        await add_reader("Alice", f"alice{number}@example.org")
    old = await launch(NEWSLETTER)
    await send_all(ways)
    await fetch("UPDATE campaign SET launched_at = $1", clock.now() - timedelta(days=367))
    await fetch(
        "UPDATE campaign_recipient SET way = 'print', outcome = 'waiting', left_at = NULL"
        " WHERE id = (SELECT min(id) FROM campaign_recipient)"
    )
    new = await launch(NEWSLETTER)
    await send_all(ways)
    assert (await retention.run(dry=True))["campaigns"] == 3
    assert (await retention.run())["campaigns"] == 3
    assert (await retention.run())["campaigns"] == 0
    for public_id, said in ((old, Results(sent=2, dropped=1)), (new, Results(sent=3))):
        assert (await queries.get_campaign(public_id)).results == said
    assert await fetch_value("SELECT count(*) FROM campaign_recipient") == 3
