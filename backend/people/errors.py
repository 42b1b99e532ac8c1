"""Why a contact point is refused."""

from backend.kit.errors import N_, Invalid, Missing, Refused


class PersonMissing(Missing):
    slug = "person_missing"
    sentence = N_("Nous ne trouvons pas cette personne.")
    next = N_("Cherchez-la par son nom.")


class AddressUnreadable(Invalid):
    slug = "address_unreadable"
    sentence = N_("Cette adresse ou ce numéro n'est pas juste.")
    next = N_("Écrivez un e-mail, ou un numéro comme 06 12 34 56 78.")


class NotAMobile(Invalid):
    slug = "not_a_mobile"
    sentence = N_("Ce numéro ne reçoit pas de SMS.")
    next = N_("Écrivez un numéro de mobile ou un e-mail.")


class TooManyContacts(Refused):
    slug = "too_many_contacts"
    sentence = N_("Vous avez déjà {most} adresses et numéros.")
    next = N_("Retirez-en un, puis recommencez.")


class LastContact(Refused):
    slug = "last_contact"
    sentence = N_("C'est votre seule adresse pour entrer.")
    next = N_("Ajoutez-en une autre d'abord.")
