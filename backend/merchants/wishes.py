"""What a merchant may change of its shop: alone, or by asking the club."""

from enum import StrEnum


class Part(StrEnum):
    """What is asked one by one, so that one answer does not wait for another."""

    HOURS = "hours"
    PHONE = "phone"
    PHOTO = "photo"


class Answer(StrEnum):
    """Of a wish: it waits, was accepted or refused, or the merchant wrote another one since."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPLACED = "replaced"


# Until the club says otherwise: a photo is looked at first.
FREE = frozenset({Part.HOURS, Part.PHONE})
