"""A service as the office describes it, and what is wrong with it (S1): pure."""

from datetime import time

import msgspec

from backend.kit.errors import N_
from backend.kit.text import EmailUnreadable, normalise_email
from backend.orders.errors import ServiceWrong
from backend.orders.rules import FORGET_DAYS, REMIND_DAYS, UNCLAIMED_DAYS, PayAt

LONGEST_NAME, LONGEST_WORDS = 60, 400
ICONS = (
    "shopping-basket",
    "shirt",
    "croissant",
    "package",
    "copy",
    "washing-machine",
    "tag",
    "gift",
)


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a service. `merchant`: a partner's public id. `ended`: offered no more."""

    name: str
    icon: str = ICONS[0]
    words: str = ""
    merchant: str = ""
    sent_to: str = ""
    weekly: bool = False
    brings_in: bool = False
    holds: bool = False
    pay_at: PayAt = PayAt.COLLECTION
    remind_days: int = REMIND_DAYS
    unclaimed_days: int = UNCLAIMED_DAYS
    forget_days: int = FORGET_DAYS
    ended: bool = False


class ServiceWish(Described, frozen=True, kw_only=True):
    """The same with its address, its sites by public id, and its week where it has one."""

    slug: str
    sites: tuple[str, ...] = ()
    delivery_weekday: int | None = None
    cutoff_weekday: int | None = None
    cutoff_time: time | None = None


def check_service(wish: ServiceWish) -> None:
    """What the database would refuse too, said field by field. Raises ServiceWrong."""
    wrong = {**_wrong_words(wish), **_wrong_days(wish)}
    if wrong:
        raise ServiceWrong(wrong)


def _wrong_words(wish: ServiceWish) -> dict[str, str]:
    wrong = {}
    if not wish.name.strip() or len(wish.name) > LONGEST_NAME:
        wrong["name"] = N_("Écrivez un nom, 60 lettres au plus.")
    elif not wish.slug:
        wrong["name"] = N_("Écrivez un nom avec des lettres.")
    if len(wish.words) > LONGEST_WORDS:
        wrong["words"] = N_("400 lettres au plus.")
    if wish.icon not in ICONS:
        wrong["icon"] = N_("Choisissez une image de la liste.")
    if not wish.sites:
        wrong["sites"] = N_("Choisissez au moins un lieu.")
    if wish.sent_to and not _is_address(wish.sent_to):
        wrong["sent_to"] = N_("Écrivez une adresse e-mail, ou laissez vide.")
    return wrong


def _wrong_days(wish: ServiceWish) -> dict[str, str]:
    wrong = {}
    weekdays = (wish.delivery_weekday, wish.cutoff_weekday)
    if wish.weekly and (wish.cutoff_time is None or not all(d in range(7) for d in weekdays)):
        wrong["cutoff_time"] = N_("Choisissez le jour de livraison, et jusqu'à quand on commande.")
    if wish.holds and (wish.weekly or wish.brings_in or wish.pay_at is not PayAt.NOTHING):
        wrong["holds"] = N_("Un colis ne se commande pas et ne se paie pas ici.")
    if not 1 <= wish.remind_days <= min(90, wish.unclaimed_days) or wish.unclaimed_days > 365:
        wrong["remind_days"] = N_("Le rappel vient avant la fin : de 1 à 90 jours.")
    if not 1 <= wish.forget_days <= FORGET_DAYS:
        wrong["forget_days"] = N_("De 1 à 30 jours.")
    return wrong


def _is_address(typed: str) -> bool:
    try:
        normalise_email(typed)
    except EmailUnreadable:
        return False
    return True


def check_item(name: str) -> str:
    """The name of a line of the price list, as it is kept. Raises ServiceWrong."""
    said = name.strip()
    if not said or len(said) > LONGEST_NAME:
        raise ServiceWrong({"item": N_("Écrivez un nom, 60 lettres au plus.")})
    return said
