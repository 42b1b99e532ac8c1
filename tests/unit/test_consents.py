"""N1: consent per purpose and channel, decided from what was said."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from backend.people.consents import NEWEST, TEXTS
from backend.people.rules import CHOSEN, Choice, Medium, Subject, may_send

CHOICES = st.builds(Choice, st.sampled_from(CHOSEN), st.sampled_from(Medium), st.booleans())
# The words of a version, once people have said yes to them, are never touched again.
KEPT = {"2026-11": "0e8c32"}


def test_nothing_but_service_and_reminders_goes_when_nobody_said_a_word():
    """N1: news and partners' offers wait for a yes."""
    for medium in Medium:
        assert may_send(Subject.SERVICE, medium, [])
        assert may_send(Subject.REMINDERS, medium, [])
        assert not may_send(Subject.CLUB_LIFE, medium, [])
        assert not may_send(Subject.PARTNER_OFFERS, medium, [])


@given(st.lists(CHOICES), st.sampled_from(CHOSEN), st.sampled_from(Medium), st.booleans())
def test_last_word_for_this_purpose_and_channel_decides(before, subject, medium, said):
    """N1: a withdrawal counts at once, and for nothing else."""
    assert may_send(subject, medium, [*before, Choice(subject, medium, said)]) is said
    other = next(each for each in Medium if each is not medium)
    mixed = [*before, Choice(subject, other, not said)]
    assert may_send(subject, medium, mixed) is may_send(subject, medium, before)


@given(st.lists(CHOICES), st.sampled_from(Medium))
def test_service_messages_go_whatever_was_withdrawn(before, medium):
    """N1: service messages are not blocked by opt-out."""
    refused = [Choice(subject, medium, False) for subject in CHOSEN]
    assert may_send(Subject.SERVICE, medium, [*before, *refused])


def test_words_of_a_version_stay_as_they_were_read():
    """N1: the register names a version; its words can still be shown years later."""
    assert NEWEST in TEXTS
    for version, words in TEXTS.items():
        assert set(words) == set(CHOSEN)
        said = "|".join(f"{words[each].title}:{words[each].sentence}" for each in CHOSEN)
        assert hashlib.sha256(said.encode()).hexdigest()[:6] == KEPT[version], said
