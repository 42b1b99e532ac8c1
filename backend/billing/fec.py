"""The journal as the tax administration reads it: the "fichier des écritures comptables".

Source: Livre des procédures fiscales, art. A47 A-1, VII (18 columns in this order for double entry,
separated by a tab or "|"; the first line names them; dates AAAAMMJJ; amounts with a decimal comma,
without thousands; the file is named SIREN, "FEC", the day the year closes). Entries stand in the
order they were validated in, which here is the order they were written in: nothing changes after.
"""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import msgspec

from backend.audit.lists import Maker, Tell
from backend.billing.books import PAPER
from backend.billing.rules import Account
from backend.kit import clock, money
from backend.kit.database import fetch, fetch_value

COLUMNS = (
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "CompAuxNum",
    "CompAuxLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "EcritureLet",
    "DateLet",
    "ValidDate",
    "Montantdevise",
    "Idevise",
)
ACCOUNTS = {
    Account.BANK: "Banque",
    Account.STRIPE: "Stripe",
    Account.CASH: "Caisse",
    Account.CHEQUES: "Chèques à encaisser",
    Account.PAYER: "Adhérents",
    Account.HELD: "Sommes à rendre",
    Account.WAITING: "Compte d'attente",
    Account.DUES: "Cotisations",
    Account.PARTNER_DUES: "Cotisations des partenaires",
    Account.FEES: "Services bancaires",
    Account.SHORT: "Charges diverses de gestion courante",
    Account.OVER: "Produits divers de gestion courante",
    Account.PURCHASES: "Achats non stockés de matières et fournitures",
    Account.RENT: "Locations",
    Account.UPKEEP: "Entretien et réparations",
    Account.INSURANCE: "Primes d'assurance",
    Account.SUNDRY: "Divers",
    Account.PUBLICITY: "Publicité, publications, relations publiques",
    Account.TRAVEL: "Déplacements, missions et réceptions",
    Account.POST: "Frais postaux et de télécommunications",
    Account.BANK_CHARGES: "Autres frais et commissions",
    Account.WAGES: "Rémunérations du personnel",
    Account.DEPOSITS: "Dépôts et cautionnements reçus",
    Account.LOANS: "Locations diverses",
    Account.LOAN_DAMAGES: "Autres produits divers de gestion courante",
    Account.SERVICES: "Autres produits d'activités annexes",
    Account.ACTIVITIES: "Participations aux activités",
}
JOURNALS = {
    "online": ("ST", "Paiements en ligne"),
    "monthly": ("ST", "Paiements en ligne"),
    "cash": ("CA", "Caisse"),
    "cheque": ("CH", "Chèques"),
    "transfer": ("BQ", "Banque"),
    "": ("OD", "Opérations diverses"),
}
BATCH = 2_000
NAME = "fec"


class Wish(msgspec.Struct, frozen=True):
    """Both days included."""

    since: date
    until: date


async def name(until: date) -> str:
    """SIREN, "FEC" and the last day; an association without SIREN begins with "FEC"."""
    siret = await fetch_value("SELECT siret FROM club")
    return f"{(siret or '')[:9]}FEC{until:%Y%m%d}.txt"


async def count(since: date, until: date) -> int:
    """How many lines it has, its heading not counted."""
    found: int = await fetch_value(
        "SELECT count(*) FROM journal_entry e JOIN journal_line l ON l.entry = e.id"
        " WHERE e.booked_on BETWEEN $1 AND $2",
        since,
        until,
    )
    return found


async def lines(since: date, until: date) -> AsyncIterator[bytes]:
    """The file piece by piece, both days included: a long one is never whole in memory.

    An entry's number is its place among those of its year, in the order they were written.
    """
    yield _line(COLUMNS)
    years = range(since.year, until.year + 1)
    for year in years:
        after, number = 0, 0
        while rows := await fetch(BOOKED, date(year, 1, 1), date(year, 12, 31), after, BATCH):
            told = []
            for row in rows:
                if row["id"] != after:
                    after, number = row["id"], number + 1
                if since <= row["booked_on"] <= until:
                    told.append(_line(_cells(row, number)))
            yield b"".join(told)


async def _made(source: bytes, tell: Tell) -> AsyncIterator[bytes]:
    """As a long list: how many lines are done is told after each piece."""
    wish, done = msgspec.json.decode(source, type=Wish), -1  # the heading is no line of the journal
    async for piece in lines(wish.since, wish.until):
        done += piece.count(b"\n")
        tell(done)
        yield piece


# Files that are made piece by piece, by name.
MAKERS: dict[str, Maker] = {NAME: _made}


BOOKED = f"""
SELECT e.id, e.key, e.label, e.booked_on, coalesce(e.written_at, e.booked_at) AS written_at, l.account, l.debit_cents, l.credit_cents,
  coalesce(p.way, '') AS way,
  coalesce({PAPER}, e.key) AS piece
FROM (SELECT * FROM journal_entry WHERE booked_on BETWEEN $1 AND $2 AND id > $3 ORDER BY id LIMIT $4) e
JOIN journal_line l ON l.entry = e.id LEFT JOIN payment p ON p.id = e.payment
LEFT JOIN receipt r ON r.payment = p.id ORDER BY e.id, l.id
"""  # noqa: S608 - our own words only


def _cells(row: Any, number: int) -> tuple[str, ...]:
    code, journal = JOURNALS[row["way"]]
    return (
        code,
        journal,
        str(number),
        f"{row['booked_on']:%Y%m%d}",
        row["account"],
        ACCOUNTS[Account(row["account"])],
        "",
        "",
        row["piece"],
        f"{row['booked_on']:%Y%m%d}",
        row["label"],
        money.plain(row["debit_cents"]),
        money.plain(row["credit_cents"]),
        "",
        "",
        f"{clock.paris(row['written_at']):%Y%m%d}",
        "",
        "",
    )


def _line(cells: tuple[str, ...]) -> bytes:
    plain = ("".join(" " if each in "\t|\r\n" else each for each in cell) for cell in cells)
    return ("\t".join(plain) + "\r\n").encode()
