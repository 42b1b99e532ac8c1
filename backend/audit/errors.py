"""Refusals about lists that leave the house."""

from backend.kit.errors import N_, Missing


class ListUnknown(Missing):
    """It is somebody else's, or its hour is over."""

    slug = "list_unknown"
    sentence = N_("Nous ne trouvons pas cette liste.")
    next = N_("Demandez-la encore une fois. Elle reste une heure.")
