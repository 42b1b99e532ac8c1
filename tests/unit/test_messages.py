"""Each kind of message has words for who reads that it was sent."""

from pathlib import Path

import pytest

from backend.membership.reminders import Channel
from backend.membership.rules import Category
from backend.notifications import texts
from backend.people.rules import CHOSEN, Medium, Source
from backend.privacy.queries import spoken
from web.shell import messages

KINDS = sorted(
    path.name.removesuffix(".txt.jinja")
    for path in Path(texts.__file__).parent.glob("[a-z]*.txt.jinja")
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_said_in_words(kind: str) -> None:
    """D1: the page of my data is French, not the names of our files."""
    assert messages.said(kind)


@pytest.mark.parametrize("word", [*Channel, *Category, *CHOSEN, *Medium, *Source])
def test_every_word_of_a_file_is_said_in_words(word: str) -> None:
    """D1: how I was reminded, what I pay, what I agreed to, where I said so."""
    assert spoken("", word.value) != word.value
