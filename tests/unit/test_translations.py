"""French as it stands in the code: its plural, and sentences held in variables."""

import pytest

from backend.kit.translations import FRENCH, translated
from backend.notifications import texts
from backend.places.errors import ColumnsMissing
from tests.unit.look import environment

SOURCE = "{{ ngettext('%(num)s bon', '%(num)s bons', count) }}"


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 bon"), (1, "1 bon"), (2, "2 bons"), (1.5, "1,5 bon"), (1156, "1\u202f156 bons")],
)
def test_plural_begins_at_two(count, said):
    """UX5: in French 0 and 1 are singular, numbers are grouped, on pages and in messages."""
    assert FRENCH.ngettext("bon", "bons", count) == said.split(" ")[1]
    assert environment().from_string(SOURCE).render(count=count) == said
    assert texts.ENVIRONMENT.from_string(SOURCE).render(count=count) == said


@pytest.mark.parametrize("typed", ["10 % de moins", "100 %(x)s", "50%"])
def test_sentence_in_a_variable_is_shown_as_it_is(typed):
    """UX5: a per cent sign in data is no format."""
    assert translated(typed) == typed
    assert environment().from_string("{{ typed|translated }}").render(typed=typed) == typed


def test_sentence_in_a_variable_gets_its_facts():
    assert translated("%(count)s fois par an.", count=3) == "3 fois par an."


def test_sentence_in_a_variable_is_not_taken_for_markup():
    said = environment().from_string("{{ typed|translated }}").render(typed="<b>Gras</b>")
    assert said == "&lt;b&gt;Gras&lt;/b&gt;"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Pas de code ?", "Pas de code\u202f?"),
        ("Bravo ! Merci ; à demain", "Bravo\u202f! Merci\u202f; à demain"),
        ("À payer : 12 €", "À payer\u00a0: 12\u00a0€"),
        ("Touchez « Oui ».", "Touchez «\u00a0Oui\u00a0»."),
        ("Le reçu n° 7", "Le reçu n°\u00a07"),
        ("De 9:30 à 18:30, sur https://club.example/?a=b", None),
        ("Un point de conciergerie", None),
    ],
)
def test_no_line_begins_with_a_sign_when_a_sentence_is_said(written, said):
    """UX5: in French a question mark stays with its word, on pages and in messages."""
    source, said = f'{{{{ _("{written}") }}}}', said or written
    assert translated(written) == FRENCH.gettext(written) == said
    assert environment().from_string(source).render() == said
    assert texts.ENVIRONMENT.from_string(source).render() == said


def test_no_line_begins_with_a_sign_when_a_refusal_is_said():
    """UX5: also in the answer to a machine, which shows it to somebody."""
    refusal = ColumnsMissing(columns="ETAGE : QPV")
    assert "colonnes\u00a0: ETAGE : QPV." in refusal.said()
    assert refusal.problem()["detail"] == refusal.said()


def test_typed_words_stay_as_they_are_when_a_sentence_holds_them():
    typed = "Un vélo ? 9 € : oui"
    source = "{{ _('« %(typed)s » à %(part)s %%', typed=typed, part=5) }}"
    shown = environment().from_string(source).render(typed=typed)
    assert shown == f"«\u00a0{typed}\u00a0» à 5\u00a0%"
