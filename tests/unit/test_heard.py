"""What providers say, each under its own names: the shapes that their manuals show."""

from datetime import UTC, datetime

import msgspec
import pytest

from backend.campaigns import heard
from backend.campaigns.errors import AnswerUnreadable

NUMBER = "+33639981111"
STOPS: dict[str, object] = {
    "plain": {"from": "0639981111", "text": "Stop."},
    "msisdn": {"msisdn": "33639981111", "text": "STOP", "messageId": "1"},
    "twilio": {"From": NUMBER, "Body": "stop svp", "MessageSid": "SM1"},
    "nested": {
        "data": {
            "event_type": "message.received",
            "payload": {"from": {"phone_number": NUMBER}, "text": "Arrêt", "id": "7ee"},
        }
    },
    "listed": {
        "data": {
            "payload": {
                "from": {"phone_number": NUMBER},
                "to": [{"phone_number": "+3336105", "status": "webhook_delivered"}],
                "text": "STOP",
            }
        }
    },
    "sender": {"senderid": "+33 6 39 98 11 11", "receiver": "36105", "message": "STOP 36105"},
    "batch": [{"from": NUMBER, "text": "merci"}, {"from": NUMBER, "text": "STOP"}],
}
RETURNS: dict[str, object] = {
    "plain": {"email": "a@example.org", "event": "hard_bounce"},
    "record": {"RecordType": "Bounce", "Type": "HardBounce", "Email": "a@example.org", "ID": 4},
    "flag": [{"event": "bounce", "hard_bounce": True, "email": "a@example.org"}],
    "twice": [{"event": "bounce", "type": "bounce", "email": "a@example.org", "sg_event_id": "x"}],
    "nested": {
        "signature": {"token": "t"},
        "event-data": {"event": "failed", "severity": "permanent", "recipient": "a@example.org"},
    },
}
SOFT: list[object] = [
    {"email": "a@example.org", "event": "soft_bounce"},
    {"email": "a@example.org", "event": "delivered"},
    {"event": "bounce", "type": "blocked", "email": "a@example.org"},
    {"event": "bounce", "hard_bounce": False, "email": "a@example.org"},
    {"event": "failed", "severity": "temporary", "recipient": "a@example.org"},
    [],
]


@pytest.mark.parametrize("shape", STOPS)
def test_stop_is_read_when_the_provider_names_things_its_own_way(shape: str) -> None:
    """N3: STOP is heard whoever carries it."""
    [told] = heard.stops(msgspec.json.encode(STOPS[shape]))
    assert told.address in {NUMBER, "0639981111"}


@pytest.mark.parametrize("words", ["Merci !", "Oui", "Ne stoppez pas", ""])
def test_other_words_are_no_stop(words: str) -> None:
    assert heard.stops(msgspec.json.encode({"from": NUMBER, "text": words})) == []


@pytest.mark.parametrize("shape", RETURNS)
def test_mail_that_came_back_for_good_is_read(shape: str) -> None:
    """N6."""
    [told] = heard.bounces(msgspec.json.encode(RETURNS[shape]))
    assert told.address == "a@example.org"


@pytest.mark.parametrize("event", SOFT)
def test_mail_that_may_still_arrive_is_no_return(event: object) -> None:
    """A full mailbox is emptied one day: its address goes on."""
    assert heard.bounces(msgspec.json.encode(event)) == []


def test_form_is_read_like_json() -> None:
    [told] = heard.stops(b"From=%2B33639981111&Body=STOP")
    assert told.address == NUMBER
    assert told.key == ""


@pytest.mark.parametrize(
    "body", [b"{", b"[" * 5000, b'{"a": "\\ud8"}', b"\xff\xfe", b"a=1&" * 200, b"[1, 2", b"{]}"]
)
def test_what_is_neither_is_refused_and_no_bug(body: bytes) -> None:
    with pytest.raises(AnswerUnreadable):
        heard.stops(body)


def test_same_event_has_the_same_key_and_another_its_own() -> None:
    first, again, other = (
        heard.stops(msgspec.json.encode({"from": NUMBER, "text": "STOP", "id": id_}))[0].key
        for id_ in ("1", "1", "2")
    )
    assert first == again != other


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("2026-11-22T10:00:00+01:00", datetime(2026, 11, 22, 9, tzinfo=UTC)),
        ("2026-11-22 10:00:00", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("1795341600", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("1795341600000", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("hier", None),
        ("9" * 40, None),
        ("", None),
    ],
)
def test_moment_is_read_where_it_is_one(said: str, read: datetime | None) -> None:
    assert heard.read_time(said) == read
