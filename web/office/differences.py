"""What Stripe and the books do not say alike, for whoever answers for the money."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.billing import differences, reconciliations
from backend.billing.rules import DifferenceKind
from backend.http import forms
from backend.http.callers import staff
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.identity.rules import Role
from backend.kit.errors import N_
from web.office.staff import by

AnyRequest = Request[Any, Any, Any]
MONEY = staff(Role.TREASURER, Role.MANAGER)
HERE = "/gestion/ecarts"


class Advice(msgspec.Struct, frozen=True):
    """What it is, and what to do."""

    title: str
    todo: str


ADVICE = {
    DifferenceKind.AMOUNT: Advice(
        N_("La somme reçue n'est pas celle demandée"),
        N_(
            "Moins que demandé : aucun jour n'est donné. Voyez avec le foyer, puis rendez ou complétez."
        ),
    ),
    DifferenceKind.OBJECT: Advice(
        N_("Mouvement que le club n'a pas demandé"),
        N_("Il attend au compte 471. Cherchez-le chez Stripe par son numéro, puis classez-le."),
    ),
    DifferenceKind.ORDER: Advice(
        N_("Paiement d'une commande inconnue"),
        N_("Son argent attend au compte 471. Cherchez qui a payé chez Stripe, puis remboursez."),
    ),
    DifferenceKind.BALANCE: Advice(
        N_("Le solde de Stripe n'est pas celui du compte 5125"),
        N_("Comparez la liste des mouvements de Stripe au journal, à partir de ce jour."),
    ),
    DifferenceKind.RETURNED: Advice(
        N_("Un remboursement est revenu"),
        N_(
            "La banque du foyer ne l'a pas pris. Rendez l'argent autrement, au comptoir ou par virement."
        ),
    ),
    DifferenceKind.REFUSED: Advice(
        N_("Stripe a refusé un remboursement"),
        N_(
            "Ouvrez le paiement chez Stripe pour voir pourquoi. Rendez l'argent autrement s'il le faut."
        ),
    ),
    DifferenceKind.DISPUTED: Advice(
        N_("Paiement contesté par la banque"),
        N_(
            "Répondez chez Stripe dans les sept jours. Le foyer est prévenu, plus rien ne lui est pris."
        ),
    ),
}


class Closing(msgspec.Struct, frozen=True):
    note: str


@get(HERE, guards=[MONEY])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "office/differences/index.html",
        title="Écarts",
        space="office",
        waiting=await differences.waiting(),
        closed=await differences.closed(),
        advice=ADVICE,
        last=await reconciliations.last(),
    )


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    found = await differences.get(public_id)
    return await page(
        request,
        "office/differences/show.html",
        title="Un écart",
        space="office",
        difference=found,
        advice=ADVICE[found.kind],
        form=form or Form({}),
    )


@get(f"{HERE}/{{public_id:str}}", guards=[MONEY])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post(f"{HERE}/{{public_id:str}}", guards=[MONEY])
@forms.again(_page)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    closing = await forms.read(request, Closing)
    await differences.close(by(request), public_id, closing.note)
    return redirect(request, HERE, said="ecart-regle")


@post(f"{HERE}/relecture", guards=[MONEY])
async def create_reading(request: AnyRequest) -> Response[Any]:
    await reconciliations.ask()
    return redirect(request, HERE, said="relecture-demandee")
