"""What the office calls the states of copies, kinds of upkeep, and how things come back."""

from backend.kit.errors import N_
from backend.lending.queries.stock import Held, Stand
from backend.lending.rules import Outcome, TicketKind

STANDS = {
    Stand.FREE: ("yes", N_("Au rayon")),
    Stand.READY: ("yes", N_("Préparé")),
    Stand.OUT: ("plain", N_("Prêté")),
    Stand.LATE: ("stop", N_("En retard")),
    Stand.TO_INSPECT: ("mind", N_("À contrôler")),
    Stand.BLOCKED: ("stop", N_("Hors service")),
    Stand.RETIRED: ("plain", N_("Retiré")),
}
HELD = {
    Held.OUT: N_("Prêtés en ce moment"),
    Held.BLOCKED: N_("Hors service"),
    Held.EMPTY: N_("Sans exemplaire"),
    Held.UNCOUNTED: N_("Non comptés"),
    Held.KIT: N_("Lots"),
    Held.RETIRED: N_("Retirés du prêt"),
}
KINDS = {
    TicketKind.REPAIR: N_("Réparation"),
    TicketKind.CLEANING: N_("Nettoyage"),
    TicketKind.PARTS: N_("Pièce manquante"),
    TicketKind.BLACKOUT: N_("Indisponible"),
    TicketKind.LOSS: N_("Perte"),
    TicketKind.CHECK: N_("Contrôle"),
}
OUTCOMES = {
    Outcome.FINE: ("yes", N_("Rendu en bon état")),
    Outcome.DIRTY: ("mind", N_("Rendu sale")),
    Outcome.PART_MISSING: ("mind", N_("Il manquait une pièce")),
    Outcome.DAMAGED: ("stop", N_("Rendu abîmé")),
    Outcome.NOT_WORKING: ("stop", N_("Ne marchait plus")),
    Outcome.LOST: ("stop", N_("Perdu pour de bon")),
}
