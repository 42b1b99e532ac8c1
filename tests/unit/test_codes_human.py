"""The code that people type."""

import itertools

import pytest

from backend.kit import codes
from backend.kit.codes import human

ALPHABET = human.ALPHABET


def right_codes() -> list[str]:
    """A hundred drawn, and the extremes."""
    drawn = [codes.draw_code() for _ in range(100)]
    return [*drawn, "0" * 12, "Z" * 11 + human.check_symbol("Z" * 11)]


def test_a_code_is_safe_to_read_and_print_when_drawn() -> None:
    """V18: 12 characters of 32 letters, three groups, none that looks like another."""
    assert len(set(ALPHABET)) == 32
    assert set(ALPHABET) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    for alike in ("0O", "1IL", "UV"):
        assert len(set(alike) & set(ALPHABET)) == 1
    for code in right_codes():
        assert human.is_right(code)
        assert [len(group) for group in codes.grouped(code).split("-")] == [4, 4, 4]


def test_all_55_bits_are_drawn_when_many_codes_are_made() -> None:
    """V18: each of the first 11 letters takes every value, so all 55 bits are random."""
    drawn = [codes.draw_code() for _ in range(3000)]
    assert len(set(drawn)) == len(drawn)
    for place in range(11):
        assert {code[place] for code in drawn} == set(ALPHABET)


def test_every_single_wrong_letter_is_caught() -> None:
    """V18: every single-character error is caught, at every place, for every letter."""
    tried = 0
    for code in right_codes():
        for place, letter in itertools.product(range(12), ALPHABET):
            if letter != code[place]:
                tried += 1
                assert not human.is_right(code[:place] + letter + code[place + 1 :])
    assert tried == 102 * 12 * 31


@pytest.mark.parametrize("place", range(11))
def test_every_swap_of_neighbours_is_caught(place: int) -> None:
    """V18: every adjacent swap is caught: all 32 x 31 pairs of letters at every place."""
    seen = set()
    for first, second, rest in itertools.product(ALPHABET, ALPHABET, ALPHABET):
        drawn = [rest] * 11
        drawn[place] = first
        if place < 10:
            drawn[place + 1] = second
        code = "".join(drawn) + human.check_symbol("".join(drawn))
        pair = code[place : place + 2]
        if pair[0] != pair[1]:
            seen.add(pair)
            assert not human.is_right(code[:place] + pair[::-1] + code[place + 2 :])
    assert len(seen) == 32 * 31


def test_weights_differ_so_that_far_swaps_are_caught_too() -> None:
    """V18: the weights over GF(32) are all different and none is zero."""
    assert len(set(human._WEIGHTS)) == 12
    assert 0 not in human._WEIGHTS


@pytest.mark.parametrize(
    "typed",
    [
        "7KQ2-M0XD-WB5S",
        "7kq2 m0xd wb5s",
        " 7KQ2M0XDWB5S\n",
        "7kq2–mOxd—wb5s",
        "7KQ2.M0XD_WB5S",
        "7 K Q 2 M 0 X D W B 5 S",
    ],
)
def test_a_code_is_read_when_typed_in_any_manner(typed: str) -> None:
    """V18: spaces, dashes and case do not matter, nor O for 0."""
    code = "7KQ2M0XDWB5" + human.check_symbol("7KQ2M0XDWB5")
    assert code == "7KQ2M0XDWB5S"
    assert codes.parse(typed) == codes.TypedCode(code)


def test_one_is_read_when_i_or_l_is_typed() -> None:
    code = "10000000000" + human.check_symbol("10000000000")
    for alike in "iIlL":
        assert codes.parse(code.replace("1", alike)) == codes.TypedCode(code)


def test_a_slip_is_named_when_the_check_symbol_is_wrong() -> None:
    """V18: caught locally, before anything is looked up; V14: under a reason of the closed list."""
    with pytest.raises(codes.CodeMistyped) as refusal:
        codes.parse("7KQ2-M0XD-WB54")
    assert refusal.value.problem()["slug"] == "invalid_request"
    assert refusal.value.facts == {"reason": "mistyped"}


def test_a_slip_stays_a_slip_when_one_sign_is_foreign() -> None:
    """V18: a single wrong character is caught also when it is none of the 32 letters."""
    for code in right_codes():
        for place, sign in itertools.product(range(12), "&é\"'(è_çàU?!,;:%*+é$"):
            wrong = code[:place] + sign + code[place + 1 :]
            meant = dict(zip("&é\"'(-è_çà", "1234567890", strict=True)).get(sign)
            if meant == code[place]:
                continue
            with pytest.raises(codes.CodeUnreadable):
                codes.parse(wrong)


def test_a_dash_is_six_when_shift_was_forgotten_on_azerty() -> None:
    code = "66600000000" + human.check_symbol("66600000000")
    digits = str.maketrans("1234567890", "&é\"'(-è_çà")
    assert codes.parse(code.translate(digits)) == codes.TypedCode(code)


def test_a_code_is_read_when_shift_was_forgotten_on_azerty() -> None:
    assert codes.parse("èKQé-MàXD-WB(s") == codes.TypedCode("7KQ2M0XDWB5S")
    assert codes.parse("èkqéMàxdWb(S") == codes.TypedCode("7KQ2M0XDWB5S")
