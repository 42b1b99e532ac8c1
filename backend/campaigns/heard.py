"""What a provider tells us, each under names of its own: who answered an SMS, which mail came back. Pure.

JSON, one event or a list of them, flat or nested, or the fields of a form: the names are compared by
their letters alone, so that `message-id`, `MessageId` and `message_id` are one.
"""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from backend.campaigns.errors import AnswerUnreadable
from backend.kit import text

Fields = dict[str, str]
MOST_EVENTS, MOST_FIELDS = 1000, 100
MILLISECONDS = 10**11  # a count of seconds is smaller than that for 3,000 years

NUMBER = ("from", "msisdn", "sender", "senderid", "originator", "phonenumber", "phone", "number")
MAIL = ("email", "recipient", "emailaddress", "address")
WORDS = ("text", "message", "body", "content", "reply", "event", "type", "keyword")
WHAT = ("event", "type", "recordtype", "kind", "bouncetype", "severity", "status")
ID = ("sgeventid", "eventid", "messageid", "messagesid", "smsid", "id", "uuid")
AT = ("timestamp", "occurredat", "receivedat", "date", "time", "datetime", "at")
REPORTS = {"delivered", "delivery", "sent", "undelivered", "failed", "expired", "dlr"}
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


def stops(body: bytes) -> list[Heard]:
    """Those who answered STOP, whatever stands around it. Raises AnswerUnreadable.

    A report on an SMS of ours is no answer, also where it quotes what we wrote.
    """
    return [
        _heard(each, _number(each))
        for each in read(body)
        if not _reports(each) and says_stop(_first(each, WORDS))
    ]


def _reports(event: Fields) -> bool:
    return any(_letters(event.get(name, "")) in REPORTS for name in WHAT)


def bounces(body: bytes) -> list[Heard]:
    """Mails that came back for good: a full mailbox or a busy server is none. Raises AnswerUnreadable."""
    return [_heard(each, _first(each, MAIL)) for each in read(body) if is_hard(each)]


def says_stop(words: str) -> bool:
    return bool(STOPS & set(re.findall(r"[a-z]+", OURS.sub(" ", text.fold(words)))))


def is_hard(event: Fields) -> bool:
    said = [_letters(event[name]) for name in WHAT if name in event]
    return (
        bool(HARD & set(said))
        or said.count("bounce") > 1  # both its event and its type say so, against "blocked"
        or _letters(event.get("hardbounce", "")) in {"true", "1"}
    )


def read(body: bytes) -> list[Fields]:
    try:
        if body.lstrip()[:1] in {b"{", b"["}:
            said = msgspec.json.decode(body)
            many = said if isinstance(said, list) else [said]
            found = [event for each in many if isinstance(each, dict) for event in _flat(each)]
            return found[:MOST_EVENTS]
        pairs = parse_qsl(body.decode(), max_num_fields=MOST_FIELDS)
    except (msgspec.DecodeError, ValueError, RecursionError) as wrong:
        raise AnswerUnreadable from wrong
    return [{_letters(name): value for name, value in pairs}]


def _flat(event: dict[str, Any]) -> list[Fields]:
    """A list inside is as many events, each with what stands around the list."""
    found, listed = _parts(event)
    return listed or [found]


def _parts(event: dict[str, Any]) -> tuple[Fields, list[Fields]]:
    """The outer names win: what is nested tells more of what stands outside."""
    found: Fields = {}
    listed: list[Fields] = []
    for value in event.values():
        if isinstance(value, dict):
            inner, more = _parts(value)
            found, listed = inner | found, listed + more
        elif isinstance(value, list):
            listed += [each for one in value if isinstance(one, dict) for each in _flat(one)]
    found |= {_letters(n): str(v) for n, v in event.items() if isinstance(v, str | int | float)}
    return found, [each | found for each in listed[:MOST_EVENTS]]


def _heard(event: Fields, address: str) -> Heard:
    said, at = _first(event, ID), _first(event, AT)
    known = f"{said}|{address}|{at}" if said or at else ""
    return Heard(
        address, read_time(at), hashlib.sha256(known.encode()).hexdigest() if known else ""
    )


def _number(event: Fields) -> str:
    """Providers write a number with its country, some without the plus."""
    number = re.sub(r"[^0-9+]", "", _first(event, NUMBER))
    return number if number.startswith(("+", "0")) or not number else f"+{number}"


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


def _first(event: Fields, names: tuple[str, ...]) -> str:
    return next((event[name] for name in names if event.get(name)), "")


def _letters(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())
