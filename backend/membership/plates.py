"""Papers of membership: the card, the trace of what staff did for somebody (M6, D6), reminders (N5)."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from backend.billing import bank
from backend.billing import queries as orders
from backend.billing.queries import Order
from backend.kit import clock, formats, papers, qr, text, tile
from backend.kit.codes import PaperCard as PrintedCard
from backend.kit.codes import text_of
from backend.membership.handing import Paper
from backend.membership.queries import Member
from backend.membership.rules import Category
from backend.places import queries as places


async def card(club: str, member: Member, token: bytes) -> bytes:
    """The PDF of a card that was just made: its token is nowhere else."""
    household = member.household_public_id
    data = {
        "title": "Carte d'adhérent",
        "club": club,
        "name": member.name,
        "household": f"Foyer {household}",
        "kind": "Carte papier",
        "tiles": papers.picture(tile.tile_rows(household, 2, 4)),
        "tile_name": tile.tile_name(household),
        "found": "Trouvée ? Rendez-la au club.",
        "qr": papers.picture(qr.qr_svg(text_of(PrintedCard(token)))),
        "qr_words": "Code de la carte",
    }
    return await papers.render("membership", "card", data)


async def trace(club: str, member: Member, acts: Sequence[tuple[str, str, str]]) -> bytes:
    """The PDF of what was done: for each act its words, when, and by whom."""
    data = {
        "title": "Ce que le club a fait pour vous",
        "club": club,
        "name": member.name,
        "household": f"Foyer {member.household_public_id}",
        "acts": [{"what": what, "at": at, "by": by} for what, at, by in acts],
        "help": "Vous n'avez pas demandé cela ? Dites-le au club.",
    }
    return await papers.render("membership", "trace", data)


async def letters(found: Sequence[Paper], amounts: Mapping[Category, str]) -> bytes:
    """The PDF of letters, a page each, the address behind the window of a long envelope.

    `amounts`: what 12 months cost, by category.
    """
    club = await places.find_club()
    name = club.name if club else await places.club_name()
    street = (club.street, f"{club.postcode} {club.town}".strip()) if club else ()
    phone = text.show_phone(club.phone) if club and club.phone else ""
    data = {
        "title": "Rappels de cotisation",
        "club": name,
        "sender": [line for line in (*street, phone) if line],
        "date": formats.day(clock.today()),
        "desks": [
            f"{site.name}, {site.street}, {site.postcode} {site.town}"
            for site in await places.sites()
        ],
        "letters": [_letter(one, name, amounts[one.category]) for one in found],
    }
    return await papers.render("membership", "letters", data)


def _letter(one: Paper, club: str, amount: str) -> dict[str, Any]:
    place = (one.place, one.residence, one.street, f"{one.postcode} {one.town}".strip())
    return {
        "to": [one.names, *(line for line in place if line)],
        "household": f"Foyer n° {one.household}",
        "subject": f"Votre adhésion : {club}",
        "words": letter_words(one, amount),
    }


def letter_words(one: Paper, amount: str) -> list[str]:
    """What a letter says on the day it is printed: before the term, in grace, after it."""
    term, today = formats.day(one.term_on), clock.today()
    price = f"{amount} pour 12 mois, pour tout le foyer"
    if today <= one.term_on:
        return [f"Votre adhésion finit le {term}.", f"Pour rester adhérent, payez {price}."]
    ended = f"Votre adhésion est finie depuis le {term}."
    if today < one.over_on:
        last = formats.day(one.over_on)
        return [ended, f"Payez avant le {last} : vous ne perdez aucun jour. C'est {price}."]
    return [
        ended,
        "Vos bons et votre carte ne marchent plus.",
        f"Vous pouvez revenir à tout moment. C'est {price}.",
    ]


async def visits(found: Sequence[Paper], amounts: Mapping[Category, str], mark: str) -> bytes:
    """The PDF of a round from door to door; `mark` says at the foot who printed it."""
    data = {
        "title": "Visites : rappels de cotisation",
        "club": await places.club_name(),
        "date": formats.day(clock.today()),
        "mark": mark,
        "homes": [
            {"where": where, "doors": [_door(one, amounts[one.category]) for one in group]}
            for where, group in groupby(found, _where)
        ],
    }
    return await papers.render("membership", "visits", data)


def _where(one: Paper) -> str:
    parts = (one.residence, one.street, f"{one.postcode} {one.town}".strip())
    return ", ".join(part for part in parts if part)


def _door(one: Paper, amount: str) -> dict[str, str]:
    return {
        "place": one.place or "–",
        "name": one.names,
        "household": one.household,
        "term": formats.short_day(one.term_on, clock.today()),
        "amount": amount,
    }


async def transfer(order: Order) -> bytes:
    """What the member needs to pay: to whom, how much, and the reference to write on it."""
    account = await bank.account()
    payer = await orders.get_payer(order.payer_id)
    reference = await orders.reference_of(order)
    facts = [
        ["À l'ordre de", account.holder if account else "le club"],
        ["IBAN", account.said if account else "demandez-le au comptoir"],
        ["BIC", account.bic if account else ""],
        ["Somme", formats.euros(order.amount_cents)],
        ["Référence à écrire", reference],
    ]
    said = {
        "title": "Payer par virement",
        "payer": payer.name,
        "label": order.label,
        "facts": [[what, fact] for what, fact in facts if fact],
        "help": "Écrivez la référence dans le motif du virement. L'adhésion commence quand l'argent arrive.",
    }
    return await papers.render("membership", "transfer", said)
