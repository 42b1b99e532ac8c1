"""Reminders of dues: who is told what, by which way, how often, and until when (N5)."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import httpx
import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import jobs as billing_jobs
from backend.billing.rules import PayWay
from backend.jobs.schedule import TIMETABLE, tick
from backend.kit import clock, outbox
from backend.kit.database import fetch, fetch_value
from backend.membership import jobs
from backend.membership import service as membership
from backend.membership.reminders import ENDED, Channel, Step
from backend.membership.rules import Category
from backend.membership.service import Joined, reminding
from backend.membership.service.consents import choose_messages
from backend.notifications.gateway import Outgoing
from backend.notifications.post import senders
from backend.people import rules as people
from backend.people.rules import Medium, Source, Subject
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests import sign_in
from tests.conftest import Database
from tests.factories import add_household, pay_dues
from tests.paying import IBAN, events, pay

START = datetime(2026, 1, 10, 9, 0, tzinfo=clock.PARIS)
TERM = date(2027, 1, 9)
MAIL, SMS, PRINT, DOOR = Channel


class Posted:
    """The reminders that left the house; receipts and the like are another matter."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    async def send(self, message: Outgoing) -> None:
        if message.key.startswith(reminding.REMINDER):
            self.sent.append(message)

    @property
    def to(self) -> list[str]:
        return sorted(message.to for message in self.sent)


def at(day: int, wall: time = time(6, 0)) -> datetime:
    """So many days from the term."""
    return datetime.combine(TERM + timedelta(days=day), wall, tzinfo=clock.PARIS)


async def household(address: str | None = "alice@example.org", **wish) -> Joined:
    with clock.frozen(START):
        joined = await add_household("Alice", "Martin", address, **wish)
        await pay_dues(joined.household_id)
    return joined


async def night(day: int, wall: time = time(6, 0)) -> int:
    with clock.frozen(at(day, wall)):
        return await reminding.remind()


async def post(moment: datetime, to: Posted | None = None) -> Posted:
    posted = to or Posted()
    ways = senders({people.Channel.EMAIL: posted, people.Channel.SMS: posted}, jobs.ASKS)
    with clock.frozen(moment):
        while await outbox.drain(ways):
            pass
    return posted


async def told() -> list[tuple[int, str]]:
    rows = await fetch("SELECT step, channel FROM reminder WHERE withdrawn_at IS NULL ORDER BY id")
    return [(row["step"], row["channel"]) for row in rows]


async def set_ladder(*steps: Step) -> None:
    with clock.frozen(START):
        await membership.set_ladder(SYSTEM, steps, clock.today())


async def test_every_step_is_told_once_when_a_term_goes_by(db: Database) -> None:
    """N5: the ladder night after night, then the notice that all has ended; each once, however often
    the work runs.
    """
    await household()
    for day in range(-40, 45):
        await night(day)
        await night(day, time(21, 0))
    steps = [-30, -7, 0, 7, 21, ENDED]
    assert await told() == [(step, "email") for step in steps]
    assert (await post(at(45))).sent == []
    assert await told() == []


async def test_the_newest_leaves_alone_when_the_post_stood_still(db: Database) -> None:
    """N5: five reminders of five weeks do not come on one morning."""
    await household()
    for day in range(-30, 10):
        await night(day)
    posted = await post(at(10))
    assert [mail.subject for mail in posted.sent] == [
        "Votre adhésion est finie depuis le 9 janvier 2027"
    ]
    assert await told() == [(7, "email")]


async def test_the_message_says_what_to_do_and_opens_the_page(db: Database) -> None:
    await household()
    await night(-7)
    [mail] = (await post(at(-7))).sent
    assert mail.subject == "Votre adhésion finit le 9 janvier 2027"
    assert "60,00 € pour 12 mois" in mail.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "/compte/cotisation/payer\n" in mail.text
    await night(7)
    [mail] = (await post(at(7))).sent
    assert mail.subject == "Votre adhésion est finie depuis le 9 janvier 2027"
    assert "Payez avant le 9 février 2027\xa0: vous ne perdez aucun jour." in mail.text
    await night(31)
    [mail] = (await post(at(31))).sent
    assert mail.subject == "Votre adhésion est finie"


async def test_two_adults_get_their_own_when_they_share_an_address(db: Database) -> None:
    """N4: two members behind one address each get their own reminder, in one home or in two."""
    first = await household()
    with clock.frozen(START):
        await membership.add_adult(
            SYSTEM, first.household_id, "Bob", "Martin", people.read_address("alice@example.org")
        )
    await household()
    assert await night(-30) == 3
    posted = await post(at(-30))
    assert posted.to == ["alice@example.org"] * 3
    names = sorted(message.text.split("\n")[0] for message in posted.sent)
    assert names == ["Bonjour Alice,", "Bonjour Alice,", "Bonjour Bob,"]


async def test_nothing_doubles_when_two_workers_remind_at_once(db: Database) -> None:
    """N5, REL6: the same night on two workers is the same night once."""
    for _ in range(6):
        await household()
    with clock.frozen(at(-30)):
        counts = await asyncio.gather(*(reminding.remind() for _ in range(4)))
    assert sum(counts) == 6
    assert (await post(at(-30))).to == ["alice@example.org"] * 6


async def test_the_rest_is_told_when_the_worker_died_amid_the_night(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N5: what was committed stays told, what was not is told by the next who comes."""
    monkeypatch.setattr(reminding, "BATCH", 2)
    for _ in range(5):
        await household()
    write, left = reminding._write, [2]

    async def dying(*args):
        left[0] -= 1
        if left[0] < 0:
            raise ZeroDivisionError
        return await write(*args)

    with monkeypatch.context() as patch:
        patch.setattr(reminding, "_write", dying)
        with pytest.raises(ZeroDivisionError):
            await night(-30)
    assert len(await told()) == 4
    assert await night(-30) == 1
    assert (await post(at(-30))).to == ["alice@example.org"] * 5


async def test_missed_nights_are_made_up_one_step_a_day(db: Database) -> None:
    """N5: after an outage, no step is swallowed by a later one and none comes with another."""
    await set_ladder(Step(-3, (MAIL,)), Step(-2, (MAIL,)), Step(-1, (MAIL, PRINT)))
    await household()
    told_on = []
    for day in (-1, 0, 1, 2):
        await night(day)
        told_on.append([step for step, _ in await told()])
    assert told_on == [[-3], [-3, -2], [-3, -2, -1], [-3, -2, -1]]


async def test_a_step_is_told_once_when_the_office_moves_it(db: Database) -> None:
    """N5: once and again; who was not told yet hears it on its new day, and the next as ever."""
    first = await household()
    assert await night(-30) == 1
    for day, moved in ((-29, -28), (-27, -26)):
        with clock.frozen(at(day)):
            ladder = [Step(moved, (MAIL, PRINT)), Step(-7, (MAIL,)), Step(-3, (MAIL,))]
            await membership.set_ladder(SYSTEM, ladder, clock.today())
    second = await household()
    for day in range(-29, 0):
        await night(day)
    rows = await fetch("SELECT household, step FROM reminder ORDER BY id")
    assert [tuple(row) for row in rows] == [
        (first.household_id, -30),
        (second.household_id, -28),
        *((one.household_id, step) for step in (-7, -3) for one in (first, second)),
    ]


async def test_an_old_step_is_left_out_when_the_outage_was_long(db: Database) -> None:
    """N5: a step says nothing new a week later; the ladder goes on with the next."""
    await household()
    assert await night(-23) == 0
    assert await night(-7) == 1
    assert await told() == [(-7, "email")]


async def test_the_timetable_makes_up_for_a_missed_hour(db: Database) -> None:
    """N5: a scheduler that was stopped at six reminds when it is started again, once."""
    await household()
    nightly = [task for task in TIMETABLE if task.name == "dues.remind"]
    for wall in (time(14, 0), time(14, 1), time(23, 0)):
        with clock.frozen(at(-30, wall)):
            await tick(nightly)
    assert await told() == [(-30, "email")]


@pytest.mark.parametrize("paid", ["before", "between"])
async def test_nothing_leaves_when_the_dues_were_paid(db: Database, paid: str) -> None:
    """N5: what is queued is withdrawn by the payment itself, and never leaves after it."""
    joined = await household()
    await night(-7)
    with clock.frozen(at(-7, time(6, 1))):
        await pay_dues(joined.household_id)
    assert await told() == []
    if paid == "between":  # a worker had the letter already in its hands when the payment came
        await fetch("UPDATE outbox SET gave_up_at = NULL, payload = '{}'")
        await fetch("UPDATE reminder SET withdrawn_at = NULL")
    assert (await post(at(-7, time(6, 2)))).sent == []
    assert await told() == []
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'dues.reminder'") == 0
    assert await night(0) == 0


async def test_what_was_sent_stays_told_when_the_dues_are_paid(db: Database) -> None:
    joined = await household()
    await night(-7)
    await post(at(-7))
    with clock.frozen(at(-6)):
        await pay_dues(joined.household_id)
    assert await told() == [(-7, "email")]


async def test_nothing_leaves_when_paid_days_came_along(db: Database) -> None:
    """N5, M5: who moves in brings their year; what waits says nothing true any more."""
    joined = await household()
    await night(7)
    with clock.frozen(at(7, time(9, 0))):
        other = await add_household("Zoé", "Petit")
        await pay_dues(other.household_id)
        await membership.merge(SYSTEM, other.household_id, joined.household_id)
    assert await told() == []
    assert (await post(at(7, time(9, 5)))).sent == []


@pytest.mark.parametrize("end", ["renew", "left", "refused", "leaves"])
async def test_a_message_is_asked_about_just_before_it_leaves(db: Database, end: str) -> None:
    """N5, N1: paid by a way that told nobody, gone from the household, or refused since."""
    joined = await household("06 12 34 56 78")
    await night(-7, time(21, 0))
    with clock.frozen(at(-7, time(21, 5))):
        if end == "renew":
            await fetch("UPDATE period SET during = daterange(lower(during), upper(during) + 300)")
        elif end == "refused":
            await refuse(joined.person_id, Medium.SMS)
        elif end == "left":
            await fetch("UPDATE household_member SET left_on = '2027-01-02'")
        else:
            await membership.end_household(SYSTEM, joined.household_id)
    assert (await post(at(-6, time(9, 0)))).sent == []
    assert await told() == []


async def refuse(person_id: int, *media: Medium) -> None:
    wanted = frozenset((Subject.REMINDERS, medium) for medium in Medium if medium not in media)
    await choose_messages(By(Actor.PERSON, person_id), person_id, wanted, Source.ONLINE)


async def test_an_sms_waits_for_the_morning(db: Database) -> None:
    """N5: it rings nobody between 20:00 and 8:00, also when the worker itself comes late."""
    await household("06 12 34 56 78")
    await night(-7)
    assert (await post(at(-7, time(7, 59)))).sent == []
    assert (await post(at(-7, time(20, 0)))).sent == []
    assert (await post(at(-6, time(3, 0)))).sent == []
    assert await fetch_value("SELECT attempts FROM outbox WHERE kind = 'dues.reminder.sms'") == 0
    [sms] = (await post(at(-6, time(8, 0)))).sent
    assert sms.to == "+33612345678"
    assert sms.text.startswith("Palier : votre adhésion finit le 9 janvier 2027.")


async def test_a_refused_channel_is_passed_over(db: Database) -> None:
    """N1: the next way of the step is taken; the end of all rights is told whatever was refused."""
    joined = await household()
    with clock.frozen(START):
        await refuse(joined.person_id, Medium.EMAIL)
    assert await night(-30) == 1
    assert await told() == [(-30, "print")]
    with clock.frozen(at(-29)):
        await refuse(joined.person_id, Medium.EMAIL, Medium.POST)
    for day in range(-28, 31):
        assert await night(day) == 0
    assert await night(31) == 1
    assert await told() == [(-30, "print"), (ENDED, "email")]


async def test_paper_goes_to_a_home_that_no_message_reaches(db: Database) -> None:
    """N5: one sheet for the home where nobody has an address; none where one adult has."""
    alone = await household(None)
    with clock.frozen(START):
        await membership.add_adult(SYSTEM, alone.household_id, "Bob", "Martin")
    reached = await household(None)
    with clock.frozen(START):
        await membership.add_adult(
            SYSTEM, reached.household_id, "Carole", "Petit", people.read_address("c@example.org")
        )
    assert await night(-30) == 2
    rows = await fetch("SELECT household, channel FROM reminder ORDER BY household")
    assert [tuple(row) for row in rows] == [
        (alone.household_id, "print"),
        (reached.household_id, "email"),
    ]


async def test_nobody_is_reminded_whom_a_plan_pays_for(db: Database, stripe: Remote) -> None:
    """N5, B11: each month pays itself until it is stopped."""
    with clock.frozen(START):
        joined = await add_household("Alice", "Martin", "alice@example.org")
        ordered = await membership.order_dues(
            joined.household_id, PayWay.MONTHLY, SYSTEM, done_path="/", back_path="/"
        )
        await billing_jobs.hurry(ordered.row)
        await pay(stripe, ordered.public_id)
        await events(stripe)
    until = await fetch_value("SELECT max(upper(during)) - 1 FROM period")
    evening = datetime.combine(until, time(9, 0), tzinfo=clock.PARIS)
    with clock.frozen(evening):
        assert await reminding.remind() == 0
        await fetch("UPDATE monthly_plan SET ended_at = now()")
        assert await reminding.remind() == 1


async def test_nobody_is_reminded_while_a_debit_is_under_way(db: Database, stripe: Remote) -> None:
    """N5, B6: a debit that has not arrived counts; when it fails the ladder goes on."""
    joined = await household(category=Category.TENANT)
    with clock.frozen(at(-8)):
        ordered = await membership.order_dues(
            joined.household_id, PayWay.ONLINE, SYSTEM, done_path="/", back_path="/"
        )
        await billing_jobs.hurry(ordered.row)
        session = await pay(stripe, ordered.public_id, iban=IBAN)
        await events(stripe)
    assert await night(-7) == 0
    with clock.frozen(at(-3)):
        await stripe.end_debit(session, "failed")
        await events(stripe)
    assert await night(-3) == 1


async def test_who_pays_nothing_hears_twice_that_it_ends_and_nothing_of_money(
    db: Database,
) -> None:
    """N5, M10: a free household hears it before, and once all rights have ended."""
    joined = await household()
    await fetch("UPDATE household SET category = 'free' WHERE id = $1", joined.household_id)
    for day in range(-40, 45):
        await night(day)
        [*posted] = (await post(at(day))).sent
        assert len(posted) == (day in {-7, 31})
        for mail in posted:
            assert "passez à la conciergerie" in mail.text
            assert not {"€", "pay", "Pay"} & {*mail.text, *mail.text.replace("/", " ").split()}
    assert await told() == [(-7, "email"), (ENDED, "email")]


async def test_who_pays_nothing_and_has_no_address_gets_it_on_paper(db: Database) -> None:
    """N5: the same by SMS, and by letter."""
    by_sms, by_post = await household("+33612345678"), await household(None)
    for joined in (by_sms, by_post):
        await fetch("UPDATE household SET category = 'free' WHERE id = $1", joined.household_id)
    for day in (-7, 31):
        await night(day)
        [sms] = (await post(at(day, time(9, 0)))).sent
        assert "passez à la conciergerie" in sms.text
        assert "http" not in sms.text
    assert await told() == [(-7, "sms"), (-7, "print"), (ENDED, "sms"), (ENDED, "print")]


async def test_nobody_is_reminded_of_a_day_before_the_payment(db: Database) -> None:
    """N5: who has just paid one month at the counter does not hear that it ends in a month."""
    with clock.frozen(START):
        joined = await add_household("Alice", "Martin", "alice@example.org")
        await pay_dues(joined.household_id, months=1)
    nights: Sequence[int] = []
    for day in range(31):
        with clock.frozen(START + timedelta(days=day)):
            nights = [*nights, await reminding.remind()]
    assert sum(nights) == 2  # a week before, and on the last day
    assert nights[23] == nights[30] == 1


async def test_the_page_of_dues_says_when_it_ends_and_what_was_told(
    db: Database, client: httpx.AsyncClient, settings: Settings
) -> None:
    """N5: the step somebody is at, in plain words: days left, the last reminder, since when it is over."""
    joined = await household()

    async def page(day: int) -> str:
        with clock.frozen(at(day, time(10, 0))):
            await sign_in.as_tenant(client, settings, joined.person_id)
            return (await client.get("/compte/cotisation")).text

    assert "Elle finit bientôt" not in await page(-40)
    await night(-7)
    soon = await page(-7)
    assert "il reste 7 jours" in soon
    assert "Dernier rappel\xa0: le 2 janvier 2027, par e-mail." in soon
    assert "C’est le dernier jour." in await page(0)
    assert "est finie depuis le 9 janvier 2027" in await page(1)
    assert "est finie depuis le 9 janvier 2027" in await page(31)
