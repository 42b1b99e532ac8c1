"""Papers of membership: the card, the trace of what staff did for somebody (M6, D6), reminders (N5)."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from backend.billing import bank
from backend.billing import queries as orders
from backend.billing.queries import Order
from backend.kit import clock, formats, papers, qr, text, tile
from backend.kit.codes import PaperCard as PrintedCard
from backend.kit.codes import text_of
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.membership.handing import Paper
from backend.membership.queries import Member
from backend.membership.rules import Category
from backend.places import queries as places

ENDS = N_("Votre adhésion finit le %(day)s.")
ENDED = N_("Votre adhésion est finie depuis le %(day)s.")


async def card(club: str, member: Member, token: bytes) -> bytes:
    """The PDF of a card that was just made: its token is nowhere else."""
    household = member.household_public_id
    data = {
        "title": _("Carte d'adhérent"),
        "club": club,
        "name": member.name,
        "household": _("Foyer %(number)s", number=household),
        "kind": _("Carte papier"),
        "tiles": papers.picture(tile.tile_rows(household, 2, 4)),
        "tile_name": tile.tile_name(household),
        "found": _("Trouvée ? Rendez-la au club."),
        "qr": papers.picture(qr.qr_svg(text_of(PrintedCard(token)))),
        "qr_words": _("Code de la carte"),
    }
    return await papers.render("membership", "card", data)


async def trace(club: str, member: Member, acts: Sequence[tuple[str, str, str]]) -> bytes:
    """The PDF of what was done: for each act its words, when, and by whom."""
    data = {
        "title": _("Ce que le club a fait pour vous"),
        "club": club,
        "name": member.name,
        "household": _("Foyer %(number)s", number=member.household_public_id),
        "acts": [{"what": what, "at": at, "by": by} for what, at, by in acts],
        "help": _("Vous n'avez pas demandé cela ? Dites-le au club."),
    }
    return await papers.render("membership", "trace", data)


async def letters(found: Sequence[Paper], amounts: Mapping[Category, str]) -> bytes:
    """The PDF of letters, a page each, the address behind the window of a long envelope.

    `amounts`: what 12 months cost, by category; "" where they cost nothing.
    """
    club = await places.find_club()
    name = club.name if club else await places.club_name()
    street = (club.street, f"{club.postcode} {club.town}".strip()) if club else ()
    phone = text.show_phone(club.phone) if club and club.phone else ""
    data = {
        "title": _("Rappels de cotisation"),
        "club": name,
        "sender": [line for line in (*street, phone) if line],
        "date": formats.day(clock.today()),
        "desks": [
            f"{site.name}, {site.street}, {site.postcode} {site.town}"
            for site in await places.sites()
        ],
        "letters": [letter(one, name, amounts[one.category]) for one in found],
    }
    return await papers.render("membership", "letters", data)


def letter(one: Paper, club: str, amount: str) -> dict[str, Any]:
    """What one page holds; `pays`: it says how."""
    place = (one.place, one.residence, one.street, f"{one.postcode} {one.town}".strip())
    return {
        "to": [one.names, *(line for line in place if line)],
        "household": _("Foyer n° %(number)s", number=one.household),
        "subject": _("Votre adhésion : %(club)s", club=club),
        "words": letter_words(one, amount),
        "pays": bool(amount),
    }


def letter_words(one: Paper, amount: str) -> list[str]:
    """What a letter says on the day it is printed: before the term, in grace, after it."""
    term, today = formats.day(one.term_on), clock.today()
    if not amount:
        return _free_words(one, term, today)
    price = _("%(amount)s pour 12 mois, pour tout le foyer", amount=amount)
    if today <= one.term_on:
        return [_(ENDS, day=term), _("Pour rester adhérent, payez %(price)s.", price=price)]
    ended = _(ENDED, day=term)
    if today < one.over_on:
        soon = _("Payez avant le %(day)s : vous ne perdez aucun jour.", day=_over(one))
        return [ended, soon + " " + _("C'est %(price)s.", price=price)]
    return [
        ended,
        _("Vos bons et votre carte ne marchent plus."),
        _("Vous pouvez revenir à tout moment. C'est %(price)s.", price=price),
    ]


def _over(one: Paper) -> str:
    return formats.day(one.over_on)


def _free_words(one: Paper, term: str, today: date) -> list[str]:
    come = _("Votre adhésion est gratuite. Pour la continuer, passez à la conciergerie.")
    if today <= one.term_on:
        return [_(ENDS, day=term), come]
    ended = _(ENDED, day=term)
    if today < one.over_on:
        return [
            ended,
            _("Vos bons et votre carte marchent encore, avant le %(day)s.", day=_over(one)),
            come,
        ]
    return [ended, _("Vos bons et votre carte ne marchent plus."), come]


async def visits(found: Sequence[Paper], amounts: Mapping[Category, str], mark: str) -> bytes:
    """The PDF of a round from door to door; `mark` says at the foot who printed it."""
    data = {
        "title": _("Visites : rappels de cotisation"),
        "club": await places.club_name(),
        "date": formats.day(clock.today()),
        "mark": mark,
        "homes": [
            {"where": where, "doors": [door(one, amounts[one.category]) for one in group]}
            for where, group in groupby(found, _where)
        ],
    }
    return await papers.render("membership", "visits", data)


def _where(one: Paper) -> str:
    parts = (one.residence, one.street, f"{one.postcode} {one.town}".strip())
    return ", ".join(part for part in parts if part)


def door(one: Paper, amount: str) -> dict[str, str]:
    """A line of the round."""
    return {
        "place": one.place or "–",
        "name": one.names,
        "household": one.household,
        "term": formats.short_day(one.term_on, clock.today()),
        "amount": amount or _("gratuit"),
    }


async def transfer(order: Order) -> bytes:
    """What the member needs to pay: to whom, how much, and the reference to write on it."""
    account = await bank.account()
    payer = await orders.get_payer(order.payer_id)
    reference = await orders.reference_of(order)
    facts = [
        [_("À l'ordre de"), account.holder if account else _("le club")],
        ["IBAN", account.said if account else _("demandez-le au comptoir")],
        ["BIC", account.bic if account else ""],
        [_("Somme"), formats.euros(order.amount_cents)],
        [_("Référence à écrire"), reference],
    ]
    said = {
        "title": _("Payer par virement"),
        "payer": payer.name,
        "label": order.label,
        "facts": [[what, fact] for what, fact in facts if fact],
        "help": _(
            "Écrivez la référence dans le motif du virement. L'adhésion commence quand l'argent arrive."
        ),
    }
    return await papers.render("membership", "transfer", said)
