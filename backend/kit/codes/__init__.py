"""Every printed code: make, sign, check, parse. And all chance, which is drawn nowhere else.

What a code looks like tells its kind; surfaces dispatch on the type that `parse` gives back:

    TypedCode   12 letters in three groups, the last one checks the others     7KQ2-M0XD-WB5S
    Voucher     PL1V + Base45 of a signed payload
    PhoneCard   PL1C + Base45 of card, minute and proof, new each minute
    PaperCard   PL1P + Base45 of a token that can be revoked, and its checksum
    Unit, Order PL1U, PL1O + the 12 letters printed below
"""

from backend.kit.codes.chance import (
    draw_long_id,
    draw_secret,
    hash_token,
    login_code,
    public_id,
    random_id,
    random_token,
)
from backend.kit.codes.errors import CodeMistyped, CodeUnreadable, ScannerLayout
from backend.kit.codes.human import draw_code, grouped
from backend.kit.codes.parsing import Parsed, parse, understand
from backend.kit.codes.payloads import (
    Order,
    PaperCard,
    PhoneCard,
    Place,
    TypedCode,
    Unit,
    Voucher,
    text_of,
)
from backend.kit.codes.rotation import (
    Freshness,
    card_head,
    freshness,
    seconds_left,
    show_card,
)
from backend.kit.codes.signing import SigningKeys, generate_signing_key, is_genuine, seal

__all__ = [
    "CodeMistyped",
    "CodeUnreadable",
    "Freshness",
    "Order",
    "PaperCard",
    "Parsed",
    "PhoneCard",
    "Place",
    "ScannerLayout",
    "SigningKeys",
    "TypedCode",
    "Unit",
    "Voucher",
    "card_head",
    "draw_code",
    "draw_long_id",
    "draw_secret",
    "freshness",
    "generate_signing_key",
    "grouped",
    "hash_token",
    "is_genuine",
    "login_code",
    "parse",
    "public_id",
    "random_id",
    "random_token",
    "seal",
    "seconds_left",
    "show_card",
    "text_of",
    "understand",
]
