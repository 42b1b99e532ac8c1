"""Why something about figures or calls is refused."""

from backend.kit.errors import N_, Invalid, Missing


class ParticipationWrong(Invalid):
    slug = "participation_settings_wrong"
    sentence = N_("De 1 à 4 mois, de 7 à 60 jours, 50 appels au plus.")
    next = N_("Corrigez les nombres, puis enregistrez.")


class WelcomeUnknown(Missing):
    slug = "welcome_call_unknown"
    sentence = N_("Cet appel n’est plus à faire.")
    next = N_("Revenez à la liste des appels.")
