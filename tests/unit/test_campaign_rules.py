"""Hours, words and limits of campaigns."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.campaigns import rules
from backend.campaigns.errors import (
    CapOutOfRange,
    NamesPartner,
    NothingToSay,
    SmsTooLong,
    StopNumberWrong,
    WaysMissing,
)
from backend.campaigns.rules import Draft, Kind, Way
from backend.kit import workdays
from backend.kit.clock import parse_instant
from backend.kit.zone import paris

PARTNERS = ["Boulangerie Petit", "Optique Voltige"]


@pytest.mark.parametrize(
    ("asked", "leaves"),
    [
        ("2026-11-23T14:00", "2026-11-23T14:00"),  # a Monday afternoon
        ("2026-11-23T09:59", "2026-11-23T10:00"),
        ("2026-11-23T20:00", "2026-11-24T10:00"),
        ("2026-11-21T19:59", "2026-11-21T19:59"),  # a Saturday
        ("2026-11-21T20:00", "2026-11-23T10:00"),  # over Sunday
        ("2026-12-25T11:00", "2026-12-26T10:00"),  # Christmas, a Friday
        ("2026-05-23T21:00", "2026-05-26T10:00"),  # Saturday, Sunday, then the Monday of Pentecost
        ("2027-05-01T12:00", "2027-05-03T10:00"),  # 1 May, a Saturday
    ],
)
def test_sms_leaves_in_its_hours(asked, leaves):
    """N3: Monday to Saturday 10:00 to 20:00 in Paris, never on a public holiday; a late one waits."""
    assert rules.leaves(Way.SMS, parse_instant(asked)) == parse_instant(leaves)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)))
def test_sms_never_rings_at_another_hour(moment):
    """N3: whatever the instant, over ten years, summer time and holidays included."""
    at = rules.leaves(Way.SMS, moment)
    there = paris(at)
    assert at >= moment
    assert at - moment < timedelta(days=5)
    assert there.weekday() < 6
    assert time(10) <= there.time() < time(20)
    assert not workdays.is_holiday(there.date())
    assert rules.leaves(Way.SMS, at) == at


@pytest.mark.parametrize("way", [Way.EMAIL, Way.PRINT])
def test_mail_and_paper_ring_nobody(way):
    night = parse_instant("2026-11-22T03:00")
    assert rules.leaves(way, night) == night


def test_sms_says_who_writes_and_how_to_say_no():
    """N3: with sender and STOP."""
    said = rules.sms_text("Le Club de l'Orme", "Galette\nà 9 €", "36105")
    assert said == "Le Club de l'Orme : Galette à 9 € STOP au 36105"


GOOD = Draft(subject="Objet", body="Un mot.")


@pytest.mark.parametrize(
    ("wrong", "refusal", "field"),
    [
        (Draft(subject="", body="Un mot."), NothingToSay, "subject"),
        (Draft(subject="x" * 91, body="Un mot."), NothingToSay, "subject"),
        (Draft(subject="Objet", body=""), NothingToSay, "body"),
        (Draft(subject="Objet", body="", ways=(Way.SMS,)), NothingToSay, "sms"),
        (Draft(subject="Objet", body="", sms="x" * 241, ways=(Way.SMS,)), SmsTooLong, "sms"),
        (Draft(subject="Objet", body="Un mot.", ways=()), WaysMissing, "way_0"),
    ],
)
def test_draft_is_refused_at_its_field(wrong, refusal, field):
    with pytest.raises(refusal) as raised:
        rules.check_draft(wrong, Kind.NEWSLETTER, PARTNERS)
    assert field in raised.value.fields


@pytest.mark.parametrize(
    "words", ["La Boulangerie Petit ouvre", "la BOULANGERIE-petit !", "boulangerie  pétit"]
)
def test_news_that_name_a_partner_are_refused(words):
    """N1: a partner's campaign called club news would go to who never agreed to one."""
    for draft in (
        Draft(subject=words, body="Un mot."),
        Draft(subject="Objet", body=words),
        Draft(subject="Objet", body="Un mot.", sms=words, ways=(Way.EMAIL, Way.SMS)),
    ):
        with pytest.raises(NamesPartner):
            rules.check_draft(draft, Kind.NEWSLETTER, PARTNERS)
        rules.check_draft(draft, Kind.PARTNER, PARTNERS)


def test_a_part_of_a_name_is_no_partner():
    rules.check_draft(
        Draft(subject="Petites annonces", body="Une boulangerie."), Kind.NEWSLETTER, PARTNERS
    )


@pytest.mark.parametrize(("people", "shown"), [(0, 0), (1, None), (4, None), (5, 5), (900, 900)])
def test_small_counts_are_not_told_to_a_partner(people, shown):
    """P5: a count of one tells of somebody."""
    assert rules.shown(people) == shown


@pytest.mark.parametrize("a_week", [0, 8])
def test_cap_is_refused_out_of_its_bounds(a_week):
    with pytest.raises(CapOutOfRange):
        rules.check_settings(a_week, "")


@pytest.mark.parametrize("number", ["3610", "361055", "36 10", "abcde"])
def test_stop_number_is_refused_when_it_is_none(number):
    with pytest.raises(StopNumberWrong):
        rules.check_settings(1, number)


def test_each_way_is_kept_once_in_its_order():
    assert rules.ordered([Way.SMS, Way.EMAIL, Way.SMS]) == (Way.SMS, Way.EMAIL)
