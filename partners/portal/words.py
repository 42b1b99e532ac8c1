"""What the portal says of uses, shops and offers."""

from backend.kit.errors import N_
from backend.merchants.wishes import Answer, Part
from backend.offers.rules import (
    Delivery,
    LimitPer,
    LimitPeriod,
    OfferKind,
    OfferState,
    ProposalState,
)
from backend.vouchers.rules import UseChannel

CHANNELS = {
    UseChannel.SCAN: N_("Code scanné"),
    UseChannel.TYPED: N_("Code tapé"),
    UseChannel.PAPER: N_("Sur papier"),
    UseChannel.PHONE: N_("Par téléphone"),
    UseChannel.COUNTER_QR: N_("Affiche du comptoir"),
}
PARTS = {
    Part.HOURS: N_("Horaires"),
    Part.PHONE: N_("Téléphone"),
    Part.PHOTO: N_("Photo"),
}
# What an answer is called, and its colour.
ANSWERS = {
    Answer.WAITING: (N_("Au club"), "mind"),
    Answer.ACCEPTED: (N_("Accepté"), "yes"),
    Answer.REFUSED: (N_("Refusé"), "stop"),
    Answer.REPLACED: (N_("Remplacé"), "plain"),
}
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
# What a state is called, and its colour.
STATES = {
    OfferState.DRAFT: (N_("Au club"), "mind"),
    OfferState.PUBLISHED: (N_("En ligne"), "yes"),
    OfferState.PAUSED: (N_("En pause"), "mind"),
    OfferState.ENDED: (N_("Terminé"), "plain"),
}
WRITTEN = {
    ProposalState.WRITTEN: (N_("Brouillon"), "plain"),
    ProposalState.SENT: (N_("Au club"), "mind"),
    ProposalState.ACCEPTED: (N_("Accepté"), "yes"),
    ProposalState.REFUSED: (N_("À revoir"), "stop"),
    ProposalState.WITHDRAWN: (N_("Retiré"), "plain"),
}
PERIODS = {
    LimitPeriod.ONCE: N_("en tout"),
    LimitPeriod.DAY: N_("par jour"),
    LimitPeriod.WEEK: N_("par semaine"),
    LimitPeriod.MONTH: N_("par mois"),
    LimitPeriod.YEAR: N_("par an"),
}
PER = {LimitPer.HOUSEHOLD: N_("pour tout le foyer"), LimitPer.ADULT: N_("pour chaque adulte")}
