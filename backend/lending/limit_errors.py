"""Which limit of a household or a person stands in the way, and until when (L21, L22)."""

from backend.kit.errors import N_, Refused, Translate
from backend.kit.translations import typeset


class LimitReached(Refused):
    """Facts: `rule`, `counted` bookings {booking, name, start, end, state}, `most`, and `next_on`,
    the first day it would be allowed; None when nobody can say (L22).
    """

    slug = "limit_reached"
    sentence = N_("Une limite de prêt est atteinte.")
    next = N_("Demandez au comptoir.")

    def advice(self, translate: Translate = typeset) -> str:
        """Where no day can be said, the desk is asked."""
        known = self.facts.get("next_on") is not None or "{next_on}" not in self.next
        return super().advice(translate) if known else translate(LimitReached.next)


class HouseholdLoans(LimitReached):
    slug = "limit_household_loans"
    sentence = N_("Votre foyer a déjà {most} prêts en même temps.")
    next = N_("Ce sera possible à partir du {next_on}.")


class PersonLoans(LimitReached):
    slug = "limit_person_loans"
    sentence = N_("Cette personne a déjà {most} prêts en même temps.")
    next = N_("Ce sera possible à partir du {next_on}.")


class HouseholdBookings(LimitReached):
    slug = "limit_household_bookings"
    sentence = N_("Votre foyer a déjà {most} réservations ouvertes.")
    next = N_("Ce sera possible à partir du {next_on}.")


class PersonBookings(LimitReached):
    slug = "limit_person_bookings"
    sentence = N_("Cette personne a déjà {most} réservations ouvertes.")
    next = N_("Ce sera possible à partir du {next_on}.")


class DaysSpent(LimitReached):
    slug = "limit_days"
    sentence = N_("Votre foyer a droit à {most} jours sur {window} jours.")
    next = N_("Ce sera possible à partir du {next_on}.")


class PeakSpent(LimitReached):
    slug = "limit_peak"
    sentence = N_("Votre foyer a déjà {most} créneaux très demandés.")
    next = N_("Choisissez un autre moment, ou attendez le {next_on}.")


class TooFarAhead(LimitReached):
    slug = "limit_advance"
    sentence = N_("C'est trop tôt : on réserve au plus {most} jours avant.")
    next = N_("Ce sera possible à partir du {next_on}.")


class TooFarAfterStrikes(TooFarAhead):
    slug = "limit_advance_strikes"
    sentence = N_("Après deux absences, on réserve au plus {most} jours avant.")
    next = N_("Ce sera possible à partir du {next_on}.")


class TooManyHolds(LimitReached):
    slug = "limit_holds"
    sentence = N_("Vous avez déjà {most} réservations à terminer.")
    next = N_("Terminez-les, ou annulez-en une.")
