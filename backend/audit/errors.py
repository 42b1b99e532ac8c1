"""Refusals about who decides, and about lists that leave the house."""

from backend.kit.errors import N_, Missing, Refused


class ListUnknown(Missing):
    """It is somebody else's, or its hour is over."""

    slug = "list_unknown"
    sentence = N_("Nous ne trouvons pas cette liste.")
    next = N_("Demandez-la encore une fois. Elle reste une heure.")


class OwnCase(Refused):
    slug = "own_case"
    sentence = N_("C'est à votre sujet : une autre personne du club décide.")
    next = N_("Demandez à un collègue.")
