"""Every sentence we say is short: refusals, what a page says after an act, words beside a field, pages."""

import ast
import re
from pathlib import Path

import pytest

from backend.kit.errors import all_errors
from tests.architecture.code import ROOT, calls, files, tree
from tests.architecture.test_errors import load_everything
from web.shell.said import SAID

MOST_WORDS = 15
SAID_ON_A_PAGE = re.compile(r'\b_\(\s*"((?:[^"\\]|\\.)*)"')


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", text.strip())


def too_long(text: str) -> list[str]:
    """A lone sign, as « ? » after its thin space, is no word."""
    return [
        sentence
        for sentence in sentences(text)
        if sum(bool(re.search(r"\w", word)) for word in sentence.split()) > MOST_WORDS
    ]


def said_in(path: Path) -> list[str]:
    """The texts that a module marks for the catalogues."""
    return [
        call.args[0].value
        for call in calls(tree(path), "N_")
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    ]


def test_marked_texts_are_short():
    """UX5: at most 15 words a sentence, in every refusal and its next step, and beside every field."""
    said = [text for path in files("backend", "web", "partners") for text in said_in(path)]
    assert len(said) > 300
    assert [sentence for text in said for sentence in too_long(text)] == []


def test_pages_are_short():
    """UX5: at most 15 words a sentence on every page."""
    pages = [*(ROOT / "web/templates").rglob("*.html"), *(ROOT / "partners").rglob("*.html")]
    said = [text for page in pages for text in SAID_ON_A_PAGE.findall(page.read_text())]
    assert len(said) > 800
    assert [sentence for text in said for sentence in too_long(text)] == []


def test_every_refusal_is_marked_for_the_catalogues():
    """UX5: a sentence or a next step that nobody marked stays French in every language."""
    load_everything()
    marked = {text for path in files("backend", "web", "partners") for text in said_in(path)}
    ours = all_errors("backend", "web", "partners")
    assert {error.__name__ for error in ours if not {error.sentence, error.next} <= marked} == set()


@pytest.mark.parametrize("word", sorted(SAID))
def test_sentence_after_an_act_is_whole(word):
    """UX5: it begins like a sentence, ends like one, and says it in at most two."""
    kind, said = SAID[word]
    assert kind in {"yes", "plain", "mind"}
    assert said[0].isupper()
    assert said.endswith((".", "!"))
    assert len(sentences(said)) <= 2
    assert too_long(said) == []


@pytest.mark.parametrize(
    ("said", "long"),
    [
        ("Un mot. " + "mot " * 15 + ".", 0),
        ("mot " * 16 + ".", 1),
        ("mot " * 15 + "?", 0),
        ("mot " * 9 + "! " + "mot " * 9 + ".", 0),
    ],
)
def test_words_are_counted_by_the_sentence(said, long):
    """UX5: two short sentences are no long one."""
    assert len(too_long(said)) == long
