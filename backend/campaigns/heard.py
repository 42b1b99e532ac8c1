"""What a provider tells us, each under names of its own: who answered an SMS, which mail came back. Pure."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from backend.campaigns.errors import AnswerUnreadable
from backend.campaigns.shapes import Event, Level, letters, read
from backend.kit import text

MILLISECONDS = 10**11  # a count of seconds is smaller than that for 3,000 years

NUMBER = (
    *("from", "msisdn", "identity", "identifiervalue", "sender", "senderid", "originator"),
    *("originationnumber", "phonenumber", "phone", "number", "numero"),
)
DIGITS = 8  # of a telephone; a short number, to which people write, has fewer
MAIL = ("email", "recipient", "emailaddress", "address", "toemail", "toaddress", "toemailaddress")
WORDS = ("text", "message", "body", "content", "reply", "reponse", "keyword", "messagebody")
KIND = ("event", "type", "recordtype", "kind", "eventtype", "optouttype")
WHAT = ("event", "type", "recordtype", "kind", "bouncetype", "severity", "status")
STATE = (*WHAT, "msgstatus", "smsstatus", "messagestatus", "direction")
ID = ("sgeventid", "eventid", "messageid", "messagesid", "smsid", "inboundmessageid", "id", "uuid")
AT = ("timestamp", "occurredat", "receivedat", "date", "time", "datetime", "at")
REPORTS = {"delivered", "delivery", "sent", "undelivered", "failed", "expired", "dlr"}
INBOUND = {"inbound", "incoming", "received", "mo", "motext", "in", "toapp", "replied", "reply"}
OURS = re.compile(r"(?<=\S)\s+stop au [0-9]")  # at the end of each commercial SMS of ours
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)  # before it there was no club: no count of seconds
DAY_ALONE = 10  # signs of a date without an hour
STOPS = {"stop", "arret", "unsubscribe", "unsubscribed", "optout"}
HARD = {"hard", "hardbounce", "bouncehard", "permanent", "permanentfailure", "invalidemail"}


class Heard(msgspec.Struct, frozen=True):
    """One event: about which address, and when, where it says so with its offset.

    `key` is the same for the same event told twice; "" where the provider gives nothing to know it by.
    """

    address: str
    at: datetime | None
    key: str


def understands(body: bytes, is_known: Callable[[Event], bool]) -> bool:
    """Whether a call says anything in a form that we know; one that says nothing is no other form."""
    try:
        events = [each for each in read(body) if any(each.levels)]
    except AnswerUnreadable:
        return False
    return not events or any(is_known(each) for each in events)


def is_answer(event: Event) -> bool:
    """Words from a number, or a report on an SMS of ours."""
    says = _answers(event) or event.all((*WORDS, *KIND))
    return bool(says and _number(event)) or _reports(event)


def is_return(event: Event) -> bool:
    """What became of a mail, and whose it was."""
    return bool(event.first(MAIL) and event.first((*WHAT, "hardbounce")))


def stops(body: bytes) -> list[Heard]:
    """Those who answered STOP, whatever stands around it. Raises AnswerUnreadable.

    A report on an SMS of ours is no answer, also where it quotes what we wrote.
    """
    found = [
        _heard(each, number)
        for each in read(body, apart=is_whole)
        if (number := _number(each))
        and not _is_said(each)
        and not _reports(each)
        and any(map(says_stop, _said(each)))
    ]
    return list(dict.fromkeys(found))


def bounces(body: bytes) -> list[Heard]:
    """Mails that came back for good: a full mailbox or a busy server is none. Raises AnswerUnreadable."""
    return [_heard(each, each.first(MAIL)) for each in read(body) if is_hard(each)]


def says_stop(words: str) -> bool:
    said = set(re.findall(r"[a-z]+", OURS.sub(" ", text.fold(words))))
    return bool(STOPS & said) or letters(words) in STOPS


def is_hard(event: Event) -> bool:
    said = [letters(event.first([name])) for name in WHAT]
    return (
        bool(HARD & set(said))
        or said.count("bounce") > 1  # both its event and its type say so, against "blocked"
        or letters(event.first(["hardbounce"])) in {"true", "1"}
    )


def _said(event: Event) -> list[str]:
    """Its words, and what it says that it is; of an envelope only that: its own words are about itself."""
    return Event(_alone(event)).all((*WORDS, *STATE)) + event.all(KIND)


def _is_said(event: Event) -> bool:
    """What stands around is a whole, read by itself: this adds no word to it, and may name others."""
    inner, outer = Event(event.levels[:1]), Event(event.levels[1:])
    return is_whole(outer) and not inner.first(WORDS)


def _reports(event: Event) -> bool:
    said = {letters(each) for each in Event(_alone(event)).all(STATE) + event.all(KIND)}
    return bool(said & REPORTS) and not said & INBOUND


def _alone(event: Event) -> tuple[Level, ...]:
    """No more of what stands around than it takes to know who says something."""
    for count in range(1, len(event.levels)):
        near = Event(event.levels[:count])
        if is_whole(near):
            return near.levels
    return event.levels


def is_whole(event: Event) -> bool:
    return bool(_telephone(event, NUMBER) and event.first(WORDS))


def _number(event: Event) -> str:
    """Who wrote; where a provider says that somebody did, and no more, it is whom we had written to."""
    known = _telephone(event, NUMBER)
    return known or (_telephone(event, ("to",)) if _answers(event) else "")


def _answers(event: Event) -> bool:
    said = {letters(each) for each in event.all(STATE)}
    return bool(said & (INBOUND | STOPS) or event.first(("reply",)))


def _telephone(event: Event, names: tuple[str, ...]) -> str:
    """Providers write a number with its country, some without the plus."""
    for said in event.all(names):
        number = re.sub(r"[^0-9+]", "", said)
        if len(number) >= DIGITS and "@" not in said:
            return number if number.startswith(("+", "0")) else f"+{number}"
    return ""


def _heard(event: Event, address: str) -> Heard:
    said, at = event.first(ID), event.first(AT)
    known = f"{said}|{address}|{at}" if said or at else ""
    return Heard(
        address, read_time(at), hashlib.sha256(known.encode()).hexdigest() if known else ""
    )


def read_time(said: str) -> datetime | None:
    """Seconds or milliseconds since 1970, or a date and time; without an offset it counts as UTC,
    which in France errs on the later side: a STOP is never taken for older than it is.

    A day without its hour, and what cannot be a moment of the club's life, say nothing.
    """
    try:
        if said.replace(".", "", 1).isdigit():
            seconds = float(said)
            instant = datetime.fromtimestamp(seconds / (1000 if seconds > MILLISECONDS else 1), UTC)
        elif len(said) > DAY_ALONE:
            instant = datetime.fromisoformat(said)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return instant if instant >= EARLIEST else None
