"""Why a telephone is not taken in."""

from backend.kit.errors import N_, Invalid, Missing, Refused


class PhoneNotUsable(Invalid):
    slug = "phone_not_usable"
    sentence = N_("Ce navigateur ne peut pas être prévenu par le club.")
    next = N_("L'e-mail et le SMS restent. Rien d'autre ne change.")


class TooManyPhones(Refused):
    slug = "too_many_phones"
    sentence = N_("Vous avez déjà {most} appareils prévenus.")
    next = N_("Retirez-en un, puis recommencez.")


class PhoneMissing(Missing):
    slug = "phone_missing"
    sentence = N_("Cet appareil n'est plus dans la liste.")
    next = N_("Regardez la liste dans vos messages.")
