"""The words of the house in the reader's language: French is written in the code and stands for itself.

Templates say constants with _() and ngettext(). What stands in a variable, marked with N_ where it was
declared, goes through the filter `translated`: _() would read a per cent sign in it as a format, and
take it for markup.
"""

from gettext import NullTranslations

from backend.kit import formats


class French(NullTranslations):
    """The sentences as they are written; in French 0 and 1 are singular, the plural begins at 2.

    Their number is written as readers expect: 1 156 with a narrow space, 1,5 with a comma.
    """

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        said = msgid1 if abs(n) < 2 else msgid2
        return said.replace("%(num)s", formats.number(n))


FRENCH = French()


def translated(sentence: str, **facts: object) -> str:
    """A sentence held in a variable; its %(facts)s are filled in where there are any."""
    said = FRENCH.gettext(sentence)
    return said % facts if facts else said
