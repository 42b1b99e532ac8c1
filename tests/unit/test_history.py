"""The history of settings has words for each change that is noted."""

import ast
from pathlib import Path

import backend
from backend.kit import formats
from web.office.history import ACTS, NAMES, _value

HOUSE = Path(backend.__file__).parent


def noted() -> set[str]:
    """The verbs of acts that are noted with what was before and after."""
    calls = (
        node
        for path in HOUSE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and any(word.arg == "changes" for word in node.keywords)
    )
    verbs = (call.args[0] for call in calls if call.args)
    return {verb.value for verb in verbs if isinstance(verb, ast.Constant)}


def test_each_change_of_a_setting_has_its_words() -> None:
    """Who changed what, when, from what to what: in words, not in our own names of acts."""
    found = noted()
    assert {"price_set", "ladder_set", "retention.set", "residence.changed"} <= found
    assert found - set(ACTS) == set()


def test_values_are_said_as_people_say_them() -> None:
    assert _value("priority_district", True) == "oui"
    assert _value("priority_district", False) == "non"
    assert _value("budget", 2_400_000) == formats.euros(2_400_000)
    assert _value("logs_months", None) == "–"
    assert _value("logs_months", 24) == "24"
    assert {"priority_district", "prospects_months", "logs_months"} <= set(NAMES)
