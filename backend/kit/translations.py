"""The words of the house in the reader's language: French is written in the code and stands for itself.

Templates say constants with _() and ngettext(). What stands in a variable, marked with N_ where it was
declared, goes through the filter `translated`: _() would read a per cent sign in it as a format, and
take it for markup.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from gettext import NullTranslations
from typing import TypeVar

from backend.kit import formats

# No line begins with one of these signs, nor ends with a guillemet that opens: a thin space holds the
# one, a whole one the other. What people typed is filled in afterwards, and stays as it is.
THIN = re.compile(" (?=[;?!])")
WHOLE = re.compile(" (?=[:»€]|%%)|(?<=[«°]) ")
SENTENCES = 10_000

T = TypeVar("T")


@lru_cache(SENTENCES)
def typeset(sentence: str) -> str:
    """With the no-break spaces of French; not for an SMS, whose alphabet has none."""
    return WHOLE.sub("\u00a0", THIN.sub("\u202f", sentence))


class French(NullTranslations):
    """The sentences as they are written, typeset; in French 0 and 1 are singular, the plural begins at 2.

    Their number is written as readers expect: 1 156 with a narrow space, 1,5 with a comma.
    """

    def gettext(self, message: str) -> str:
        return typeset(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        said = typeset(msgid1 if abs(n) < 2 else msgid2)
        return said.replace("%(num)s", formats.number(n))


FRENCH = French()


def translated(sentence: str, **facts: object) -> str:
    """A sentence held in a variable; its %(facts)s are filled in where there are any."""
    said = FRENCH.gettext(sentence)
    return said % facts if facts else said


def ngettext(one: str, many: str, count: int, **facts: object) -> str:
    """As in templates: the sentence for so many, its %(num)s filled in, and its %(facts)s."""
    said = FRENCH.ngettext(one, many, count)
    return said % facts if facts else said


def options(words: Mapping[T, str]) -> list[tuple[T, str]]:
    """Values with what they are called, as lists of choices take them; also a filter of templates."""
    return [(value, translated(said)) for value, said in words.items()]
