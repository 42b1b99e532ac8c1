"""What people type, brought to one form: to be stored, found again and compared."""

import re
import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from backend.kit.errors import N_, Invalid

LONGEST_NAME = 100
MOST_FIGURES = 6  # of a person's name: a telephone number has more
LONGEST_EMAIL = 254
LONGEST_PHONE = 40
LONGEST_NUMBER = 15

# What Unicode does not take apart, though a French keyboard searches for it letter by letter.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
# Numbers the French regulator keeps for films and books: well-formed, never in service.
_FICTION = "+3363998"


class NameUnreadable(Invalid):
    slug = "name_unreadable"
    sentence = N_("Ce nom est vide, trop long, ou ce n'est pas un nom.")
    next = N_("Écrivez un nom de 1 à 100 lettres.")


class EmailUnreadable(Invalid):
    slug = "email_unreadable"
    sentence = N_("Cette adresse e-mail n'est pas juste.")
    next = N_("Écrivez par exemple prenom@exemple.fr.")


class PhoneUnreadable(Invalid):
    slug = "phone_unreadable"
    sentence = N_("Ce numéro de téléphone n'est pas juste.")
    next = N_("Écrivez par exemple 06 12 34 56 78.")


def fold(text: str) -> str:
    """Words without accents, case or punctuation, one space between them: what search compares."""
    apart = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", bare))


def slug(text: str) -> str:
    """For an address: "le-club-de-l-orme"; "sans-nom" where no Latin letter is left."""
    words = re.findall(r"[a-z0-9]+", fold(text))
    return "-".join(words) or "sans-nom"


def normalise_name(text: str) -> str:
    """A name as its owner writes it, without stray spaces and invisible characters."""
    composed = unicodedata.normalize("NFC", text)
    name = " ".join(_visible(composed).split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise NameUnreadable
    return name


def normalise_own_name(text: str) -> str:
    """Of a person: neighbours are shown it, so it says nowhere where somebody is reached (X3)."""
    name = normalise_name(text)
    if sum(c.isnumeric() for c in name) > MOST_FIGURES or "@" in name:
        raise NameUnreadable
    return name


def normalise_email(text: str) -> str:
    """The address in lower case, checked for form only: the code we send proves that it lives."""
    address = text.strip()
    if len(address) > LONGEST_EMAIL:
        raise EmailUnreadable
    try:
        valid = validate_email(address, allow_smtputf8=False, check_deliverability=False)
    except EmailNotValidError:
        raise EmailUnreadable from None
    return valid.normalized.lower()


def normalise_phone(text: str) -> str:
    """The number as E.164 ("+33612345678"); without a country code it is French."""
    number = _number(text)
    if number is None:
        raise PhoneUnreadable
    written: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(number) and not written.startswith(_FICTION):
        raise PhoneUnreadable
    return written


def guess_phone(text: str) -> str:
    """A number in its stored form where the text is one, "" where it is not: for a search."""
    number = _number(text)
    if number is None:
        return ""
    written: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written


def is_mobile(phone: str) -> bool:
    """Whether a number of ours (E.164) can be sent an SMS."""
    kind = phonenumbers.number_type(phonenumbers.parse(phone))
    mobile = phonenumbers.PhoneNumberType
    return phone.startswith(_FICTION) or kind in {mobile.MOBILE, mobile.FIXED_LINE_OR_MOBILE}


def show_phone(phone: str) -> str:
    """A number of ours (E.164) as it is read: "06 12 34 56 78", "+32 470 12 34 56" from abroad."""
    number = phonenumbers.parse(phone)
    formats = phonenumbers.PhoneNumberFormat
    home = number.country_code == phonenumbers.country_code_for_region("FR")
    return str(
        phonenumbers.format_number(number, formats.NATIONAL if home else formats.INTERNATIONAL)
    )


def fold_contract(text: str) -> str:
    """A tenancy contract number as it is compared: "l/01 002O6" is "L0100206".

    Spaces, case, punctuation and O for 0 are forgiven. I for 1 is not: the letters in front name
    a series, and "I/..." beside "1/..." would fall together.
    """
    apart = unicodedata.normalize("NFKD", text).upper()
    return re.sub(r"[^A-Z0-9]", "", apart).replace("O", "0")


def read_number(typed: object) -> int | None:
    """The number of a row as an address or a form gives it; None for what is none, or too long."""
    if not isinstance(typed, str) or not (typed.isascii() and typed.isdecimal()):
        return None
    return int(typed) if len(typed) <= LONGEST_NUMBER else None


def _visible(text: str) -> str:
    """Without control, format and private characters; tabs and line ends are spaces first."""
    spaced = re.sub(r"\s", " ", text)
    return "".join(c for c in spaced if unicodedata.category(c)[0] != "C")


def _number(text: str) -> phonenumbers.PhoneNumber | None:
    if len(text) > LONGEST_PHONE:
        return None
    try:
        return phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        return None
