"""Whoever reads a file reads in words what was done in it."""

import ast
from collections.abc import Iterator

from tests.architecture.code import calls, files, tree
from web.shell.acts import SAID


def verbs_about_people(module: ast.AST) -> Iterator[str]:
    """What is noted of a person; where a helper puts a word before the verb, as it is called."""
    for noted in calls(module, "note"):
        if not any(each.arg == "subject_id" for each in noted.keywords):
            continue
        match noted.args[0]:
            case ast.Constant(value=str(verb)):
                yield verb
            case ast.JoinedStr(values=[ast.Constant(value=str(start)), _]):
                yield from (f"{start}{verb}" for verb in _said_to_helper(module))


def _said_to_helper(module: ast.AST) -> Iterator[str]:
    for call in calls(module, "_note"):
        match call.args:
            case [ast.Constant(value=str(verb)), *_]:
                yield verb


def test_acts_are_found_also_behind_a_helper():
    behind = 'note(f"seat.{verb}", by, subject_id=one)\nasync def f(): await _note("take", by)'
    assert list(verbs_about_people(ast.parse(behind))) == ["seat.take"]


def test_each_act_on_a_person_has_words_when_their_file_is_read():
    """UX5: no verb of the code stands in a journal that people read."""
    found = {verb for path in files("backend") for verb in verbs_about_people(tree(path))}
    assert len(found) > 50
    assert found - SAID.keys() == set()
