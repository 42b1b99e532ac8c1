from datetime import UTC, date, datetime

import msgspec
import pytest

from backend.kit import errors
from backend.kit.errors import (
    N_,
    Busy,
    Denied,
    DomainError,
    Invalid,
    Missing,
    Refused,
    Unavailable,
)


class ShopClosed(Refused):
    slug = "test_shop_closed"
    sentence = N_("{shop} est fermé depuis le {since}.")
    next = N_("Revenez le {again}, à partir de {from_cents}.")


class ShopClosedForGood(ShopClosed):
    sentence = N_("{shop} est fermé.")
    next = N_("Choisissez un autre partenaire.")


@pytest.mark.parametrize(
    ("family", "status", "retryable"),
    [
        (Missing, 404, False),
        (Denied, 403, False),
        (Refused, 409, False),
        (Invalid, 422, False),
        (Unavailable, 503, True),
    ],
)
def test_a_family_has_its_status_when_raised_bare(
    family: type[DomainError], status: int, retryable: bool
) -> None:
    problem = family().problem()
    assert (problem["status"], problem["retryable"]) == (status, retryable)
    assert problem["detail"] == family.sentence
    assert problem["next"] == family.next


def test_facts_are_spoken_in_french_when_a_sentence_names_them() -> None:
    refusal = ShopClosed(
        shop="La Petite Épicerie",
        since=datetime(2026, 7, 1, 12, 5, tzinfo=UTC),
        again=date(2026, 8, 14),
        from_cents=1250,
    )
    assert str(refusal) == "La Petite Épicerie est fermé depuis le 1er juillet 2026 à 14:05."
    assert refusal.advice() == "Revenez le 14 août 2026, à partir de 12,50\u00a0€."


def test_a_problem_is_ready_for_json_when_facts_are_not() -> None:
    refusal = ShopClosedForGood(shop="Chez Ali", since=datetime(2026, 7, 1, 12, 5, tzinfo=UTC))
    problem = refusal.problem()
    assert msgspec.json.decode(msgspec.json.encode(problem)) == problem
    assert problem == {
        "type": "/problems/test_shop_closed",
        "title": "Impossible",
        "status": 409,
        "detail": "Chez Ali est fermé.",
        "slug": "test_shop_closed",
        "retryable": False,
        "next": "Choisissez un autre partenaire.",
        "facts": {"shop": "Chez Ali", "since": "2026-07-01T12:05:00Z"},
    }


def test_a_refusal_does_not_rise_when_a_fact_of_its_sentence_is_missing() -> None:
    with pytest.raises(KeyError):
        ShopClosed(shop="Chez Ali")


def test_text_from_outside_is_never_a_sentence_to_fill_when_it_has_braces() -> None:
    assert str(ShopClosedForGood(shop="{since}")) == "{since} est fermé."


def test_every_text_is_translated_when_a_translation_is_given() -> None:
    problem = Invalid(fields={"name": "Ce nom est vide."}).problem(lambda text: text.upper())
    assert problem["title"] == "À CORRIGER"
    assert problem["detail"] == Invalid.sentence.upper()
    assert problem["next"] == Invalid.next.upper()
    assert problem["facts"] == {"fields": {"name": "CE NOM EST VIDE."}}


def test_a_refusal_is_told_at_its_field_when_asked() -> None:
    refusal = Invalid().at("email")
    assert refusal.fields == {"email": Invalid.sentence}


def test_a_refusal_says_when_to_come_back_when_busy() -> None:
    refusal = Busy(retry_after=30)
    assert refusal.retry_after == 30
    assert refusal.problem()["facts"] == {"retry_after": 30}
    assert refusal.retryable


def test_every_refusal_is_found_once_when_it_has_a_slug_of_its_own() -> None:
    everything = errors.all_errors()
    assert ShopClosed in everything
    assert ShopClosedForGood not in everything
    assert len(everything) == len(set(everything))
    assert {Missing, Denied, Refused, Invalid, Busy, Unavailable} <= set(
        errors.all_errors("backend")
    )
    assert ShopClosed not in errors.all_errors("backend")
