"""What the terms of an offer are called, wherever somebody reads or writes them."""

from backend.kit.errors import N_
from backend.offers.rules import Delivery, LimitPer, LimitPeriod, OfferKind

OFFER_KINDS = {
    OfferKind.PERCENT: (N_("Un pourcentage"), N_("Par exemple 10 % de moins.")),
    OfferKind.AMOUNT: (N_("Des euros de moins"), N_("Par exemple 5 € de moins.")),
    OfferKind.FIXED: (N_("Un prix fixe"), N_("Par exemple 12 € au lieu de 18 €.")),
    OfferKind.GIFT: (N_("Un cadeau"), N_("Par exemple un café offert.")),
}
DELIVERIES = {
    Delivery.VOUCHER: (N_("Par un bon"), N_("L'adhérent prend un bon, puis le montre.")),
    Delivery.CARD: (N_("Avec la carte"), N_("L'adhérent montre sa carte, à chaque achat.")),
}
PERIODS = {
    LimitPeriod.ONCE: N_("en tout"),
    LimitPeriod.DAY: N_("par jour"),
    LimitPeriod.WEEK: N_("par semaine"),
    LimitPeriod.MONTH: N_("par mois"),
    LimitPeriod.YEAR: N_("par an"),
}
PER = {LimitPer.HOUSEHOLD: N_("pour tout le foyer"), LimitPer.ADULT: N_("pour chaque adulte")}
