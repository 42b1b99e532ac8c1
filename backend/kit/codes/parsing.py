"""From what was scanned or typed to what it means."""

from backend.kit.codes import human, layouts
from backend.kit.codes.errors import CodeMistyped, CodeUnreadable, ScannerLayout
from backend.kit.codes.payloads import (
    PRINTED,
    Order,
    PaperCard,
    PhoneCard,
    TypedCode,
    Unit,
    Voucher,
    read,
)

Parsed = TypedCode | Voucher | PhoneCard | PaperCard | Unit | Order

# The longest payload has 144 letters; a hand adds spaces, never this many.
LONGEST = 200


def parse(text: str) -> Parsed:
    """What a code means: a scanned payload, or 12 letters typed with any spaces, dashes and case.

    A scanner on the wrong layout is undone where the code's own structure proves it. Raises
    CodeUnreadable, CodeMistyped (a check symbol is wrong) or ScannerLayout (undoing did not help).
    A voucher's signature and a card's freshness are checked by the caller, who has the keys.
    """
    if len(text) > LONGEST:
        raise CodeUnreadable
    trimmed = text.strip()  # no payload ends with a space: a last group's last letter is W at most
    found = _payload(trimmed) or _typed(trimmed)
    if found is None:
        raise _refusal(trimmed)
    return found


def understand(text: str) -> Parsed | CodeUnreadable:
    """The same, with the refusal as a value: where a text that is no code may be a name."""
    try:
        return parse(text)
    except CodeUnreadable as refusal:
        return refusal


def _payload(text: str) -> Parsed | None:
    meanings = [text.upper(), *layouts.undone(text)]
    if text.islower():
        # Our payloads are in capitals: Caps Lock was on, and then a layout is rarely right.
        meanings = meanings[1:] + meanings[:1]
    for meant in meanings:
        try:
            return read(meant)
        except ValueError:
            continue
    return None


def _typed(text: str) -> TypedCode | None:
    meant = [text, *layouts.shifted(text)]
    # A check symbol alone lets one wrong code in 32 pass: without a trace of another layout, a
    # slip of the finger would be "undone" into somebody else's code.
    if layouts.shows_traces(text):
        meant += layouts.undone(text)
    right = [code for code in map(human.bare, meant) if human.is_right(code)]
    return TypedCode(right[0]) if right else None


def _refusal(text: str) -> CodeUnreadable:
    start, rest = text[:4].upper(), text[4:]
    if human.looks_typed(human.bare(rest if start in PRINTED else text)):
        return CodeMistyped()
    return ScannerLayout() if layouts.is_garbled(text, human.LETTERS) else CodeUnreadable()
