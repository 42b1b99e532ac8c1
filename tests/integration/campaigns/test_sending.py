"""Letters of a campaign on their way out."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import pytest

from backend.campaigns import service as campaigns
from backend.campaigns.errors import CampaignClosed, CampaignNotRunning, StopNumberMissing
from backend.campaigns.queries import Results, Rules
from backend.campaigns.rules import Draft, Way
from backend.jobs import outbox as lanes
from backend.kit import clock, outbox
from backend.kit.clock import parse_instant
from backend.kit.database import fetch, fetch_value, transaction
from backend.merchants import service as merchants
from backend.notifications import service as notifications
from backend.notifications.gateway import Outgoing
from backend.notifications.post import Post
from backend.people import service as people
from backend.people.rules import Channel
from tests import factories
from tests.conftest import Database
from tests.integration.campaigns.conftest import Kept, launch, outcome_of, results, send_all
from tests.readers import NEWS, OFFERS, OFFERS_SMS, add_reader, manager, say

NEWSLETTER = Draft(subject="Au club", body="Un mot.")
SMS = Draft(subject="Galette", body="", sms="La galette à 9 €.", ways=(Way.SMS,))


async def test_each_gets_it_once_however_often_workers_come(
    db: Database, kept: Kept, ways: Post
) -> None:
    """N4: one row a person; a second turn finds nothing to do."""
    for name in ("Alice", "Bob", "Carol"):
        await add_reader(name, f"{name.lower()}@example.org")
    public_id = await launch(NEWSLETTER)
    await send_all(ways)
    await send_all(ways)
    assert sorted(each.to for each in kept.sent) == [
        "alice@example.org",
        "bob@example.org",
        "carol@example.org",
    ]
    assert await results(public_id) == Results(sent=3)


async def test_mail_in_doubt_comes_again_under_its_own_number(db: Database) -> None:
    """N4: a worker that dies after the server's yes and before its row: the same Message-ID, counted once.

    SMTP cannot promise more; dying anywhere else sends nothing twice (test_campaign_killed).
    """

    class Dying(Kept):
        async def send(self, message: Outgoing) -> None:
            await super().send(message)
            if len(self.sent) == 1:
                raise asyncio.CancelledError

    kept = Dying()
    await add_reader("Alice", "alice@example.org")
    public_id = await launch(NEWSLETTER)
    with pytest.raises(asyncio.CancelledError):
        await send_all({Channel.EMAIL: kept})
    await send_all({Channel.EMAIL: kept})
    assert len(kept.sent) == 1  # the dead worker still holds its lease
    with clock.travel(outbox.LEASE + timedelta(seconds=1)):
        await send_all({Channel.EMAIL: kept})
        await send_all({Channel.EMAIL: kept})
    assert [each.key for each in kept.sent] == [kept.sent[0].key] * 2
    assert await results(public_id) == Results(sent=1)


async def test_nothing_goes_again_when_a_worker_dies_after_its_word_of_it(
    db: Database, kept: Kept, ways: Post
) -> None:
    """N4: the letter is still there to be taken, whose message has left."""
    await add_reader("Alice", "alice@example.org")
    public_id = await launch(NEWSLETTER)
    payload = await fetch_value("SELECT payload::text FROM outbox WHERE kind = 'campaign.email'")
    await send_all(ways)
    await fetch(
        "UPDATE outbox SET done_at = NULL, payload = $1 WHERE kind = 'campaign.email'", payload
    )
    await send_all(ways)
    assert len(kept.sent) == 1
    assert await results(public_id) == Results(sent=1)


async def test_two_who_share_an_address_each_get_their_own(
    db: Database, kept: Kept, ways: Post
) -> None:
    """N4: two members sharing an address each get their own, and each their own way to say no."""
    await add_reader("Alice", "foyer@example.org")
    await add_reader("Bob", "foyer@example.org")
    await launch(NEWSLETTER)
    await send_all(ways)
    first, second = kept.to("foyer@example.org")
    assert {words.text.split("\n")[0] for words in (first, second)} == {
        "Bonjour Alice,",
        "Bonjour Bob,",
    }
    assert first.unsubscribe != second.unsubscribe
    assert first.key != second.key


async def test_mail_says_who_writes_why_and_how_to_stop(
    db: Database, kept: Kept, ways: Post
) -> None:
    """N2: bulk mail carries its one-click address; a partner's is named as such, without the list."""
    partner = await factories.add_partner("Boulangerie Petit")
    await add_reader("Alice", "alice@example.org")
    await launch(NEWSLETTER, partner.public_id)
    await send_all(ways)
    [mail] = kept.sent
    assert mail.subject == "Partenaire : Au club"
    assert "Un message de Boulangerie Petit, partenaire du club." in mail.text
    assert "Boulangerie Petit n’a ni votre nom ni votre adresse." in mail.text
    assert mail.unsubscribe in mail.text
    assert mail.unsubscribe.startswith("http")


async def test_no_that_comes_after_the_launch_is_heard(
    db: Database, kept: Kept, ways: Post
) -> None:
    """N1: consent is asked once more just before each message leaves."""
    alice = await add_reader("Alice", "alice@example.org")
    bob = await add_reader("Bob", "bob@example.org")
    public_id = await launch(NEWSLETTER)
    await say(alice.person_id, OFFERS)
    await send_all(ways)
    assert [each.to for each in kept.sent] == ["bob@example.org"]
    assert await outcome_of(alice.person_id) == "dropped"
    assert await outcome_of(bob.person_id) == "sent"
    assert await results(public_id) == Results(sent=1, dropped=1)


async def test_mail_goes_to_the_address_of_the_day_it_leaves(
    db: Database, kept: Kept, ways: Post
) -> None:
    alice = await add_reader("Alice", "old@example.org")
    await launch(NEWSLETTER)
    await fetch("UPDATE contact_point SET ended_at = $1", clock.now())
    async with transaction():
        await people.add_contact(alice.person_id, Channel.EMAIL, "new@example.org", verified=True)
    await send_all(ways)
    assert [each.to for each in kept.sent] == ["new@example.org"]


async def test_address_that_nobody_has_is_not_tried_again(
    db: Database, kept: Kept, ways: Post
) -> None:
    """N6: it is counted as refused, and left out of the next campaign with that reason."""
    alice = await add_reader("Alice", "gone@example.org")
    kept.nobody.add("gone@example.org")
    public_id = await launch(NEWSLETTER)
    await send_all(ways)
    assert await results(public_id) == Results(refused=1)
    assert await outcome_of(alice.person_id) == "refused"
    assert await fetch_value("SELECT value FROM dead_address") == "gone@example.org"
    waiting = "SELECT count(*) FROM outbox WHERE kind = 'campaign.email' AND done_at IS NULL"
    assert await fetch_value(waiting) == 0


async def test_server_that_is_down_is_tried_again_and_given_up_at_last(
    db: Database, kept: Kept, ways: Post
) -> None:
    """N4: a failure is a later try of the same row; after many it is counted as failed."""
    await add_reader("Alice", "alice@example.org")
    public_id = await launch(NEWSLETTER)
    kept.broken = True
    await send_all(ways)
    assert await results(public_id) == Results(waiting=1)
    for day in range(1, outbox.MOST_ATTEMPTS):
        with clock.travel(timedelta(days=day)):
            await send_all(ways)
    assert await results(public_id) == Results(failed=1)


async def test_stopped_campaign_keeps_what_has_not_left(
    db: Database, kept: Kept, ways: Post
) -> None:
    by = await manager()
    await add_reader("Alice", "alice@example.org")
    public_id = await launch(NEWSLETTER)
    assert await campaigns.stop(by, public_id) == 1
    await send_all(ways)
    assert kept.sent == []
    assert await results(public_id) == Results(dropped=1)
    with pytest.raises(CampaignNotRunning):
        await campaigns.stop(by, public_id)
    with pytest.raises(CampaignClosed):
        await campaigns.launch(by, public_id, 1)


async def test_what_left_counts_when_its_campaign_is_stopped_meanwhile(db: Database) -> None:
    """N6: between the server's yes and our word of it: the week's message was had."""

    class Stopping(Kept):
        async def send(self, message: Outgoing) -> None:
            await super().send(message)
            await campaigns.stop(by, public_id)

    by = await manager()
    await add_reader("Alice", "alice@example.org")
    public_id = await launch(NEWSLETTER)
    await send_all({Channel.EMAIL: Stopping()})
    assert await results(public_id) == Results(sent=1)


async def test_nothing_leaves_for_a_partner_that_left(db: Database, kept: Kept, ways: Post) -> None:
    """P3: launched while its offers held; what waits for its hour when they stop is dropped."""
    partner = await factories.add_partner("Boulangerie Petit")
    with clock.frozen(parse_instant("2026-11-21T20:30")):
        await add_reader("Alice", "0639981111", yes=[OFFERS_SMS])
        await campaigns.set_rules(await manager(), Rules(1, "36105"))
        public_id = await launch(SMS, partner.public_id)
        await merchants.close_partner(await manager(), partner.id)
    with clock.frozen(parse_instant("2026-11-23T10:00")):
        await send_all(ways)
        assert kept.sent == []
        assert await results(public_id) == Results(dropped=1)


async def test_launched_campaign_is_changed_no_more(db: Database) -> None:
    await add_reader("Alice", "alice@example.org")
    public_id = await launch(NEWSLETTER)
    with pytest.raises(CampaignClosed):
        await campaigns.change(await manager(), public_id, NEWSLETTER)
    with pytest.raises(CampaignClosed):
        await campaigns.launch(await manager(), public_id, 1)


@pytest.mark.parametrize(
    ("asked", "leaves"),
    [
        ("2026-11-21T20:30", "2026-11-23T10:00"),
        ("2026-12-24T20:00", "2026-12-26T10:00"),
    ],
)
async def test_late_sms_waits_and_is_not_dropped(
    db: Database, kept: Kept, ways: Post, asked: str, leaves: str
) -> None:
    """N3: launched on a Saturday evening or before Christmas, it leaves in the next lawful hour."""
    late, morning = parse_instant(asked), parse_instant(leaves)
    partner = await factories.add_partner("Boulangerie Petit")
    with clock.frozen(late):
        await add_reader("Alice", "0639981111", yes=[OFFERS_SMS])
        await campaigns.set_rules(await manager(), Rules(1, "36105"))
        await launch(SMS, partner.public_id)
        await send_all(ways)
    with clock.frozen(morning - timedelta(minutes=1)):
        await send_all(ways)
    assert kept.sent == []
    with clock.frozen(morning):
        await send_all(ways)
    [sms] = kept.sent
    assert sms.text == "Palier : La galette à 9 €. STOP au 36105"
    assert (sms.channel, sms.to) == (Channel.SMS, "+33639981111")


async def test_worker_that_comes_late_in_the_evening_lets_sms_wait(
    db: Database, kept: Kept, ways: Post
) -> None:
    """N3: queued in the afternoon, met by a worker at 20:05: it waits for the morning, as no try."""
    partner = await factories.add_partner("Boulangerie Petit")
    afternoon = parse_instant("2026-11-24T15:00")
    with clock.frozen(afternoon):
        await add_reader("Alice", "0639981111", yes=[OFFERS_SMS])
        await campaigns.set_rules(await manager(), Rules(1, "36105"))
        await launch(SMS, partner.public_id)
    with clock.frozen(afternoon + timedelta(hours=5, minutes=5)):
        await send_all(ways)
    [row] = await fetch("SELECT due_at, attempts, done_at FROM outbox WHERE kind = 'campaign.sms'")
    assert tuple(row) == (parse_instant("2026-11-25T10:00"), 0, None)
    assert kept.sent == []
    with clock.frozen(parse_instant("2026-11-25T10:00")):
        await send_all(ways)
    assert len(kept.sent) == 1


async def test_sms_waits_when_its_stop_number_is_taken_away(
    db: Database, kept: Kept, ways: Post
) -> None:
    """N3: with sender and STOP when it leaves, not only when it was launched."""
    partner = await factories.add_partner("Boulangerie Petit")
    with clock.frozen(parse_instant("2026-11-21T20:30")):
        await add_reader("Alice", "0639981111", yes=[OFFERS_SMS])
        await campaigns.set_rules(await manager(), Rules(1, "36105"))
        await launch(SMS, partner.public_id)
    with clock.frozen(parse_instant("2026-11-23T10:00")):
        await campaigns.set_rules(await manager(), Rules(1, ""))
        await send_all(ways)
        assert kept.sent == []
        await campaigns.set_rules(await manager(), Rules(1, "36106"))
    with clock.frozen(parse_instant("2026-11-23T11:00")):
        await send_all(ways)
    assert [each.text for each in kept.sent] == ["Palier : La galette à 9 €. STOP au 36106"]


async def test_sms_without_a_stop_number_is_refused(db: Database) -> None:
    """N3: with sender and STOP, or not at all."""
    partner = await factories.add_partner("Boulangerie Petit")
    await add_reader("Alice", "0639981111", yes=[OFFERS_SMS])
    with pytest.raises(StopNumberMissing):
        await launch(SMS, partner.public_id)


async def test_code_does_not_wait_behind_a_campaign(db: Database, kept: Kept, ways: Post) -> None:
    """N4: each lane has its own turn: what is urgent leaves while a campaign waits untouched."""
    for number in range(30):
        await add_reader("Alice", f"a{number}@example.org", yes=[NEWS])
    await launch(NEWSLETTER)
    async with transaction():
        await notifications.queue(
            "identity.notice",
            "urgent",
            person_id=None,
            channel=Channel.EMAIL,
            to="bob@example.org",
            values={"what": "Une adresse a été ajoutée", "name": "Bob"},
        )
    await lanes.drain(ways)
    assert len(kept.to("bob@example.org")) == 1
    assert not any(each.unsubscribe for each in kept.sent)
    await send_all(ways)
    assert sum(bool(each.unsubscribe) for each in kept.sent) == 30


async def test_bulk_lane_keeps_to_its_pace(db: Database, kept: Kept, ways: Post) -> None:
    """A provider's limit a minute is a setting: one turn takes no more than its share."""
    for number in range(8):
        await add_reader("Alice", f"a{number}@example.org", yes=[NEWS])
    await launch(NEWSLETTER)
    monotonic = [0.0]

    async def sleep(seconds: float) -> None:
        monotonic[0] += seconds

    with pytest.MonkeyPatch.context() as patch:
        # Of this module alone: what else runs on the loop must not make its time go by.
        patch.setattr("backend.jobs.outbox.asyncio", SimpleNamespace(sleep=sleep))
        patch.setattr("backend.jobs.outbox.clock.monotonic", lambda: monotonic[0])
        taken = await lanes.drain_bulk(ways, 4, a_minute=60)
    assert taken == 5  # one a second, in a turn of five
    assert len(kept.sent) == 5
