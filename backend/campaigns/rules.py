"""Whom a campaign may reach, when and with which words. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

import msgspec

from backend.campaigns.errors import (
    CapOutOfRange,
    HourUnknown,
    MomentFar,
    MomentMissed,
    MomentPast,
    MomentSilent,
    NamesPartner,
    NothingToSay,
    SmsTooLong,
    StopNumberWrong,
    WaysMissing,
)
from backend.kit import text, workdays
from backend.kit.zone import PARIS, paris
from backend.people.rules import Medium, Subject

OPENS, CLOSES = time(10), time(20)
DAYTIME = time(7), time(21)
SATURDAY = 5
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
FARTHEST = timedelta(days=366)
LATEST = timedelta(hours=6)  # after its hour a planned campaign is yesterday's news
PAPER_WAITS = timedelta(weeks=4)  # a letter that was not printed by then goes nowhere
LONGEST_SUBJECT, LONGEST_TEXT = 90, 8000
LONGEST_SMS = 240  # with its sender and its STOP, two parts of an SMS
MOST_A_WEEK = 7
FEWEST = 5  # people: fewer are not told to a partner
STOP_NUMBER = re.compile(r"[0-9]{5}")


class Kind(StrEnum):
    """What it is decides which consent it needs; it is never changed."""

    NEWSLETTER = "newsletter"
    PARTNER = "partner"


class Way(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    PRINT = "print"


class State(StrEnum):
    DRAFTED = "drafted"
    PROPOSED = "proposed"
    RETURNED = "returned"
    LAUNCHED = "launched"
    STOPPED = "stopped"


class Outcome(StrEnum):
    """What became of one person's message. Dropped: a no, or a stop, came before it left."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    FAILED = "failed"
    DROPPED = "dropped"


class Reason(StrEnum):
    """Why somebody of the segment gets nothing."""

    NOT_MEMBER = "not_member"
    NO_CONSENT = "no_consent"
    SAID_NO = "said_no"
    NO_ADDRESS = "no_address"
    BOUNCED = "bounced"
    CAPPED = "capped"


OPEN_STATES = frozenset({State.DRAFTED, State.PROPOSED, State.RETURNED})
SUBJECTS = {Kind.NEWSLETTER: Subject.CLUB_LIFE, Kind.PARTNER: Subject.PARTNER_OFFERS}
MEDIA = {Way.EMAIL: Medium.EMAIL, Way.SMS: Medium.SMS, Way.PRINT: Medium.POST}


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """Whom it is for; what is empty chooses everybody. All that is chosen must hold."""

    landlords: tuple[int, ...] = ()
    residences: tuple[int, ...] = ()
    sites: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    priority_district: bool = False
    with_children: bool = False

    @property
    def asks_for_a_home(self) -> bool:
        """Neighbours, and homes not checked yet, have no residence: they are in no such segment."""
        return bool(self.landlords or self.residences or self.priority_district)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What is said, by which ways in their order, to whom."""

    subject: str
    body: str
    sms: str = ""
    ways: tuple[Way, ...] = (Way.EMAIL,)
    segment: Segment = Segment()


def leaves(way: Way, moment: datetime) -> datetime:
    """When it may leave: a commercial SMS Monday to Saturday 10:00 to 20:00 in Paris, never on a
    public holiday (N3); everything else now.
    """
    if way is not Way.SMS:
        return moment
    there = paris(moment)
    if _rings_on(there.date()) and OPENS <= there.time() < CLOSES:
        return moment
    day = there.date() if there.time() < OPENS else there.date() + DAY
    while not _rings_on(day):
        day += DAY
    return datetime.combine(day, OPENS, tzinfo=PARIS)


def hours(ways: Iterable[Way]) -> list[str]:
    """Those one may plan for, by the half hour: nobody is written to at night."""
    first, last = (OPENS, CLOSES) if Way.SMS in ways else DAYTIME
    return [f"{half // 2:02}:{half % 2 * 30:02}" for half in range(2 * first.hour, 2 * last.hour)]


def moment_of(day: date, hour: str) -> datetime:
    """An hour of the list, in Paris. Raises HourUnknown at its field."""
    if hour not in hours([]):
        raise HourUnknown().at("hour")
    return datetime.combine(day, time.fromisoformat(hour), tzinfo=PARIS).astimezone(UTC)


def check_moment(ways: Iterable[Way], moment: datetime, now: datetime) -> None:
    """Raises MomentPast, MomentFar or MomentSilent at its field: an hour at which all of it may leave."""
    if moment <= now:
        raise MomentPast().at("day")
    if moment > now + FARTHEST:
        raise MomentFar().at("day")
    first = max(leaves(way, moment) for way in ways)
    if first > moment:
        raise MomentSilent(first=first).at("hour")


def check_late(planned_at: datetime, now: datetime) -> None:
    """Raises MomentMissed: hours after what was chosen, or when people sleep, nothing leaves by itself."""
    first, last = DAYTIME
    if now > planned_at + LATEST or not first <= paris(now).time() < last:
        raise MomentMissed


def _rings_on(day: date) -> bool:
    return day.weekday() <= SATURDAY and not workdays.is_holiday(day)


def sms_text(sender: str, words: str, stop_number: str) -> str:
    """Who writes, what, and how to say no: all that the law asks of a commercial SMS."""
    return f"{sender} : {' '.join(words.split())} STOP au {stop_number}"


def check_draft(draft: Draft, kind: Kind, partners: Iterable[str]) -> None:
    """Raises NothingToSay, WaysMissing, SmsTooLong or NamesPartner, each at its field.

    `partners` are the names of all partners: news of the club names none of them, or a partner's
    message would reach who never agreed to any.
    """
    if not draft.ways:
        raise WaysMissing().at("way_0")
    if not 0 < len(draft.subject) <= LONGEST_SUBJECT:
        raise NothingToSay(most=LONGEST_SUBJECT).at("subject")
    if {Way.EMAIL, Way.PRINT} & set(draft.ways) and not 0 < len(draft.body) <= LONGEST_TEXT:
        raise NothingToSay(most=LONGEST_TEXT).at("body")
    if Way.SMS in draft.ways and not draft.sms:
        raise NothingToSay(most=LONGEST_SMS).at("sms")
    if len(draft.sms) > LONGEST_SMS:
        raise SmsTooLong(most=LONGEST_SMS).at("sms")
    if kind is Kind.NEWSLETTER:
        named = named_in(f"{draft.subject} {draft.body} {draft.sms}", partners)
        if named is not None:
            raise NamesPartner(partner=named).at("body")


def named_in(words: str, partners: Iterable[str]) -> str | None:
    """The first partner whose whole name stands in the words, whatever its accents and case."""
    said = f" {text.fold(words)} "
    return next((name for name in partners if f" {text.fold(name)} " in said), None)


def check_settings(a_week: int, stop_number: str) -> None:
    """Raises CapOutOfRange or StopNumberWrong at its field."""
    if not 1 <= a_week <= MOST_A_WEEK:
        raise CapOutOfRange(most=MOST_A_WEEK).at("partner_messages")
    if stop_number and not STOP_NUMBER.fullmatch(stop_number):
        raise StopNumberWrong().at("stop_number")


def shown(people: int) -> int | None:
    """How many, as a partner may know it: None where it would tell of somebody."""
    return people if people == 0 or people >= FEWEST else None


def ordered(ways: Sequence[Way]) -> tuple[Way, ...]:
    """Each once, in the order they were chosen."""
    return tuple(dict.fromkeys(ways))
