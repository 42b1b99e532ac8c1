"""Bookings in people's own calendars, read back by two readers that know nothing of each other."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import service as lend
from backend.lending.errors import CalendarUnknown
from backend.lending.feeds import About
from backend.lending.queries import calendars as feeds
from backend.lending.rules import DueRule, Period, SlotMode, TicketKind
from backend.lending.service import calendars
from backend.membership.queries import Member
from backend.privacy import erasing
from backend.privacy.rules import ErasureWay
from tests.integration.lending.conftest import NOW
from tests.integration.statements import statements
from tests.lending import Shelf, day, mine, staff, want, whom

TUESDAY, WEDNESDAY, FRIDAY = day("2026-11-24"), day("2026-11-25"), day("2026-11-27")
ROOT = Path(__file__).parents[3]
HOST = "club.example"


async def feed_of(about: About, public_id: str) -> bytes:
    return await feeds.read(await calendars.open_feed(SYSTEM, about, public_id), HOST)


def read(feed: bytes) -> dict[str, dict[str, Any]]:
    """What the library that wrote it reads, by UID."""
    found = {}
    for each in icalendar.Calendar.from_ical(feed).walk("VEVENT"):
        found[str(each["UID"])] = {
            "start": each["DTSTART"].dt.astimezone(UTC),
            "end": each["DTEND"].dt.astimezone(UTC),
            "status": str(each["STATUS"]),
            "sequence": int(each["SEQUENCE"]),
            "summary": str(each["SUMMARY"]),
        }
    return found


def read_elsewhere(feed: bytes) -> dict[str, dict[str, Any]]:
    """What another calendar reads."""
    node = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
    done = subprocess.run(
        [node, str(ROOT / "tests" / "calendar_client.mjs")],
        input=feed,
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    told = json.loads(done.stdout)
    for each in told:
        each["start"] = datetime.fromisoformat(each["start"])
        each["end"] = datetime.fromisoformat(each["end"])
    return {each.pop("uid"): each for each in told}


@pytest.mark.parametrize(
    ("on", "wall"),
    [
        ("2027-03-26", ("20270327T090000Z", "20270328T080000Z")),
        ("2027-10-29", ("20271030T080000Z", "20271031T090000Z")),
    ],
)
async def test_two_calendars_read_the_same_hours_when_clocks_change(
    shelf: Shelf, alice: Member, on: str, wall: tuple[str, str]
):
    """L42, L15: a day and a night across the change, in wall time with its zone beside it."""
    with clock.frozen(day(on, 10)):
        room = await shelf.resource(
            "Salle",
            slot_mode=SlotMode.HOURS,
            due_rule=DueRule.KEEP,
            longest_length=2000,
            usual_length=60,
        )
        first = clock.now() + timedelta(days=1)
        begins = day(str(first.date()), 10)
        ends = day(str((first + timedelta(days=1)).date()), 10)
        made = await lend.book(staff(), whom(alice), [want(room, begins, ends)])
        feed = await feed_of(About.PERSON, alice.person_public_id)
    uid = f"pret-{made.lines[0]}@{HOST}"
    told, elsewhere = read(feed), read_elsewhere(feed)
    expected = [datetime.strptime(each, "%Y%m%dT%H%M%S%z") for each in wall]
    for found in (told, elsewhere):
        assert [found[uid]["start"], found[uid]["end"]] == expected == [begins, ends]
    assert b"BEGIN:VTIMEZONE" in feed
    assert b"DTSTART;TZID=Europe/Paris:" in feed
    assert told == elsewhere


async def test_event_keeps_its_name_while_its_booking_changes(
    shelf: Shelf, alice: Member, bob: Member
):
    """L42: UID stays, SEQUENCE grows, what is cancelled stays as cancelled."""
    drill = await shelf.resource()
    made = await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    secret = await calendars.open_feed(SYSTEM, About.PERSON, alice.person_public_id)
    uid = f"pret-{made.lines[0]}@{HOST}"
    seen = [read(await feeds.read(secret, HOST))[uid]]
    assert await feeds.read(secret, HOST) == await feeds.read(secret, HOST)
    await lend.change(staff(), made.lines[0], want(drill, WEDNESDAY).period)
    seen.append(read(await feeds.read(secret, HOST))[uid])
    await lend.cancel(mine(alice), made.booking)
    seen.append(read(await feeds.read(secret, HOST))[uid])
    assert [each["status"] for each in seen] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert seen[0]["sequence"] < seen[1]["sequence"] < seen[2]["sequence"]
    assert (seen[0]["start"], seen[1]["start"]) == (TUESDAY, WEDNESDAY)
    await lend.hold(mine(alice), whom(alice), [want(drill, FRIDAY)])
    assert list(read(await feeds.read(secret, HOST))) == [uid], "a draft is no appointment"


async def test_no_calendar_names_a_tenant(shelf: Shelf, alice: Member, bob: Member):
    """L42: neither another's in mine, nor anybody's in those of a thing and of a desk."""
    drill = await shelf.resource(copies=2)
    await lend.book(staff(), whom(alice), [want(drill, TUESDAY)])
    theirs = await lend.book(staff(), whom(bob), [want(drill, TUESDAY)])
    await lend.take_out_of_use(
        staff(),
        drill.code,
        TicketKind.PARTS,
        "Vu avec Bob Petit",
        Period(FRIDAY, day("2026-11-28")),
    )
    site = await fetch_value("SELECT public_id FROM site")
    for about, public_id, count in (
        (About.PERSON, alice.person_public_id, 1),
        (About.RESOURCE, drill.id, 3),
        (About.SITE, site, 3),
    ):
        feed = await feed_of(about, public_id)
        found = read(feed)
        assert len(found) == count
        assert found == read_elsewhere(feed)
        for name in (b"Alice", b"Martin", b"Bob", b"Petit"):
            assert name not in feed
    assert theirs.booking.encode() not in await feed_of(About.PERSON, alice.person_public_id)


async def test_what_is_over_stays_for_ninety_days(shelf: Shelf, alice: Member):
    """L42: then it leaves the calendar; an open end is a year at most."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    await lend.take_back(staff(), given.line)
    await lend.retire_unit(staff(), saw.code, "Trop vieille")
    secret = await calendars.open_feed(SYSTEM, About.PERSON, alice.person_public_id)
    due = (await fetch("SELECT upper(during) AS due FROM booking_line WHERE id = $1", given.line))[
        0
    ]["due"]
    for days, count in ((89, 1), (91, 0)):
        with clock.frozen(due + timedelta(days=days)):
            assert len(read(await feeds.read(secret, HOST))) == count


async def test_unit_that_is_mended_has_another_end(shelf: Shelf):
    """L42: what a ticket blocks changes its SEQUENCE too."""
    drill = await shelf.resource()
    out = await lend.take_out_of_use(
        staff(), drill.code, TicketKind.REPAIR, "Fil usé", Period(NOW, day("2030-01-01"))
    )
    secret = await calendars.open_feed(SYSTEM, About.RESOURCE, drill.id)
    before = next(iter(read(await feeds.read(secret, HOST)).values()))
    with clock.travel(timedelta(hours=2)):
        await lend.mend(staff(), out.ticket)
        after = next(iter(read(await feeds.read(secret, HOST)).values()))
    assert before["end"] == NOW + timedelta(days=366)
    assert (after["end"], after["sequence"]) == (NOW + timedelta(hours=2), before["sequence"] + 1)


async def test_booking_that_an_erasure_ends_has_another_sequence(shelf: Shelf, alice: Member):
    """L42: a calendar that has it takes it as cancelled."""
    drill = await shelf.resource()
    await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    secret = await calendars.open_feed(SYSTEM, About.RESOURCE, drill.id)
    before = next(iter(read(await feeds.read(secret, HOST)).values()))
    me = By(Actor.PERSON, alice.person_id)
    await erasing.erase(me, alice.person_id, ErasureWay.SELF)
    after = next(iter(read(await feeds.read(secret, HOST)).values()))
    assert after["sequence"] == before["sequence"] + 1
    assert (before["status"], after["status"]) == ("CONFIRMED", "CANCELLED")


async def test_secret_is_changed_and_ended(shelf: Shelf, alice: Member):
    """L42: the one before leads nowhere; only a hash is kept; reading costs two statements."""
    by = By(Actor.PERSON, alice.person_id)
    first = await calendars.open_feed(by, About.PERSON, alice.person_public_id)
    second = await calendars.open_feed(by, About.PERSON, alice.person_public_id)
    with pytest.raises(CalendarUnknown):
        await feeds.read(first, HOST)
    async with statements() as said:
        await feeds.read(second, HOST)
    assert len(said) == 2
    assert await feeds.made_at(About.PERSON, alice.person_public_id) == NOW
    kept = await fetch("SELECT secret_hash FROM calendar_feed")
    assert all(second.encode() not in bytes(row["secret_hash"]) for row in kept)
    await calendars.end_feed(by, About.PERSON, alice.person_public_id)
    with pytest.raises(CalendarUnknown):
        await feeds.read(second, HOST)
    assert await feeds.made_at(About.PERSON, alice.person_public_id) is None
    for about in About:
        with pytest.raises(CalendarUnknown):
            await calendars.open_feed(by, about, "unknown")


async def test_who_left_a_household_sees_nothing_of_it(shelf: Shelf, alice: Member):
    """L42: a calendar follows the person, not the household they were in."""
    drill = await shelf.resource()
    await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    secret = await calendars.open_feed(SYSTEM, About.PERSON, alice.person_public_id)
    assert len(read(await feeds.read(secret, HOST))) == 1
    await fetch("UPDATE household_member SET left_on = $1", clock.today())
    assert read(await feeds.read(secret, HOST)) == {}
    assert await feeds.of_the_club() == []
