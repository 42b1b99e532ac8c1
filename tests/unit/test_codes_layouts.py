"""A keyboard scanner and a PC that do not mean the same keys (V40)."""

import os
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kit import codes
from backend.kit.codes import layouts, payloads
from backend.kit.codes.base45 import LETTERS

MEANT = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 $%*+-./:"
# Written down by hand from the two keyboards, not by the code under test.
NO_CAPS = "QBCDEFGHIJKL?NOPARSTUVZXYWà&é\"'(-è_ç 458+):!M"
CAPS_ON_LETTERS = "qbcdefghijkl?noparstuvzxywà&é\"'(-è_ç 458+):!m"
CAPS_ON_LETTERS_AND_DIGITS = "qbcdefghijkl?noparstuvzxyw0123456789 '(_+):!m"
CAPS_ON_ALL = "qbcdefghijkl,noparstuvzxyw0123456789 '(_=°/§m"
WAYS = [NO_CAPS, CAPS_ON_LETTERS, CAPS_ON_LETTERS_AND_DIGITS, CAPS_ON_ALL]
KEYS = codes.SigningKeys.load([bytes(range(1, 33))])


def scanned() -> list[str]:
    """One of each kind that is printed."""
    voucher = codes.Voucher(
        long_id=codes.draw_long_id(),
        offer=12,
        place=codes.Place.SHOP,
        place_id=34,
        valid_until=datetime(2027, 1, 31, tzinfo=UTC),
        generation=1,
    )
    return [
        codes.seal(voucher, KEYS),
        codes.show_card(codes.random_id(), os.urandom(32), datetime(2026, 11, 21, tzinfo=UTC)),
        payloads.text_of(codes.PaperCard(os.urandom(16))),
        payloads.text_of(codes.Unit(codes.draw_code())),
        payloads.text_of(codes.Order(codes.draw_code())),
    ]


def written(text: str, way: str) -> str:
    return text.translate(str.maketrans(MEANT, way))


@pytest.mark.parametrize(("way", "caps"), list(zip(WAYS, layouts.CAPS_LOCKS, strict=True)))
def test_a_qwerty_scanner_writes_this_when_the_pc_is_azerty(way: str, caps: frozenset[str]) -> None:
    """V40: the tables of both layouts, with and without Caps Lock."""
    assert layouts.misread(MEANT, caps) == way
    assert sorted(MEANT) == sorted(LETTERS)
    assert len(set(way.lower())) == len(LETTERS)


@pytest.mark.parametrize("way", WAYS)
def test_a_scan_is_undone_when_the_scanner_was_left_on_qwerty(way: str) -> None:
    """V40: undone when the check symbol or the structure under the signature proves it."""
    for _ in range(50):
        for text in scanned():
            assert codes.parse(written(text, way)) == codes.parse(text)
            assert codes.parse(written(text, way).strip() + "\r") == codes.parse(text)


def test_accented_capitals_are_undone_when_linux_or_macos_writes_them() -> None:
    """V40: there Caps Lock makes É of é."""
    for text in scanned():
        assert codes.parse(written(text, CAPS_ON_LETTERS).swapcase()) == codes.parse(text)
        assert codes.parse(written(text, NO_CAPS).upper()) == codes.parse(text)


def test_a_typed_code_is_undone_when_its_check_symbol_proves_it() -> None:
    """V40: a bare code too, where several digits betray the layout."""
    assert codes.parse(written("7KQ2M0XDWB5S", NO_CAPS)) == codes.TypedCode("7KQ2M0XDWB5S")


@pytest.mark.parametrize("way", [NO_CAPS, CAPS_ON_LETTERS])
def test_the_layout_is_named_when_it_cannot_be_undone(way: str) -> None:
    """V40: otherwise named: "réglez le lecteur en français"."""
    for text in scanned():
        spoiled = written(text, way)[:-1] + "~"
        with pytest.raises(codes.ScannerLayout) as refusal:
            codes.parse(spoiled)
        assert refusal.value.facts == {"reason": "scanner_layout"}
        assert "en français" in refusal.value.advice()


@pytest.mark.parametrize("text", ["çè_éàè&é-à(èç", "(-&é\"'à("])
def test_the_layout_is_named_when_a_barcode_comes_as_signs(text: str) -> None:
    """V40: a book's number read through the wrong layout says so."""
    with pytest.raises(codes.ScannerLayout):
        codes.parse(text)


@pytest.mark.parametrize(
    "text",
    ["Hélène Dupré", "François-Noël d'Été", "Œuvre n°3 !", "mme ébène çakir", "L'Haÿ-les-Roses",
     "(c'est-à-dire)", "d'été", "3 rue de l'Île",
     "Hélène-Marie", "Françoisanne"],
)  # fmt: skip
def test_a_name_is_not_a_scanner_when_it_has_accents(text: str) -> None:
    """V40: the desk's one field takes names too."""
    with pytest.raises(codes.CodeUnreadable) as refusal:
        codes.parse(text)
    assert refusal.value.facts == {"reason": "unreadable"}


@given(st.text(LETTERS, max_size=150), st.sampled_from(layouts.CAPS_LOCKS))
def test_any_text_is_among_the_meanings_when_misread(text: str, caps: frozenset[str]) -> None:
    """V40: each way is one to one."""
    assert text in layouts.undone(layouts.misread(text, caps))
