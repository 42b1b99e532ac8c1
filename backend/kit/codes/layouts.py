"""What a PC writes when a keyboard scanner and it do not agree on the layout (V40).

A scanner sends keys, not letters. Left on QWERTY before an AZERTY PC, "A" arrives as "Q" and "1" as
"&". Caps Lock makes it worse, and not the same everywhere: on Linux and macOS it acts on letters,
on Windows' French layout on nearly every key. Each way is one to one on the letters of our codes,
so each can be undone.
"""

from collections.abc import Iterator

from backend.kit.codes.base45 import LETTERS

# The keys in the order of their rows, as printed without and with Shift.
_QWERTY = (
    r"1234567890-=qwertyuiop[]asdfghjkl;'\zxcvbnm,./ ",
    r'!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"|ZXCVBNM<>? ',
)
_AZERTY = (
    """&é"'(-è_çà)=azertyuiop^$qsdfghjklmù*wxcvbn,;:! """,
    """1234567890°+AZERTYUIOP¨£QSDFGHJKLM%µWXCVBN?./§ """,
)
_LETTER_KEYS = frozenset("azertyuiopqsdfghjklmwxcvbn")
_DIGIT_KEYS = frozenset("""&é"'(-è_çà""")
# The keys that Caps Lock turns into their shifted half.
CAPS_LOCKS: tuple[frozenset[str], ...] = (
    frozenset(),
    _LETTER_KEYS,
    _LETTER_KEYS | _DIGIT_KEYS,
    frozenset(_AZERTY[0]),
)

# Nobody writes these in a code. Two are a trace: a single one may be a slip of the finger.
_FOREIGN = frozenset("""&é"'(è_çàùµ§°?!,;£""")
_TRACE, _CLEAR_TRACE = 2, 3
_LONG_NUMBER = 8
_DIGITS = str.maketrans(_AZERTY[0][:10], _AZERTY[1][:10])
_DIGITS_BUT_DASH = {sign: digit for sign, digit in _DIGITS.items() if sign != ord("-")}


def misread(text: str, caps: frozenset[str]) -> str:
    """What an AZERTY PC writes when a QWERTY scanner sends this text."""
    return "".join(_pressed(*_key(letter), caps) for letter in text)


def undone(text: str) -> Iterator[str]:
    """What a scanner may have meant by a text, for each way to misread it."""
    folded = text.lower()
    for table in _TABLES:
        if all(letter in table for letter in folded):
            yield "".join(table[letter] for letter in folded)


def shifted(text: str) -> Iterator[str]:
    """What somebody meant who typed on AZERTY and forgot Shift; "-" is 6 or parts two groups."""
    yield text.translate(_DIGITS_BUT_DASH)
    yield text.translate(_DIGITS)


def shows_traces(text: str) -> bool:
    return _foreign(text) >= _TRACE


def is_garbled(text: str, length: int) -> bool:
    """Whether a text that means nothing was a code or a number before another layout met it.

    Strict, since the desk's one field also takes names, and names have accents.
    """
    folded = text.lower()
    if folded.startswith(_STARTS):
        return _foreign(text) > 0
    if len(text) == length and " " not in text and _foreign(text) >= _CLEAR_TRACE:
        return any(undone(text))
    return len(text) >= _LONG_NUMBER and _DIGIT_KEYS.issuperset(folded)


def _foreign(text: str) -> int:
    return sum(letter in _FOREIGN for letter in text.lower())


def _key(letter: str) -> tuple[int, bool]:
    with_shift = letter not in _QWERTY[0]
    return _QWERTY[with_shift].index(letter), with_shift


def _pressed(key: int, with_shift: bool, caps: frozenset[str]) -> str:
    return _AZERTY[with_shift ^ (_AZERTY[0][key] in caps)][key]


# Case tells nothing more: no way to misread uses both halves of a letter key.
_TABLES = [{misread(letter, caps).lower(): letter for letter in LETTERS} for caps in CAPS_LOCKS]
_STARTS = tuple({misread("PL1", caps).lower() for caps in CAPS_LOCKS})
