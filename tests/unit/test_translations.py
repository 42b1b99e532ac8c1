"""French as it stands in the code: its plural, and sentences held in variables."""

import pytest

from backend.kit.translations import FRENCH, translated
from backend.notifications import texts
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
