"""What the club says no to about offers. Those a till may hear are in the closed list of V14."""

from backend.kit.errors import N_, Invalid, Missing, Refused


class OfferUnknown(Missing):
    """Also one that is not for this member: what is not offered is not told."""

    slug = "offer_unknown"
    sentence = N_("Nous ne trouvons pas cet avantage.")
    next = N_("Revenez à la liste des avantages.")


class OfferMoved(Refused):
    """Two people changed it at once, or the page was old."""

    slug = "offer_moved"
    sentence = N_("Cet avantage a changé entre-temps.")
    next = N_("Rechargez la page, puis recommencez.")


class OfferIncomplete(Invalid):
    slug = "offer_incomplete"
    sentence = N_("Cette information manque ou n'est pas juste.")
    next = N_("Corrigez les champs indiqués.")


class PlaceGone(Invalid):
    """A shop, site or landlord that the club, or this partner, does not have."""

    slug = "place_gone"
    sentence = N_("Une de vos réponses n'est plus dans la liste.")
    next = N_("Regardez les cases, puis enregistrez à nouveau.")


class StockTooSmall(Invalid):
    slug = "stock_too_small"
    sentence = N_("Plus de bons sont déjà pris.")
    next = N_("Donnez un nombre plus grand, ou mettez l'avantage en pause.")


class StockOnCard(Invalid):
    """Nobody takes anything from a stock who only shows a card."""

    slug = "stock_on_card"
    sentence = N_("Un avantage sur la carte n'a pas de nombre limité.")
    next = N_("Laissez ce champ vide, ou choisissez un bon.")


class QuotaReached(Refused):
    slug = "quota_reached"
    sentence = N_("Tous les bons de cet avantage sont pris.")
    next = N_("Regardez les autres avantages du club.")
