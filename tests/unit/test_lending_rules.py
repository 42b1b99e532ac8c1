"""The states of a booking's line, the only moves, and what follows from dates."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from backend.lending import rules
from backend.lending.errors import (
    CaptureTooLate,
    MoveRefused,
    NothingToUndo,
    PiecesUnknown,
    ReasonNeeded,
    RulesNotAccepted,
    TooManyPeople,
    UndoTooLateHere,
)
from backend.lending.rules import DepositMode, Period, Verb
from backend.lending.rules import LineState as S

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TODAY = Period(NOW - HOUR, NOW + HOUR)

# Written from the requirement, not from the code: every move that exists, and no other.
WANTED = {
    (S.HELD, S.CONFIRMED),
    (S.HELD, S.REQUESTED),
    (S.HELD, S.EXPIRED),
    (S.REQUESTED, S.CONFIRMED),
    (S.REQUESTED, S.REJECTED),
    (S.CONFIRMED, S.READY),
    (S.CONFIRMED, S.CHECKED_OUT),
    (S.CONFIRMED, S.NO_SHOW),
    (S.READY, S.CONFIRMED),
    (S.READY, S.CHECKED_OUT),
    (S.READY, S.NO_SHOW),
    (S.CHECKED_OUT, S.RETURNED),
    (S.CHECKED_OUT, S.READY),
    (S.CHECKED_OUT, S.LOST),
    (S.LOST, S.RETURNED),
    (S.LOST, S.CLOSED),
    (S.CLOSED, S.LOST),
    (S.RETURNED, S.CLOSED),
    (S.RETURNED, S.CHECKED_OUT),
    (S.CLOSED, S.CHECKED_OUT),
    (S.WAITLISTED, S.OFFERED),
    (S.WAITLISTED, S.EXPIRED),
    (S.OFFERED, S.CONFIRMED),
    (S.OFFERED, S.REQUESTED),
    (S.OFFERED, S.EXPIRED),
    (S.OFFERED, S.WAITLISTED),
    *itertools.product(
        (S.HELD, S.REQUESTED, S.CONFIRMED, S.READY, S.WAITLISTED, S.OFFERED),
        (S.CANCELLED_BY_TENANT, S.CANCELLED_BY_STAFF),
    ),
    *itertools.product(
        (S.CANCELLED_BY_TENANT, S.CANCELLED_BY_STAFF, S.REJECTED, S.NO_SHOW), (S.CONFIRMED,)
    ),
}


def test_states_are_those_of_the_promise():
    """L2: overdue, at risk and partially returned are no state."""
    assert {state.value for state in S} - {"blocked"} == {
        *("held", "requested", "confirmed", "ready", "checked_out", "returned", "closed"),
        *("waitlisted", "offered", "expired", "rejected", "cancelled_by_tenant"),
        *("cancelled_by_staff", "no_show", "lost"),
    }


def test_moves_are_those_of_the_promise_and_no_other():
    """L3: the full matrix of states, each pair allowed or not. L4: the main path and its sides."""
    allowed = {(a, b) for a in S for b in S if any(moves(a, verb) is b for verb in Verb)}
    assert allowed == WANTED
    assert allowed == rules.PAIRS


def moves(state: S, verb: Verb) -> S | None:
    try:
        return rules.after(state, verb)
    except MoveRefused:
        return None


@pytest.mark.parametrize("verb", Verb)
def test_verb_is_refused_when_the_state_is_another(verb: Verb):
    """L3: whatever is not in the table raises."""
    for state in set(S) - rules.MOVES[verb][0]:
        with pytest.raises(MoveRefused):
            rules.after(state, verb)


def test_blocking_states_are_those_of_the_promise():
    """L5: and a ticket's own."""
    wanted = {S.HELD, S.OFFERED, S.REQUESTED, S.CONFIRMED, S.READY, S.CHECKED_OUT, S.BLOCKED}
    assert set(rules.BLOCKING) == wanted
    assert set(rules.BLOCKING) >= rules.MOVABLE


@pytest.mark.parametrize("state", S)
def test_hold_is_over_when_its_time_is_past(state: S):
    """L38: shown as expired whether anybody wrote it down; nothing else changes by itself."""
    gone = state in {S.HELD, S.OFFERED}
    assert rules.shown_state(state, NOW, NOW) is (S.EXPIRED if gone else state)
    assert rules.shown_state(state, NOW + HOUR, NOW) is state
    assert rules.shown_state(state, None, NOW) is state


def test_loan_is_overdue_when_its_due_time_is_reached():
    """L38: computed from data. L17: closing time itself is the end."""
    assert not rules.is_overdue(S.CHECKED_OUT, TODAY, TODAY.end - timedelta(microseconds=1))
    assert rules.is_overdue(S.CHECKED_OUT, TODAY, TODAY.end)
    assert not rules.is_overdue(S.RETURNED, TODAY, TODAY.end)


def test_booking_is_at_risk_when_its_unit_is_late():
    """L10: from the minute the other loan is late until its own time is over."""
    assert rules.is_at_risk(S.CONFIRMED, TODAY, NOW, NOW)
    assert not rules.is_at_risk(S.CONFIRMED, TODAY, NOW + HOUR, NOW)
    assert not rules.is_at_risk(S.CONFIRMED, TODAY, None, NOW)
    assert not rules.is_at_risk(S.CONFIRMED, TODAY, NOW, TODAY.end)
    assert not rules.is_at_risk(S.CHECKED_OUT, TODAY, NOW, NOW)


@pytest.mark.parametrize(
    ("states", "partial"),
    [
        ([S.CHECKED_OUT, S.RETURNED], True),
        ([S.CLOSED, S.LOST], True),
        ([S.CLOSED, S.CONFIRMED], False),
        ([S.CHECKED_OUT], False),
        ([S.CLOSED], False),
    ],
)
def test_booking_is_partially_returned_when_some_is_still_out(states: list[S], partial: bool):
    """L11: lines return independently. L38: this is computed."""
    assert rules.is_partially_returned(states) is partial


def test_strikes_count_until_they_are_forgotten():
    """L25: with decay."""
    strikes = [NOW - rules.STRIKE_FOR, NOW - rules.STRIKE_FOR + HOUR, NOW]
    assert rules.strikes_left(strikes, NOW) == 2


def test_no_hold_of_money_is_placed_past_its_capture_limit():
    """L34: a hold lasts 7 days; loans of 6 days and more use a saved card."""
    for loan in (n * HOUR for n in range(1, 24 * 30)):
        way = rules.deposit_way(DepositMode.AUTHORISATION, loan)
        assert (way is DepositMode.AUTHORISATION) == (loan < timedelta(days=6))
        if way is DepositMode.AUTHORISATION:
            rules.check_capture(NOW, NOW + loan, ours=False)


def test_hold_is_refused_when_it_ends_before_the_loan():
    """L34: 7 days, and 5 where the club asks by itself."""
    rules.check_capture(NOW, NOW + timedelta(days=7), ours=False)
    rules.check_capture(NOW, NOW + timedelta(days=5), ours=True)
    for days, ours in ((7, False), (5, True)):
        with pytest.raises(CaptureTooLate):
            rules.check_capture(NOW, NOW + timedelta(days=days, seconds=1), ours=ours)


@pytest.mark.parametrize(
    "mode", [DepositMode.NONE, DepositMode.CARD_IMPRINT, DepositMode.CASH_NOTE]
)
def test_other_deposits_are_what_the_policy_says(mode: DepositMode):
    """L34."""
    assert rules.deposit_way(mode, timedelta(days=1)) is mode


def test_undo_is_refused_when_a_quarter_of_an_hour_is_over():
    """L31."""
    rules.check_undo(NOW - rules.UNDO_WITHIN + timedelta(seconds=1), NOW)
    with pytest.raises(UndoTooLateHere):
        rules.check_undo(NOW - rules.UNDO_WITHIN, NOW)
    with pytest.raises(NothingToUndo):
        rules.check_undo(None, NOW)


def test_small_checks_refuse_what_they_name():
    """L30, L31, L39: a reason, a known piece, accepted rules, as many people as a room takes."""
    assert rules.check_reason("  retour   la nuit ") == "retour la nuit"
    with pytest.raises(ReasonNeeded):
        rules.check_reason(" a ")
    rules.check_pieces(["lame"], ["lame", "clé"])
    with pytest.raises(PiecesUnknown):
        rules.check_pieces(["roue"], ["lame"])
    rules.check_accepted("", accepted=False)
    with pytest.raises(RulesNotAccepted):
        rules.check_accepted("Pas de bruit.", accepted=False)
    rules.check_people(None, 10)
    rules.check_people(10, 10)
    with pytest.raises(TooManyPeople):
        rules.check_people(11, 10)
