"""What the QR codes carry."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import qrcode
from hypothesis import given
from hypothesis import strategies as st

from backend.kit import codes
from backend.kit.codes import base45, chance, human, payloads
from backend.kit.errors import Invalid

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "codes.json").read_text()
)
UNTIL = datetime(2027, 1, 31, 22, 59, 59, tzinfo=UTC)
KEYS = codes.SigningKeys.load([bytes(range(1, 33))])
OTHER_KEY = bytes(range(2, 34))


def a_voucher() -> codes.Voucher:
    return codes.Voucher(
        long_id=codes.draw_long_id(),
        offer=12,
        place=codes.Place.SHOP,
        place_id=34,
        valid_until=UNTIL,
        generation=1,
    )


def read_voucher(text: str) -> codes.Voucher:
    found = codes.parse(text)
    assert isinstance(found, codes.Voucher)
    return found


def modules(text: str) -> int:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    return int(code.version)


def test_base45_is_the_standards_when_its_examples_are_encoded() -> None:
    for example in VECTORS["base45"]:
        assert base45.encode(bytes.fromhex(example["hex"])) == example["text"]
    assert base45.encode(b"AB") == "BB8"  # RFC 9285, section 4.3
    assert base45.encode(b"Hello!!") == "%69 VD92EX0"
    assert base45.encode(b"base-45") == "UJCLQE7W581"
    assert base45.decode("QED8WEX0") == b"ietf!"  # section 4.4


@pytest.mark.parametrize("text", ["GGW", "::", "A", "AAAA", "a00", "é00", ":::", "000U"])
def test_base45_is_refused_when_no_bytes_give_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        base45.decode(text)


@given(st.binary(max_size=200))
def test_bytes_come_back_when_encoded_in_base45(data: bytes) -> None:
    text = base45.encode(data)
    assert base45.decode(text) == data
    assert set(text) <= set(base45.LETTERS)


def test_a_voucher_fits_its_qr_code_when_every_field_is_full() -> None:
    """V20: at most 145 alphanumeric characters, version 6 or less at level M."""
    example = VECTORS["voucher"]
    text = example["text"]
    assert len(text) <= 145
    assert set(text) <= set(base45.LETTERS)
    assert modules(text) <= 6
    assert text.startswith("PL1V")


def test_a_voucher_says_what_was_signed_when_read() -> None:
    """V20: version, key id, voucher id, offer, shop, validity end, generation, signature."""
    voucher = a_voucher()
    found = read_voucher(codes.seal(voucher, KEYS))
    assert codes.is_genuine(found, KEYS)
    assert found.key_id == KEYS.newest.id
    unsigned = msgspec.structs.replace(found, key_id=0, signature=b"")
    assert unsigned == voucher


def test_a_voucher_is_the_same_picture_when_shown_twice() -> None:
    voucher = a_voucher()
    assert codes.seal(voucher, KEYS) == codes.seal(voucher, KEYS)


def test_a_voucher_is_made_the_same_way_when_another_program_makes_it() -> None:
    """V20: what the vectors shared with the browser say."""
    example = VECTORS["voucher"]
    keys = codes.SigningKeys.load([bytes.fromhex(example["key"])])
    assert keys.newest.id == example["key_id"]
    found = read_voucher(example["text"])
    assert codes.is_genuine(found, keys)
    assert found.long_id.hex() == example["long_id"]
    assert (found.offer, found.place_id, found.generation) == (
        example["offer"],
        example["place_id"],
        example["generation"],
    )
    assert found.place is codes.Place.PARTNER
    assert found.valid_until == datetime.fromisoformat(example["valid_until"])


def test_a_voucher_is_not_genuine_when_any_bit_of_it_changes() -> None:
    """V20: the signature covers everything."""
    text = codes.seal(a_voucher(), KEYS)
    data = base45.decode(text[4:])
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            found = read_voucher("PL1V" + base45.encode(bytes(changed)))
        except Invalid:
            continue
        assert not codes.is_genuine(found, KEYS)


def test_a_voucher_stays_genuine_when_the_key_is_changed_without_a_cut() -> None:
    """V20: a key id allows rotation: the newest signs, the older still verifies."""
    old = codes.seal(a_voucher(), KEYS)
    both = codes.SigningKeys.load([OTHER_KEY, bytes(range(1, 33))])
    new = codes.seal(a_voucher(), both)
    assert codes.is_genuine(read_voucher(old), both)
    assert codes.is_genuine(read_voucher(new), both)
    assert not codes.is_genuine(read_voucher(new), KEYS)
    assert not codes.is_genuine(read_voucher(old), codes.SigningKeys.load([OTHER_KEY]))


def test_both_keys_are_tried_when_their_ids_are_the_same() -> None:
    """V20: one byte names a key; a second key of that name changes nothing."""
    wanted = KEYS.newest.id
    twins = (
        number.to_bytes(32)
        for number in range(1, 5000)
        if codes.SigningKeys.load([number.to_bytes(32)]).newest.id == wanted
    )
    both = codes.SigningKeys.load([next(twins), bytes(range(1, 33))])
    assert len(both.named(wanted)) == 2
    assert codes.is_genuine(read_voucher(codes.seal(a_voucher(), KEYS)), both)


def test_keys_are_refused_when_there_is_none_or_one_is_short() -> None:
    with pytest.raises(ValueError, match="one key"):
        codes.SigningKeys.load([])
    with pytest.raises(ValueError, match="32 bytes"):
        codes.SigningKeys.load([b"short"])


def test_a_made_up_key_is_a_line_for_the_settings() -> None:
    import base64

    raw = base64.b64decode(codes.generate_signing_key(), validate=True)
    assert codes.SigningKeys.load([raw, b"\xff" * 32, bytes(32)]).keys[0].id < 256


@pytest.mark.parametrize("version", [0, 2, 255])
def test_a_payload_is_refused_when_its_version_is_unknown(version: int) -> None:
    """V20: the decoder rejects unknown versions."""
    for text in (codes.seal(a_voucher(), KEYS), VECTORS["cards"][0]["text"]):
        data = bytes([version]) + base45.decode(text[4:])[1:]
        if text.startswith("PL1C"):
            data = payloads._summed("PL1C", data[: -payloads.SUM_BYTES])
        with pytest.raises(codes.CodeUnreadable):
            codes.parse(text[:4] + base45.encode(data))


@pytest.mark.parametrize(("offset", "value"), [(2, 0), (2, 2), (3, 2), (3, 255)])
def test_a_voucher_is_refused_when_its_algorithm_or_place_is_unknown(
    offset: int, value: int
) -> None:
    """V20: the decoder rejects what it does not know."""
    data = bytearray(base45.decode(codes.seal(a_voucher(), KEYS)[4:]))
    data[offset] = value
    with pytest.raises(codes.CodeUnreadable):
        codes.parse("PL1V" + base45.encode(bytes(data)))


def test_a_payload_is_refused_when_its_length_is_wrong() -> None:
    """V20: the decoder rejects bad lengths."""
    for kind in payloads.BINARY.values():
        for size in set(range(kind.size + 30)) - {kind.size}:
            text = kind.prefix + base45.encode(b"\x01" * size)
            with pytest.raises(Invalid):
                codes.parse(text)


@given(st.binary(min_size=1, max_size=100))
def test_no_payload_ends_with_a_space_so_that_fields_may_trim(data: bytes) -> None:
    """V20: a space is a letter of Base45, but never the last one."""
    assert not base45.encode(data).endswith(" ")


@given(
    st.sampled_from(["PL1V", "PL1C", "PL1P", "PL1U", "PL1O", "PL1X", ""]),
    st.text(base45.LETTERS, max_size=160),
)
def test_a_code_is_read_or_refused_when_it_looks_like_ours(prefix: str, rest: str) -> None:
    """V20: fuzz test: a value or a clear refusal, never anything else."""
    try:
        found = codes.parse(prefix + rest)
    except codes.CodeUnreadable:
        return
    assert not isinstance(found, codes.Voucher) or not codes.is_genuine(found, KEYS)


@given(st.text(max_size=250))
def test_a_code_is_read_or_refused_when_it_is_anything(text: str) -> None:
    """V20: fuzz test on arbitrary text."""
    try:
        found = codes.parse(text)
    except codes.CodeUnreadable:
        return
    assert isinstance(found, codes.TypedCode)


@given(st.integers(0, payloads.Voucher.size - 1), st.binary(min_size=1, max_size=8))
def test_a_voucher_never_passes_when_bytes_are_spoiled(at: int, spoil: bytes) -> None:
    """V20: fuzz test of the binary layout."""
    data = base45.decode(VECTORS["voucher"]["text"][4:])
    spoiled = (data[:at] + spoil + data[at + len(spoil) :])[: len(data)]
    try:
        found = codes.parse("PL1V" + base45.encode(spoiled))
    except codes.CodeUnreadable:
        return
    assert isinstance(found, codes.Voucher)
    assert codes.is_genuine(found, KEYS) == (spoiled == data)


@given(
    st.binary(min_size=12, max_size=12),
    st.integers(0, 2**32 - 1),
    st.sampled_from(codes.Place),
    st.integers(0, 2**32 - 1),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),
    st.integers(1, 255),
)
def test_a_voucher_comes_back_when_sealed_and_read(
    long_id: bytes, offer: int, place: codes.Place, place_id: int, until: datetime, generation: int
) -> None:
    """V20: every field survives, the end to the second and never later."""
    end = until.replace(tzinfo=UTC)
    voucher = codes.Voucher(
        long_id=long_id,
        offer=offer,
        place=place,
        place_id=place_id,
        valid_until=end,
        generation=generation,
    )
    found = read_voucher(codes.seal(voucher, KEYS))
    assert codes.is_genuine(found, KEYS)
    assert (found.long_id, found.offer, found.place) == (long_id, offer, place)
    assert (found.place_id, found.generation) == (place_id, generation)
    assert timedelta(0) <= end - found.valid_until < timedelta(seconds=1)


def test_a_voucher_is_not_made_when_its_id_is_short() -> None:
    with pytest.raises(ValueError, match="long id"):
        codes.seal(msgspec.structs.replace(a_voucher(), long_id=b"short"), KEYS)


SEED = bytes(range(32))
CARD = chance.id_text(bytes(16))
NOW = datetime(2026, 11, 21, 10, 0, 30, tzinfo=UTC)


def read_card(text: str) -> codes.PhoneCard:
    found = codes.parse(text)
    assert isinstance(found, codes.PhoneCard)
    return found


def test_a_card_is_made_the_same_way_when_the_phone_makes_it() -> None:
    """V23: what the vectors shared with the browser say."""
    for example in VECTORS["cards"]:
        at = datetime.fromisoformat(example["at"])
        assert (
            codes.show_card(example["card"], bytes.fromhex(example["seed"]), at) == example["text"]
        )
        assert read_card(example["text"]).card == example["card"]
        assert modules(example["text"]) <= 3


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, codes.Freshness.FRESH),
        (29, codes.Freshness.FRESH),
        (89, codes.Freshness.FRESH),
        (90, codes.Freshness.STALE),
        (-90, codes.Freshness.FRESH),
        (-91, codes.Freshness.STALE),
        (86400, codes.Freshness.STALE),
    ],
)
def test_a_card_is_stale_when_it_is_more_than_a_step_away(
    seconds: int, expected: codes.Freshness
) -> None:
    """V23: it rotates every 60 s with a tolerance of one step; yesterday's photo is stale."""
    card = read_card(codes.show_card(CARD, SEED, NOW))
    assert codes.freshness(card, SEED, NOW + timedelta(seconds=seconds)) is expected


def test_a_card_is_forged_when_another_seed_or_minute_made_its_proof() -> None:
    """V23: only the seed makes a minute's code."""
    card = read_card(codes.show_card(CARD, SEED, NOW))
    assert codes.freshness(card, bytes(32), NOW) is codes.Freshness.FORGED
    later = msgspec.structs.replace(card, step=card.step + 1)
    assert codes.freshness(later, SEED, NOW) is codes.Freshness.FORGED
    other = msgspec.structs.replace(card, card=chance.id_text(b"\x01" * 16))
    assert codes.freshness(other, SEED, NOW) is codes.Freshness.FORGED


def test_a_paper_card_says_nothing_but_a_token_when_read() -> None:
    """L33: a paper card holds a random revocable token, not the member number."""
    token = codes.draw_secret()[:16]
    text = payloads.text_of(codes.PaperCard(token))
    assert codes.parse(text) == codes.PaperCard(token)
    assert base45.decode(text[4:])[:16] == token
    assert modules(text) <= 2


def test_units_and_orders_carry_the_code_printed_below() -> None:
    """V20: PL1U unit and PL1O order."""
    code = codes.draw_code()
    assert codes.parse(f"PL1U{code}") == codes.Unit(code)
    assert codes.parse(f"pl1o{code}") == codes.Order(code)
    wrong = code[:-1] + human.ALPHABET[human.ALPHABET.index(code[-1]) - 1]
    with pytest.raises(codes.CodeMistyped):
        codes.parse(f"PL1U{wrong}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "PL1V",
        "https://club.example.org/?b=PL1V&x",
        "PL2V000",
        "x" * 100_000,
        "\x00" * 12,
        "7KQ2M0XDWB5S" + "-" * 200,
    ],
)
def test_a_code_is_refused_when_it_is_not_ours(text: str) -> None:
    """V20: no address wraps a payload, and nothing else is guessed."""
    with pytest.raises(codes.CodeUnreadable) as refusal:
        codes.parse(text)
    assert refusal.value.facts["reason"] == "unreadable"
    assert refusal.value.problem()["slug"] == "invalid_request"


def test_typed_vectors_are_right() -> None:
    for example in VECTORS["typed"]:
        assert example["drawn"] + human.check_symbol(example["drawn"]) == example["code"]


def test_what_is_drawn_at_random_has_its_form() -> None:
    """SEC5: login codes have 6 digits."""
    assert all(re.fullmatch(r"[0-9]{6}", codes.login_code()) for _ in range(100))
    assert all(re.fullmatch(r"[0-9A-Za-z]{22}", codes.random_id()) for _ in range(100))
    assert all(
        re.fullmatch(r"[BCDFGHJKMNPRSTVWXZ]{3}-[0-9]{4}", codes.public_id()) for _ in range(100)
    )
    assert len({codes.random_token() for _ in range(100)}) == 100
    assert len(codes.random_token()) == 43
    assert len(codes.draw_long_id()) == 12
    assert len(codes.draw_secret()) == 32


def test_a_token_has_one_hash_when_text_or_bytes() -> None:
    assert codes.hash_token("token") == codes.hash_token(b"token")
    assert len(codes.hash_token("token")) == 32


@given(st.binary(min_size=16, max_size=16))
def test_a_public_id_gives_its_bytes_back(raw: bytes) -> None:
    assert chance.id_bytes(chance.id_text(raw)) == raw


@pytest.mark.parametrize("text", ["", "short", "z" * 22, "é" * 22])
def test_a_public_id_is_refused_when_it_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        chance.id_bytes(text)
