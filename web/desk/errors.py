"""What the counter's one field says when a code leads nowhere: to staff, not to a cashier."""

from backend.kit.errors import N_, Refused


class PlaceNeeded(Refused):
    slug = "place_needed"
    sentence = N_("Ce poste n'a pas encore de conciergerie.")
    next = N_("Choisissez-la dans « Mon poste », puis recommencez.")


class CardGone(Refused):
    slug = "card_gone"
    sentence = N_("Cette carte ne marche plus.")
    next = N_("Cherchez la personne par son nom. Imprimez-lui une autre carte.")


class CodeForged(Refused):
    slug = "code_forged"
    sentence = N_("Ce code n'a pas été fait par le club.")
    next = N_("Ne l'acceptez pas. Prévenez un responsable.")


class CodeLeadsNowhere(Refused):
    slug = "code_leads_nowhere"
    sentence = N_("Aucun bon du club n'a ce code.")
    next = N_("Relisez-le, ou cherchez la personne par son nom.")
