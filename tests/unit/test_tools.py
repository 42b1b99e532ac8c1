"""The checks can fail: each is shown something wrong."""

import ast
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from tools import promises, setup, spelling, translations

HERE = Path(__file__)


def test_a_citation_is_told_when_its_promise_is_not_listed() -> None:
    found = {"V" + "6": HERE, "V" + "7": HERE}
    faults = [*promises.faults_of(["V6", "V8", "V8"], found)]
    assert len(faults) == 3
    assert "cites V7" in faults[0]
    assert "has V8, which no test cites" in faults[1]
    assert "V8 more than once" in faults[2]


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("V18: every error is caught.", {"V18"}),
        ("A lost race is refused (V6, REL1).", {"V6", "REL1"}),
        ("A4, A5 and D6: three at once.", {"A4", "A5", "D6"}),
        ("A sheet of A4, in French of level A2-B1.", set()),
        ("PostgreSQL 18 and UTF-8.", set()),
    ],
)
def test_a_number_counts_when_it_can_only_be_a_promise(docstring: str, expected: set[str]) -> None:
    assert promises.numbers(docstring) == expected


def test_only_docstrings_are_read_when_a_test_also_holds_numbers() -> None:
    tree = ast.parse('def test():\n    """V1: it holds."""\n    return "V2"  # V3')
    assert [*promises.docstrings(tree)] == ["", "V1: it holds."]


@pytest.mark.parametrize(
    ("translated", "expected"),
    [
        ("{shop} is closed", None),
        ("", "not translated"),
        ("{boutique} is closed", "other facts in braces"),
    ],
)
def test_a_sentence_is_told_when_its_translation_is_wrong(
    translated: str, expected: str | None
) -> None:
    catalogue = Catalog()
    catalogue.add("{shop} est fermé", translated)
    assert translations.fault_of("{shop} est fermé", catalogue) == expected


def test_a_sentence_is_told_when_a_catalogue_lacks_it_or_guesses() -> None:
    catalogue = Catalog()
    assert translations.fault_of("Bonjour", catalogue) == "not translated"
    catalogue.add("Bonjour", "Hello", flags={"fuzzy"})
    assert translations.fault_of("Bonjour", catalogue) == "marked as a guess"


def test_sentences_are_found_when_they_stand_in_code_and_in_templates() -> None:
    assert "Ce titre est vide ou trop long." in set(translations.sentences("backend"))
    assert "Accessibilité" in set(translations.sentences("web"))


def test_only_our_english_is_spelled_when_a_file_also_speaks_french() -> None:
    text = 'def f():\n    """Kept."""\n    return _("adresses") + f"é {x}"  # kept\n'
    assert spelling.english(text).split() == (
        ["def", "f():", '"""Kept."""', "return", "_(", ")", "+", "#", "kept"]
    )
    assert len(spelling.english(text).splitlines()) == 3


def test_the_help_of_a_command_is_not_spelled_when_it_is_french() -> None:
    text = '@click.command()\ndef f():\n    """Remplace celle."""\n'
    assert "Remplace" not in spelling.english(text)


def test_a_step_is_done_again_when_what_it_was_made_from_changes(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("one")
    stamp = setup.Stamp(tmp_path / "stamp", [lock])
    assert not stamp.holds()
    stamp.leave()
    assert stamp.holds()
    lock.write_text("two")
    assert not stamp.holds()
