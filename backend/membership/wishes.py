"""What somebody types to join, read field by field; every wrong field is named at once."""

import re
from collections.abc import Callable

import msgspec

from backend.kit import text
from backend.kit.errors import N_, Invalid
from backend.membership.rules import Category
from backend.membership.service.homes import HomeWish
from backend.membership.service.joining import JoinWish
from backend.people.rules import read_address

MOST_ROOMS = 6
LONGEST = 120
NAMES = {
    "given_name": N_("Écrivez votre prénom, de 1 à 100 lettres."),
    "family_name": N_("Écrivez votre nom, de 1 à 100 lettres."),
}


class Typed(msgspec.Struct, kw_only=True):
    """The form as it was typed."""

    category: Category = Category.TENANT
    given_name: str = ""
    family_name: str = ""
    address: str = ""
    contract: str = ""
    rooms: int | None = None
    street: str = ""
    postcode: str = ""
    town: str = ""


def check_person(typed: Typed) -> None:
    """Who it is and where the code goes: the first step. Raises Invalid."""
    _refuse(_wrong_person(typed))


def read_wish(typed: Typed) -> JoinWish:
    """The whole form. Raises Invalid with every wrong field."""
    _refuse(_wrong_person(typed) | _wrong_home(typed))
    tenant = typed.category is Category.TENANT
    return JoinWish(
        given_name=text.normalise_own_name(typed.given_name),
        family_name=text.normalise_own_name(typed.family_name),
        category=typed.category,
        contract=typed.contract if tenant else "",
        rooms=typed.rooms if tenant else None,
        street="" if tenant else typed.street,
        postcode=_digits(typed.postcode),
        town="" if tenant else typed.town,
    )


def read_home(said: str, street: str, postcode: str, town: str) -> HomeWish:
    """Where a household lives, as staff say it: a dwelling of the list by its number, or an address.

    `said` is that number, "tenant" or "neighbour". Raises Invalid with every wrong field.
    """
    number = text.read_number(said)
    if number is not None:
        return HomeWish(dwelling_id=number)
    if said not in {Category.TENANT, Category.NEIGHBOUR}:
        raise Invalid({"home": N_("Choisissez une réponse de la liste.")})
    _refuse(_wrong_address(street, postcode, town))
    return HomeWish(
        category=Category(said),
        street=street.strip(),
        postcode=_digits(postcode),
        town=town.strip(),
    )


def _wrong_person(typed: Typed) -> dict[str, str]:
    wrong = {
        name: sentence
        for name, sentence in NAMES.items()
        if _tried(name, text.normalise_own_name, getattr(typed, name))
    }
    wrong |= _tried("address", read_address, typed.address)
    if typed.category not in {Category.TENANT, Category.NEIGHBOUR}:
        wrong["category"] = N_("Choisissez une réponse de la liste.")
    return wrong


def _wrong_home(typed: Typed) -> dict[str, str]:
    if typed.category is Category.TENANT:
        return _wrong_postcode(typed.postcode) | _wrong_dwelling(typed)
    return _wrong_address(typed.street, typed.postcode, typed.town)


def _wrong_address(street: str, postcode: str, town: str) -> dict[str, str]:
    wrong = _wrong_postcode(postcode)
    for name, value in (("street", street), ("town", town)):
        if not 0 < len(value.strip()) <= LONGEST:
            wrong[name] = N_("Remplissez ce champ.")
    return wrong


def _wrong_postcode(postcode: str) -> dict[str, str]:
    if re.fullmatch(r"[0-9]{5}", _digits(postcode)):
        return {}
    return {"postcode": N_("Écrivez les 5 chiffres de votre code postal.")}


def _wrong_dwelling(typed: Typed) -> dict[str, str]:
    """Form only: whether a contract is known is told to nobody."""
    if not typed.contract:
        return {}
    wrong = {}
    if not text.fold_contract(typed.contract) or len(typed.contract) > LONGEST:
        wrong["contract"] = N_("Copiez le numéro de votre avis d'échéance, ou laissez vide.")
    if typed.rooms is None or not 1 <= typed.rooms <= MOST_ROOMS:
        wrong["rooms"] = N_("Choisissez le nombre de pièces.")
    return wrong


def _tried(name: str, read: Callable[[str], object], value: str) -> dict[str, str]:
    try:
        read(value)
    except Invalid as refusal:
        return {name: f"{refusal.said()} {refusal.advice()}"}
    return {}


def _refuse(wrong: dict[str, str]) -> None:
    if wrong:
        raise Invalid(wrong)


def _digits(value: str) -> str:
    return re.sub(r"\s", "", value)
