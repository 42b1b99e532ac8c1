"""Why a till hears no: the closed list of V14, each with its sentence and how it shows.

The offline reasons stand here from the start; nothing raises them until offline exists.
"""

from enum import StrEnum
from typing import Any, NamedTuple

from backend.kit.errors import N_, DomainError, Missing, Refused, Translate
from backend.kit.tile import tile_name
from backend.kit.translations import typeset


class Heard(DomainError):
    """A refusal a till may hear.

    Among its facts may stand who it is about: `member` (first name and initial), `title`, `label`
    and `household`, whose public id draws the tile on our own page. A partner's system gets the
    tile's name instead: nothing more of a member is shown (V13). `told_before` when it is the stored answer of an earlier request.
    """

    told_before = False

    def problem(self, translate: Translate = typeset) -> dict[str, Any]:
        problem = super().problem(translate)
        household = problem["facts"].pop("household", None)
        if household is not None:
            problem["facts"]["tile"] = tile_name(household)
        return problem


class UnknownCode(Heard, Missing):
    """Also a code of another partner: a device without a right to it learns nothing (V15)."""

    slug = "unknown_code"
    sentence = N_("Ce code n'est pas connu dans ce commerce.")
    next = N_("Vérifiez le nom du commerce sur le bon. Sinon, tapez le code.")


class RedemptionUnknown(UnknownCode):
    sentence = N_("Cette utilisation n'est pas connue dans ce commerce.")
    next = N_("Regardez la liste du jour.")


class BadSignature(Heard, Refused):
    slug = "bad_signature"
    sentence = N_("Ce code n'a pas été fait par le club.")
    next = N_("N'acceptez pas ce code. Demandez d'ouvrir le bon sur le site du club.")


class AlreadyRedeemed(Heard, Refused):
    """Facts: `at`, `shop`, `channel` of the first use; `by_you` when this till did it."""

    slug = "already_redeemed"
    sentence = N_("Ce bon a déjà servi le {at}, chez {shop}.")
    next = N_("Ne donnez pas l'avantage. Le client peut appeler le club.")


class JustValidated(AlreadyRedeemed):
    """The same till, again, within minutes: the cashier did it right the first time."""

    sentence = N_("Vous venez de valider ce bon.")
    next = N_("C'est bon, rien d'autre à faire.")


class Expired(Heard, Refused):
    slug = "expired"
    sentence = N_("Ce bon n'est plus valable depuis le {until}.")
    next = N_("Le client peut prendre un nouveau bon sur le site.")


class NotYetValid(Heard, Refused):
    slug = "not_yet_valid"
    sentence = N_("Ce bon commence le {since}.")
    next = N_("Demandez au client de revenir ce jour-là.")


class Cancelled(Heard, Refused):
    slug = "cancelled"
    sentence = N_("Le client a annulé ce bon.")
    next = N_("Le client peut prendre un nouveau bon sur le site.")


class Revoked(Heard, Refused):
    slug = "revoked"
    sentence = N_("Le club a retiré ce bon ou cette carte.")
    next = N_("N'acceptez pas. Le client peut appeler le club.")


class SheetReplaced(Revoked):
    sentence = N_("Ce bon imprimé a été remplacé par un plus récent.")
    next = N_("Demandez la feuille la plus récente, ou le téléphone.")


class MembershipInactive(Heard, Refused):
    slug = "membership_inactive"
    sentence = N_("L'adhésion n'est pas à jour.")
    next = N_("Il faut payer l'adhésion sur le site ou au comptoir.")


class MembershipGrace(Heard, Refused):
    slug = "membership_grace"
    sentence = N_("L'adhésion est finie : plus de nouveau bon pour l'instant.")
    next = N_("Renouvelez l'adhésion. Les bons déjà pris restent valables.")


class WrongShop(Heard, Refused):
    """Facts: `shop`, the right one, and `distance_m` where both places are known (V15)."""

    slug = "wrong_shop"
    sentence = N_("Ce bon est pour {shop}.")
    next = N_("Envoyez le client à cette adresse.")


class UndoElsewhere(WrongShop):
    """A sister shop asks; only the shop that validated may undo (V32). Facts: `shop`."""

    sentence = N_("Ce bon a été validé chez {shop}.")
    next = N_("Annulez là-bas, sur une caisse de ce commerce. Sinon, appelez le club.")


class NoStandingOffer(WrongShop):
    sentence = N_("La carte ne donne pas de réduction ici.")
    next = N_("Demandez au client s'il a un bon.")


class OfferPaused(Heard, Refused):
    slug = "offer_paused"
    sentence = N_("Cet avantage est en pause.")
    next = N_("Le bon servira à nouveau quand l'avantage reprendra.")


class PartnerInactive(Heard, Refused):
    slug = "partner_inactive"
    sentence = N_("Ce commerce n'est plus partenaire du club.")
    next = N_("Regardez les autres avantages du club.")


class FrequencyCap(Heard, Refused):
    slug = "frequency_cap"
    sentence = N_("Cet avantage a déjà servi autant que permis.")
    next = N_("Attendez la prochaine période.")


class HeldElsewhere(Heard, Refused):
    slug = "held_elsewhere"
    sentence = N_("Une autre caisse tient ce bon jusqu'à {held_until}.")
    next = N_("Terminez sur l'autre caisse, ou attendez deux minutes.")
    retryable = True


class StaleCode(Heard, Refused):
    """A card's code of another minute: never silent, staff may go on (V23)."""

    slug = "stale_code"
    sentence = N_("Ce code est trop vieux.")
    next = N_("Demandez de rouvrir la carte. Ou regardez une pièce d'identité.")


class OfflineNotAllowed(Heard, Refused):
    slug = "offline_not_allowed"
    sentence = N_("Cet avantage demande une connexion.")
    next = N_("Retrouvez du réseau, puis scannez à nouveau.")


class OfflineNoLease(Heard, Refused):
    slug = "offline_no_lease"
    sentence = N_("Cette caisse ne peut pas valider sans réseau.")
    next = N_("Utilisez la caisse autorisée, ou retrouvez du réseau.")


class LeaseElsewhere(Heard, Refused):
    slug = "lease_elsewhere"
    sentence = N_("Une autre caisse valide sans réseau en ce moment.")
    next = N_("Validez sur l'autre caisse.")
    retryable = True


class ClockSkew(Heard, Refused):
    slug = "clock_skew"
    sentence = N_("L'heure de cette caisse n'est pas juste.")
    next = N_("Réglez l'heure de l'appareil, puis réessayez.")


class ChooseOffer(Heard, Refused):
    """Facts: `choices`, each with `offer`, `title` and `label`."""

    slug = "choose_offer"
    sentence = N_("Cette carte donne plusieurs réductions ici.")
    next = N_("Choisissez celle que le client veut.")
    retryable = True


class UndoTooLate(Heard, Refused):
    slug = "undo_too_late"
    sentence = N_("Il est trop tard pour annuler ici.")
    next = N_("Appelez le club : un responsable peut encore annuler.")


class AlreadyReversed(Heard, Refused):
    slug = "already_reversed"
    sentence = N_("Cette utilisation est déjà annulée.")
    next = N_("Rien d'autre à faire.")


class AdultsOnly(Refused):
    """For the member's pages, not for tills."""

    slug = "adults_only"
    sentence = N_("Seul un adulte du foyer peut prendre un bon.")
    next = N_("Demandez à un adulte du foyer.")


class OnTheCard(Refused):
    slug = "on_the_card"
    sentence = N_("Cet avantage se donne avec la carte, sans bon.")
    next = N_("Montrez votre carte à la caisse.")


class VoucherUnknown(Missing):
    slug = "voucher_unknown"
    sentence = N_("Nous ne trouvons pas ce bon.")
    next = N_("Revenez à la liste de vos bons.")


class VoucherSpent(Refused):
    """It was used, cancelled or revoked meanwhile."""

    slug = "voucher_spent"
    sentence = N_("Ce bon ne peut plus changer.")
    next = N_("Rechargez la page pour voir où il en est.")


class ShownInShop(Refused):
    slug = "shown_in_shop"
    sentence = N_("Ce bon vient d'être montré dans un commerce.")
    next = N_("Attendez dix minutes, puis annulez-le.")


class PrintedTooOften(Refused):
    slug = "printed_too_often"
    sentence = N_("Ce bon a été imprimé trop souvent.")
    next = N_("Annulez ce bon, puis prenez-en un nouveau.")


class Tone(StrEnum):
    """The verdict's colour: red, or mustard where the cashier can still do something."""

    NO = "no"
    MIND = "mind"


class Showing(NamedTuple):
    """How a reason shows on the till: colour, icon, sound and buzz go by the tone, words on top."""

    status: int
    retryable: bool
    tone: Tone
    icon: str
    sound: str
    headline: str


_OCTAGON, _TRIANGLE, _CLOCK = "octagon-x", "triangle-alert", "clock"
_REFUSED, _CHECK, _WAIT = N_("Refusé"), N_("Vérifiez"), N_("Attendez")


def _no(status: int = 409, headline: str = _REFUSED, icon: str = _OCTAGON) -> Showing:
    return Showing(status, False, Tone.NO, icon, "no", headline)


def _mind(
    status: int = 409, headline: str = _CHECK, icon: str = _TRIANGLE, *, retryable: bool = False
) -> Showing:
    return Showing(status, retryable, Tone.MIND, icon, "mind", headline)


# V14: every reason a till may hear, and nothing else. Tests hold it against the classes.
REASONS: dict[str, Showing] = {
    "unknown_code": _no(404, N_("Inconnu")),
    "bad_signature": _no(),
    "already_redeemed": _no(headline=N_("Déjà utilisé")),
    "expired": _no(headline=N_("Expiré")),
    "not_yet_valid": _no(headline=N_("Trop tôt"), icon=_CLOCK),
    "cancelled": _no(headline=N_("Annulé")),
    "revoked": _no(),
    "membership_inactive": _no(headline=N_("Adhésion finie")),
    "membership_grace": _no(),
    "wrong_shop": _no(headline=N_("Pas ici")),
    "offer_paused": _no(headline=N_("En pause")),
    "partner_inactive": _no(),
    "quota_reached": _no(headline=N_("Épuisé")),
    "frequency_cap": _no(headline=N_("Déjà utilisé")),
    "held_elsewhere": _mind(headline=_WAIT, icon=_CLOCK, retryable=True),
    "stale_code": _mind(),
    "offline_not_allowed": _no(),
    "offline_no_lease": _no(),
    "lease_elsewhere": _mind(headline=_WAIT, icon=_CLOCK, retryable=True),
    "device_revoked": _no(401, N_("Caisse fermée")),
    "clock_skew": _mind(headline=N_("Réglez l'heure"), icon=_CLOCK),
    "rate_limited": _mind(429, _WAIT, _CLOCK, retryable=True),
    "temporary_error": _mind(503, N_("Réessayez"), _CLOCK, retryable=True),
    "idempotency_mismatch": _no(headline=N_("Recommencez")),
    "invalid_request": _mind(422, N_("Relisez le code")),
    "unauthenticated": _no(401, N_("Caisse inconnue")),
    "choose_offer": _mind(headline=N_("Choisissez"), retryable=True),
    "undo_too_late": _no(headline=N_("Trop tard"), icon=_CLOCK),
    "already_reversed": _no(headline=N_("Déjà annulé")),
}
