"""How a search meets a listing: accents, endings and one wrong letter are forgiven (X4).

A listing keeps its words folded, each also as its stem; a search names, for each of its words, the
known words that are near. Stems are Snowball's for French; nearness is Damerau and Levenshtein's: one
letter missing, added, changed, or two in the wrong order.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

import snowballstemmer
from rapidfuzz.distance import OSA

from backend.kit import text

K = TypeVar("K")
MOST_WORDS = 8  # of a search; what follows is left out
SHORTEST_FORGIVEN = 4  # letters: a shorter word with a slip is another word
SHORTEST_BEGUN = 3
_STEMMER = snowballstemmer.stemmer("french")
# Words of the grammar, and those that every listing says.
_SAID_BY_ALL = """a ai as au aux avec besoin c ce ces cet cette chez d dans de des donner donne du elle en est et
    etre faire fais fait il je j l la le les leur leurs lui m ma mes moi mon n ne nos notre nous on ou
    par pas pour propose proposer qu que qui quelqu un une recherche cherche s sa se ses si son sur ta
    te tes toi ton tu un une vos votre vous y"""
_EMPTY = frozenset(_SAID_BY_ALL.split())


def kept(*said: str) -> list[str]:
    """The words a listing is found by: as written without accents, and their stems; sorted, once each."""
    words = {word for each in said for word in bare(each)}
    return sorted(words | {_stem(word) for word in words})


def bare(said: str) -> list[str]:
    """The words that say something, in their order."""
    return [word for word in text.fold(said).split() if word not in _EMPTY and len(word) > 1]


def asked(search: str) -> list[str]:
    """The words of a search, at most MOST_WORDS."""
    return list(dict.fromkeys(bare(search)))[:MOST_WORDS]


def patterns(word: str) -> list[str]:
    """One of them fits each known word that is a slip away: a slip is in one half, or between the two."""
    found = []
    for each in {word, _stem(word)}:
        if len(each) >= SHORTEST_FORGIVEN - 1:
            half = len(each) // 2
            swapped = each[: half - 1] + each[half] + each[half - 1] + each[half + 1 :]
            found += [f"{each[:half]}%", f"%{each[half:]}", swapped]
    return sorted(found)


def lengths(word: str) -> tuple[int, int]:
    """From the shortest to the longest that is a slip away from it, or from its stem."""
    return len(_stem(word)) - 1, len(word) + 1


def near(word: str, known: Iterable[str]) -> list[str]:
    """Of the known words those that may be meant: itself, its stem, one slip away, or begun by it."""
    stem = _stem(word)
    return sorted(
        each
        for each in known
        if each in {word, stem}
        or (len(word) >= SHORTEST_BEGUN and each.startswith(word))
        or _is_slip(word, each)
        or (len(stem) >= SHORTEST_FORGIVEN and _is_slip(stem, each))
    )


def named(word: str, labels: Mapping[K, str]) -> list[K]:
    """Of what is called so, what the word names: by a word of its label, else by one of the same stem or
    one slip away.
    """
    said = {key: bare(label) for key, label in labels.items()}
    same = [key for key, own in said.items() if word in own]
    stem = _stem(word)
    return same or [
        key
        for key, own in said.items()
        if any(_stem(each) == stem or _is_slip(word, each) for each in own)
    ]


@lru_cache(maxsize=4096)
def _stem(word: str) -> str:
    """Asked again and again of the same words, and slow."""
    found: str = _STEMMER.stemWord(word)
    return found


def _is_slip(typed: str, known: str) -> bool:
    """The longer of the two decides whether it is long enough: "vlo" lacks a letter of "velo"."""
    if max(len(typed), len(known)) < SHORTEST_FORGIVEN:
        return False
    distance: int = OSA.distance(typed, known, score_cutoff=1)
    return distance <= 1
