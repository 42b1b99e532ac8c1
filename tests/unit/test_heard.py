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
    "vonage, numbers as objects": {
        "message_uuid": "a",
        "to": {"type": "sms", "number": "36180"},
        "from": {"type": "sms", "number": "33639981111"},
        "timestamp": "2026-11-22T10:00:00Z",
        "direction": "inbound",
        "message": {"content": {"type": "text", "text": "STOP"}},
    },
    "vonage": {
        "channel": "sms",
        "message_uuid": "a",
        "to": "33700000000",
        "from": "33639981111",
        "message_type": "text",
        "text": "stop",
        "sms": {"num_messages": "1", "keyword": "STOP"},
    },
    "vonage, the oldest": {
        "msisdn": "33639981111",
        "to": "36180",
        "messageId": "0A",
        "text": "Stop",
        "type": "text",
        "keyword": "STOP",
        "message-timestamp": "2026-11-22 10:00:00",
    },
    "twilio, as an event": {
        "specversion": "1.0",
        "type": "com.twilio.messaging.inbound-message.received",
        "id": "NO1",
        "data": {"messageSid": "SM1", "from": NUMBER, "to": "+33700000000", "body": "Stop"},
    },
    "ovh": {
        "id": 12,
        "creationDatetime": "2026-11-22T10:00:00+01:00",
        "sender": NUMBER,
        "message": "STOP",
        "tag": "",
        "credits": 0,
    },
    "brevo, who answered": {
        "id": 1,
        "to": "33639981111",
        "messageId": 2,
        "msg_status": "replied",
        "reply": "STOP",
        "date": "2026-11-22 10:00:00",
    },
    "brevo, who left": {"id": 1, "to": "33639981111", "msg_status": "unsubscribed"},
    "smsmode": {
        "messageId": "a",
        "type": "SMS",
        "direction": "MO",
        "recipient": {"to": "36180"},
        "from": "33639981111",
        "body": {"text": "STOP"},
        "status": {"value": "DELIVERED"},
    },
    "cm": {
        "reference": "",
        "from": {"number": "0033639981111", "name": ""},
        "to": {"number": "0033700000000"},
        "message": {"text": "STOP", "media": {"mediaUri": ""}, "custom": {}},
        "timeUtc": "2026-11-22T10:00:00",
        "channel": "SMS",
    },
    "cm, to first": {
        "to": {"number": "0033700000000"},
        "from": {"number": "0033639981111"},
        "message": {"text": "STOP"},
    },
    "infobip": {
        "results": [
            {
                "messageId": "8",
                "from": "33639981111",
                "to": "33700000000",
                "text": "STOP",
                "cleanText": "",
                "keyword": "STOP",
                "receivedAt": "2026-11-22T10:00:00.000+0000",
                "price": {"pricePerMessage": 0, "currency": "EUR"},
            }
        ],
        "messageCount": 1,
        "pendingMessageCount": 0,
    },
    "infobip, of all channels": {
        "results": [
            {
                "event": "MO",
                "channel": "SMS",
                "sender": "33639981111",
                "destination": "33700000000",
                "content": [{"type": "TEXT", "text": "STOP"}],
            }
        ]
    },
    "sinch": {"id": "0", "type": "mo_text", "from": "33639981111", "to": "36180", "body": "Stop"},
    "sinch, of all channels": {
        "app_id": "a",
        "message": {
            "id": "0",
            "direction": "TO_APP",
            "contact_message": {"text_message": {"text": "STOP"}},
            "channel_identity": {"channel": "SMS", "identity": "33639981111"},
            "sender_id": "33700000000",
        },
    },
    "bird": {
        "id": "9",
        "sender": {"contact": {"identifierKey": "phonenumber", "identifierValue": NUMBER}},
        "receiver": {"connector": {"id": "6"}},
        "body": {"type": "text", "text": {"text": "stop"}},
        "parts": [{"platformReference": "6"}],
        "status": "delivered",
        "direction": "incoming",
    },
    "amazon": {
        "Type": "Notification",
        "MessageId": "2",
        "Message": '{"originationNumber": "+33639981111", "messageKeyword": "K", "messageBody": "Stop"}',
    },
    "an envelope with words of its own": {
        "id": "b1",
        "status": "sent",
        "message": "1 message",
        "results": [{"from": "33639981111", "body": "STOP"}],
    },
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
    assert told.address in {NUMBER, "0639981111", "0033639981111"}


OURS = "Le Club : la galette à 9 €. STOP au 36180"


@pytest.mark.parametrize(
    "words", ["Merci !", "Oui", "Ne stoppez pas", "", OURS, f"Bonjour. {OURS}"]
)
def test_other_words_are_no_stop(words: str) -> None:
    """N1, N3: nor are ours, which say at their end how to stop."""
    assert heard.stops(msgspec.json.encode({"from": NUMBER, "text": words})) == []


@pytest.mark.parametrize(
    "event",
    [
        {"msisdn": NUMBER, "status": "delivered", "text": OURS},
        {"from": NUMBER, "event": "delivered", "text": "STOP"},
        {"results": [{"from": NUMBER, "text": "oui"}, {"from": NUMBER, "text": OURS}]},
        {"data": {"messages": [{"from": NUMBER, "status": "sent", "text": "STOP"}]}},
        {"event": "delivered", "message": {"msisdn": NUMBER, "text": "Arrêt du bus déplacé"}},
        {"event": "dlr", "results": [{"msisdn": NUMBER, "text": "Arrêt du bus déplacé"}]},
        {"msisdn": NUMBER, "status": "sent", "text": "Arrêt du bus", "parts": [{"number": 1}]},
        {"from": NUMBER, "text": "oui", "date": "2026-11-22"},
        [],
    ],
)
def test_reports_and_lists_without_the_word_are_no_stop(event: object) -> None:
    """N1, N3: what became of our SMS is no answer to it, alone or among others."""
    body = msgspec.json.encode(event)
    assert heard.stops(body) == []
    assert heard.understands(body, heard.is_answer)


@pytest.mark.parametrize(
    "event", [{"Absender": NUMBER, "Antwort": "STOP"}, [{"a": 1}], {"from": NUMBER}]
)
def test_form_that_is_not_ours_is_not_understood(event: object) -> None:
    """N3: neither as an answer nor as a return; nor is what cannot be read at all."""
    for known in (heard.is_answer, heard.is_return):
        assert not heard.understands(msgspec.json.encode(event), known)
        assert not heard.understands(b"{", known)


@pytest.mark.parametrize("shape", RETURNS)
def test_form_of_each_provider_is_understood(shape: str) -> None:
    """N3, N6: none of them is counted as one that is not."""
    assert heard.understands(msgspec.json.encode(RETURNS[shape]), heard.is_return)


@pytest.mark.parametrize("shape", STOPS)
def test_answer_of_each_provider_is_understood(shape: str) -> None:
    """N3."""
    assert heard.understands(msgspec.json.encode(STOPS[shape]), heard.is_answer)


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
        ("2026-11-22", None),
        ("20261122", None),
        ("202611221500", None),
        ("0", None),
        ("9" * 40, None),
        ("", None),
    ],
)
def test_moment_is_read_where_it_is_one(said: str, read: datetime | None) -> None:
    assert heard.read_time(said) == read
