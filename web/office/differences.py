"""What Stripe and the books do not say alike, for whoever answers for the money."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.billing import differences, reconciliations, refunds, unsent
from backend.billing import queries as billing
from backend.billing.differences import Difference
from backend.billing.rules import DifferenceKind
from backend.http import forms
from backend.http.callers import staff
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.identity.rules import Role
from backend.jobs import unsent as letters
from backend.kit import given_up
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.membership import proofs
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
        N_("La somme n'est pas celle attendue"),
        N_(
            "Reçu moins que demandé : aucun jour n'est donné. Rendu plus que reçu : c'est rendu deux fois."
            " Voyez avec le foyer, puis rendez, complétez ou reprenez."
        ),
    ),
    DifferenceKind.OBJECT: Advice(
        N_("Mouvement que le club n'a pas demandé"),
        N_("Il attend au compte 471. Cherchez-le chez Stripe, puis dites ce que c'est."),
    ),
    DifferenceKind.ORDER: Advice(
        N_("Paiement d'une commande inconnue"),
        N_("Son argent attend au compte 471. Cherchez qui a payé chez Stripe, puis dites-le."),
    ),
    DifferenceKind.BALANCE: Advice(
        N_("Le solde de Stripe n'est pas celui du compte 5125"),
        N_("Comparez la liste des mouvements de Stripe au journal, à partir de ce jour."),
    ),
    DifferenceKind.RETURNED: Advice(
        N_("Un remboursement est revenu"),
        N_(
            "La banque du foyer ne l'a pas pris. Rendez l'argent en espèces ou par virement, et notez-le ici."
        ),
    ),
    DifferenceKind.REFUSED: Advice(
        N_("Stripe a refusé un remboursement"),
        N_("Voyez chez Stripe pourquoi. S'il le faut, rendez l'argent en espèces ou par virement."),
    ),
    DifferenceKind.DISPUTED: Advice(
        N_("Paiement contesté par la banque"),
        N_("Voyez la preuve chez Stripe. Le foyer est prévenu, plus rien ne lui est pris."),
    ),
    DifferenceKind.UNSENT: Advice(
        N_("Une demande n'est pas arrivée chez Stripe"),
        N_("Stripe n'a pas répondu, de nombreuses fois. Réessayez, ou faites-le chez Stripe."),
    ),
    DifferenceKind.ENDED: Advice(
        N_("Paiement d'un foyer ou d'un partenaire parti"),
        N_("Personne n'en profite. Voyez avec la famille ou le partenaire, puis rendez l'argent."),
    ),
}
# What was asked of Stripe, by the first word of the letter's key.
LETTERS = {
    "refund": N_("Un remboursement"),
    "subscription_stop": N_("L'arrêt d'un paiement mensuel"),
    "subscription_end": N_("La fin d'un paiement mensuel"),
    "charge": N_("Un paiement demandé par le club"),
    "charge:dues": N_("Un renouvellement. Le foyer sait qu'il n'a pas eu lieu"),
    "charge:lending": N_("Une somme due pour un prêt. Le foyer la doit toujours"),
    "charge:hold": N_("Une caution pour un prêt. Rien n'est bloqué sur la carte"),
    "capture": N_("Une caution à prendre sur une carte"),
    "release": N_("Une caution à débloquer"),
    "method_detach": N_("Une carte à retirer de chez Stripe"),
    "customer_forget": N_("L'effacement d'un client"),
}
STATES = {
    given_up.State.SENT: N_("C'est parti depuis"),
    given_up.State.WAITING: N_("Un nouvel essai est en cours"),
    given_up.State.GIVEN_UP: N_("Plus personne n'essaie"),
    given_up.State.GONE: N_("La demande est trop vieille"),
}


class Closing(msgspec.Struct, frozen=True):
    note: str


@get(HERE, guards=[MONEY])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "office/differences/index.html",
        title=_("Écarts"),
        space="office",
        waiting=await differences.waiting(),
        closed=await differences.closed(),
        advice=ADVICE,
        last=await reconciliations.last(),
    )


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    found = await differences.get(public_id)
    of_letter = found.kind is DifferenceKind.UNSENT
    state = await given_up.state(found.about) if of_letter else None
    stopped = state is given_up.State.GIVEN_UP and found.closed_at is None
    return await page(
        request,
        "office/differences/show.html",
        title=_("Un écart"),
        space="office",
        difference=found,
        advice=ADVICE[found.kind],
        given=await refunds.given_back(found.order) if found.order else [],
        notice=await proofs.notice_of(found.order) if found.order else None,
        letter=await _letter(found) if of_letter else None,
        state=STATES[state] if state else None,
        may_try=stopped and unsent.may_try_again(found.about),
        may_drop=stopped and found.order is not None and unsent.may_drop(found.about),
        form=form or Form({}),
    )


async def _letter(found: Difference) -> str:
    """What was asked of Stripe; a charge by ourselves is said by what it is for."""
    asked = found.about.partition(":")[0]
    if asked == "charge" and found.order:
        asked = f"{asked}:{(await billing.get_order(found.order)).kind}"
    return LETTERS.get(asked) or LETTERS[asked.partition(":")[0]]


@get(f"{HERE}/{{public_id:str}}", guards=[MONEY])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post(f"{HERE}/{{public_id:str}}", guards=[MONEY])
@forms.again(_page)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    closing = await forms.read(request, Closing)
    await differences.close(by(request), public_id, closing.note)
    return redirect(request, HERE, said="ecart-regle")


@post(f"{HERE}/{{public_id:str}}/essai", guards=[MONEY])
async def create_try(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """A worker tries at once; the page says what came of it."""
    await unsent.try_again(by(request), public_id)
    return redirect(request, f"{HERE}/{public_id}", said="nouvel-essai")


@post(f"{HERE}/{{public_id:str}}/abandon", guards=[MONEY])
@forms.again(_page)
async def create_end(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """Then the money goes back another way: the page for it opens, unless Stripe had given it back."""
    found = await differences.get(public_id)
    if not await letters.drop(by(request), public_id):
        return redirect(request, f"{HERE}/{public_id}", said="deja-rendu")
    return redirect(request, f"/gestion/remboursements/{found.order}?comment=transfer")


@post(f"{HERE}/relecture", guards=[MONEY])
async def create_reading(request: AnyRequest) -> Response[Any]:
    await reconciliations.ask()
    return redirect(request, HERE, said="relecture-demandee")
