"""Papers of services: the ticket somebody takes home (S4), and what the counter ticks off on paper (S3)."""

from typing import Any

from backend.kit import clock, codes, formats, papers, qr
from backend.kit.codes import Order
from backend.kit.translations import translated as _
from backend.orders.lists import Sum
from backend.orders.queries import Round, Ticket
from backend.places import queries as places


async def print_ticket(ticket: Ticket) -> bytes:
    """The PDF: what was left or ordered, and the code it is collected with."""
    lines = [
        {
            "name": f"{line.count} × {line.name}",
            "words": line.words,
            "price": formats.euros(line.cents) if line.cents else "",
        }
        for line in ticket.lines
    ]
    said: dict[str, Any] = {
        "title": ticket.service_name,
        "club": await places.club_name(),
        "name": ticket.short_name,
        "household": _("Foyer %(number)s", number=ticket.household) if ticket.household else "",
        "at": formats.moment(ticket.ordered_at),
        "site": ticket.site,
        "day": _("À prendre le %(day)s.", day=formats.day(ticket.due_on)) if ticket.due_on else "",
        "lines": lines,
        "total": _total(ticket),
        "code": codes.grouped(ticket.code),
        "qr": papers.picture(qr.qr_svg(codes.text_of(Order(ticket.code)))),
        "help": _("Montrez ce papier au comptoir pour reprendre vos affaires."),
    }
    return await papers.render("orders", "ticket", said)


async def print_round(round_: Round, tickets: list[Ticket], sums: list[Sum]) -> bytes:
    """For the counter: who gets what, with a box to tick."""
    said: dict[str, Any] = {
        "title": f"{round_.service_name}, {formats.day(round_.due_on)}",
        "club": await places.club_name(),
        "site": round_.site,
        "at": formats.moment(clock.now()),
        "sums": [f"{each.count} × {each.name}" for each in sums],
        "tickets": [
            {
                "name": ticket.name or "–",
                "code": codes.grouped(ticket.code),
                "said": ticket.said,
                "due": formats.euros(ticket.due_cents) if ticket.due_cents else _("payé"),
            }
            for ticket in tickets
        ],
    }
    return await papers.render("orders", "round", said)


def _total(ticket: Ticket) -> str:
    if ticket.amount_cents == 0:
        return ""
    if ticket.due_cents == 0:
        return _("Payé : %(amount)s", amount=formats.euros(ticket.amount_cents))
    return _("À payer : %(amount)s", amount=formats.euros(ticket.due_cents))
