"""A STOP is heard in whatever envelope it comes: nobody gets one more SMS because of a wrapper."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from backend.campaigns import heard

Said = dict[str, Any]
NUMBER, CLUB = "+33639981111", "+33700000000"
NAMES = st.sampled_from(["data", "payload", "sms", "reply_event", "results", "items", "inbound"])
# What envelopes say of themselves, and of the side that received.
NOISE = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["ok", "sent", "delivered", "success"]),
        "message": st.sampled_from(["1 message", "Merci", ""]),
        "text": st.just("Le Club : galette à 9 €. STOP au 36180"),
        "id": st.integers(),
        "to": st.sampled_from([CLUB, {"number": CLUB}, [{"phone_number": CLUB, "status": "sent"}]]),
        "recipient": st.just({"msisdn": CLUB, "name": "Club"}),
        "count": st.just(1),
        "media": st.just([{"uri": "", "number": 1}]),
    },
)
OTHERS = st.just({"from": "+33639982222", "text": "merci"})
SENDERS: SearchStrategy[Said] = st.sampled_from(
    [
        {"from": NUMBER},
        {"msisdn": NUMBER[1:]},
        {"from": {"number": NUMBER}},
        {"from": {"phone_number": NUMBER, "carrier": "Orange"}},
        {"sender": {"contact": {"identifierValue": NUMBER}}},
        {"to": {"number": CLUB}, "from": {"number": NUMBER}},
    ]
)
WORDS: SearchStrategy[Said] = st.sampled_from(
    [
        {"text": "STOP"},
        {"body": "Arrêt"},
        {"message": {"text": "stop svp"}},
        {"content": [{"type": "TEXT", "text": "Stop"}]},
    ]
)
REPORTS: SearchStrategy[Said] = st.sampled_from(
    [{"status": "delivered"}, {"event": "sent"}, {"type": "dlr"}]
)


@st.composite
def wrapped(draw: st.DrawFn, said: Said) -> Any:
    """In up to four envelopes: objects, lists among others, or JSON in a text."""
    for _ in range(draw(st.integers(0, 4))):
        around, name = draw(NOISE), draw(NAMES)
        way = draw(st.sampled_from(["object", "list", "text"]))
        if way == "object":
            said = {**around, name: said}
        elif way == "list":
            said = {name: [*draw(st.lists(OTHERS, max_size=2)), said], **around}
        else:
            said = {**around, name: msgspec.json.encode(said).decode()}
    return draw(st.sampled_from([said, [said], [{"from": CLUB, "text": "oui"}, said]]))


@given(st.data())
def test_no_envelope_loses_a_stop(data: st.DataObject) -> None:
    """N1, N3: nor makes anybody else of who said it."""
    said = data.draw(SENDERS) | data.draw(WORDS)
    body = msgspec.json.encode(data.draw(wrapped(said)))
    assert {each.address for each in heard.stops(body)} == {NUMBER}
    assert heard.understands(body, heard.is_answer)


@given(st.data())
def test_no_envelope_makes_a_stop_of_a_report(data: st.DataObject) -> None:
    """N1, N3: what became of our SMS is no answer to it."""
    said = data.draw(SENDERS) | data.draw(WORDS) | data.draw(REPORTS)
    body = msgspec.json.encode(data.draw(wrapped(said)))
    assert heard.stops(body) == []
