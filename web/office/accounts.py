"""The books of a period: reconciled, exported, corrected by reversal (B8, B10)."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.billing import books, journal, suspense
from backend.billing.rules import PaymentKind
from backend.billing.ways import NAMES
from backend.http import exports, forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.kit.errors import N_
from backend.kit.sheets import Column, Format, Kind, Sheet
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from web.office.lists import LISTS
from web.office.settings import MONEY
from web.office.staff import by
from web.office.treasury import HOME, AnyRequest, period, shown

HERE = f"{HOME}/comptes"
COLUMNS = (
    Column("Date", Kind.MOMENT),
    Column("Reçu"),
    Column("Libellé"),
    Column("Payé par"),
    Column("Mouvement"),
    Column("Moyen"),
    Column("Montant", Kind.CENTS),
    Column("Frais", Kind.CENTS),
)
KINDS = {
    PaymentKind.PAYMENT: "Paiement",
    PaymentKind.REFUND: "Remboursement",
    PaymentKind.DISPUTE: "Repris par la banque",
    PaymentKind.REINSTATED: "Rendu par la banque",
    PaymentKind.RETURNED: "Remboursement revenu",
}
PARTS = {
    "payouts": N_("Versé par Stripe à la banque"),
    "fees": N_("Frais gardés par Stripe"),
    "stripe": N_("Encore chez Stripe"),
    "suspense": N_("Chez Stripe, à expliquer (compte 471)"),
    "cleared": N_("Sorti du compte 471"),
    "cash": N_("Caisses du comptoir"),
    "cheques": N_("Chèques"),
    "transfers": N_("Virements reçus"),
}
BALANCES = {
    "online": (N_("Ventes en ligne"), N_("Paiements en ligne"), N_("Un paiement sans écriture.")),
    "cash": (N_("Ventes en espèces"), N_("Espèces des caisses"), N_("Un paiement sans caisse.")),
    "cheque": (N_("Ventes par chèque"), N_("Chèques reçus"), N_("Un chèque sans écriture.")),
    "transfer": (
        N_("Ventes par virement"),
        N_("Lignes de la banque"),
        N_("Des virements encaissés n'ont pas encore leur ligne de banque."),
    ),
    "payouts": (
        N_("Versements de Stripe, au journal"),
        N_("Versements dits par Stripe"),
        N_("Un versement n'est pas encore au journal."),
    ),
    "drawers": (
        N_("Compte 530, aujourd'hui"),
        N_("Argent des caisses"),
        N_("Une caisse n'a pas tout son argent au journal."),
    ),
    "cheques_kept": (
        N_("Compte 5112, aujourd'hui"),
        N_("Chèques à remettre"),
        N_("Un chèque n'est pas où il devrait être."),
    ),
}


class Reversal(msgspec.Struct, frozen=True):
    reason: str


@get(HERE, guards=[MONEY])
async def index(request: AnyRequest) -> Response[str]:
    asked = period(request)
    return await shown(
        request,
        "accounts",
        title=_("Comptes"),
        period=asked,
        reconciled=await books.reconciliation(asked.since, asked.until),
        entries=await journal.entries(asked.since, asked.until, 60),
        parts=PARTS,
        suspense=await suspense.waiting(),
        balances=BALANCES,
    )


async def _page(request: AnyRequest, entry: str, form: Form | None = None) -> Response[str]:
    return await shown(
        request,
        "entry",
        title=_("Contrepasser une écriture"),
        form=form,
        entry=await journal.get_entry(_number(entry)),
    )


@get(f"{HERE}/ecritures/{{entry:str}}", guards=[MONEY])
async def edit(request: AnyRequest, entry: FromPath[str]) -> Response[str]:
    return await _page(request, entry)


@post(f"{HERE}/ecritures/{{entry:str}}", guards=[MONEY])
@forms.again(_page)
async def update(request: AnyRequest, entry: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Reversal)
    await journal.reverse(by(request), _number(entry), wish.reason)
    return redirect(request, HERE, said="enregistre")


def _number(typed: str) -> int:
    """The number of an entry; no entry has any other."""
    return read_number(typed) or 0


@get(f"{HERE}/ventes", guards=[MONEY])
async def sales(request: AnyRequest) -> Response[Any]:
    """The sales journal of a period."""
    chosen = Format.XLSX if request.query_params.get("format") == Format.XLSX else Format.CSV
    asked = period(request)
    rows = [
        (
            each.received_at,
            each.receipt,
            each.label,
            each.payer,
            KINDS[PaymentKind(each.kind)],
            NAMES[each.way],
            each.amount_cents,
            each.fee_cents,
        )
        for each in await books.sales(asked.since, asked.until)
    ]
    sheet = Sheet("journal-des-ventes", COLUMNS, rows)
    span = f"{asked.since} {asked.until}"
    return await exports.send(request, sheet, chosen, seen_at=LISTS, period=span)


@get(f"{HERE}/fec", guards=[MONEY])
async def fec_file(request: AnyRequest) -> Response[Any]:
    """The journal of a period."""
    asked = period(request)
    return await exports.send_fec(request, asked.since, asked.until, seen_at=LISTS)
