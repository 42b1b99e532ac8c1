import pytest

from backend.kit import text


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Épinay-sur-Seine", "epinay sur seine"),
        ("  BŒUF   couronné ", "boeuf couronne"),
        ("L’Île", "l ile"),
        ("e\u0301cole", "ecole"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("Ёлка", "елка"),
        ("a\x00b", "a b"),
        ("...", ""),
    ],
)
def test_words_are_found_whatever_their_accents_when_folded(typed: str, folded: str) -> None:
    assert text.fold(typed) == folded


def test_an_address_has_a_name_when_no_latin_letter_is_left() -> None:
    assert text.slug("Le Club de l'Orme") == "le-club-de-l-orme"
    assert text.slug("東京") == "sans-nom"


def test_a_name_keeps_its_letters_when_stray_marks_are_taken_away() -> None:
    assert text.normalise_name("  Jean\u200b\tde  La\u202eFontaine\n") == "Jean de LaFontaine"
    assert text.normalise_name("Zoe\u0308") == "Zoë"
    assert text.normalise_name("N'Golo") == "N'Golo"


@pytest.mark.parametrize("typed", ["", " \u200b ", "\x00", "x" * 101])
def test_a_name_is_refused_when_nothing_is_left_or_too_much(typed: str) -> None:
    with pytest.raises(text.NameUnreadable):
        text.normalise_name(typed)


def test_an_address_has_one_form_when_typed_in_capitals() -> None:
    assert text.normalise_email(" Alice.Martin@Example.ORG ") == "alice.martin@example.org"


@pytest.mark.parametrize(
    "typed",
    ["", "alice", "alice@", "@example.org", "a b@example.org", "A <a@example.org>", "é@example.org",
     "a@localhost", "a@example.org\nBcc: b@example.org", "a" * 300 + "@example.org", "a@b@c.fr"],
)  # fmt: skip
def test_an_address_is_refused_when_no_mail_could_go_there(typed: str) -> None:
    with pytest.raises(text.EmailUnreadable):
        text.normalise_email(typed)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("06 12 34 56 78", "+33612345678"),
        ("06.12.34.56.78", "+33612345678"),
        ("+33 (0)6 12 34 56 78", "+33612345678"),
        ("0033612345678", "+33612345678"),
        ("+32 470 12 34 56", "+32470123456"),
        ("06 39 98 12 34", "+33639981234"),
    ],
)
def test_a_number_has_one_form_when_typed_in_many(typed: str, number: str) -> None:
    assert text.normalise_phone(typed) == number


@pytest.mark.parametrize("typed", ["", "abc", "0612", "06123456789", "99 99 99 99 99", "1" * 5000])
def test_a_number_is_refused_when_nobody_can_have_it(typed: str) -> None:
    with pytest.raises(text.PhoneUnreadable):
        text.normalise_phone(typed)


def test_a_number_gets_messages_when_it_is_a_mobile() -> None:
    assert text.is_mobile("+33612345678")
    assert text.is_mobile("+33639981234")
    assert not text.is_mobile("+33199001234")


def test_a_number_is_read_in_pairs_when_it_is_french() -> None:
    assert text.show_phone("+33612345678") == "06 12 34 56 78"
    assert text.show_phone("+32470123456") == "+32 470 12 34 56"


@pytest.mark.parametrize(
    "typed", ["L/0100206", "l/0100206", " L / 010 0206 ", "L-O1OO2O6", "l0100206"]
)
def test_a_contract_is_the_same_when_spaces_case_or_zeros_differ(typed: str) -> None:
    assert text.fold_contract(typed) == "L0100206"


def test_a_contract_is_another_one_when_a_letter_is_a_digit() -> None:
    assert text.fold_contract("I/100") != text.fold_contract("1/100")
    assert text.fold_contract("…") == ""


@pytest.mark.parametrize("typed", ["Bob 0612345678", "Bob 06 12 34 56 78", "bob@example.org"])
def test_a_name_is_refused_when_it_says_where_somebody_is_reached(typed: str) -> None:
    """X3: names are shown to neighbours before both say yes."""
    with pytest.raises(text.NameUnreadable):
        text.normalise_own_name(typed)
