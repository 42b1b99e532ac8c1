"""Why somebody does not come in."""

from backend.kit.errors import N_, Denied, DomainError, Invalid, Missing, Refused


class Unauthenticated(DomainError):
    """Nobody is signed in, or the cookie no longer opens anything."""

    status = 401
    title = N_("Connexion nécessaire")
    slug = "unauthenticated"
    sentence = N_("Vous n'êtes pas connecté, ou votre session est terminée.")
    next = N_("Connectez-vous pour continuer.")


class CodeWrong(Invalid):
    slug = "code_wrong"
    sentence = N_("Ce code n'est pas le bon. Essais qui restent : {left}.")
    next = N_("Vérifiez-le, puis tapez-le à nouveau.")


class CodeOver(Refused):
    """Used, expired, replaced by a newer one, or tried too often: one answer for all."""

    slug = "code_over"
    sentence = N_("Ce code ne marche plus.")
    next = N_("Demandez un nouveau code.")


class SmsUnavailable(Invalid):
    slug = "sms_unavailable"
    sentence = N_("Nous n'envoyons pas de SMS pour l'instant.")
    next = N_("Donnez une adresse e-mail.")


class LinkOver(Refused):
    slug = "link_over"
    sentence = N_("Ce lien ne marche plus.")
    next = N_("Demandez un nouveau lien à un responsable.")


class StaffUnknown(Missing):
    slug = "staff_unknown"
    sentence = N_("Personne de l'équipe n'a cette adresse.")
    next = N_("Créez d'abord son compte.")


class SessionMissing(Missing):
    slug = "session_missing"
    sentence = N_("Cet appareil n'est plus connecté.")
    next = N_("Rechargez la page.")


class ContactMissing(Missing):
    slug = "contact_missing"
    sentence = N_("Cette adresse n'est pas dans votre compte.")
    next = N_("Rechargez la page.")


class AddressGuarded(Denied):
    """An address is a way in: of who has keys of the house, only a manager changes it."""

    slug = "address_guarded"
    sentence = N_("Cette personne est partenaire ou de l'équipe.")
    next = N_("Seul un responsable peut changer son adresse.")


class FactorMissing(Missing):
    slug = "factor_missing"
    sentence = N_("Ce second code n'existe plus.")
    next = N_("Rechargez la page.")


class SecondFactorWrong(Invalid):
    slug = "second_factor_wrong"
    sentence = N_("Ce code n'est pas le bon, ou il a déjà servi.")
    next = N_("Attendez le code suivant, puis tapez-le.")


class PasskeyRefused(Refused):
    slug = "passkey_refused"
    sentence = N_("La clé de cet appareil n'a pas été acceptée.")
    next = N_("Recommencez, ou tapez un code.")


class LastFactor(Refused):
    slug = "last_factor"
    sentence = N_("C'est votre seul second code.")
    next = N_("Ajoutez-en un autre d'abord.")


class SecondFactorNeeded(Denied):
    slug = "second_factor_needed"
    sentence = N_("Il faut votre second code pour entrer ici.")
    next = N_("Tapez le code de votre application.")


class SudoNeeded(Denied):
    slug = "sudo_needed"
    sentence = N_("Cet acte est sensible.")
    next = N_("Confirmez avec votre second code.")


class AlreadySuspended(Refused):
    slug = "already_suspended"
    sentence = N_("Cette personne est déjà suspendue.")
    next = N_("Levez la suspension avant d'en faire une autre.")


class NotYours(Denied):
    """A manager leads the counter; treasurers, managers and admins are an admin's matter."""

    slug = "not_yours"
    sentence = N_("Seul un administrateur peut faire cela.")
    next = N_("Demandez à un administrateur du club.")


class OwnAccount(Refused):
    """Nobody raises, suspends or resets themselves."""

    slug = "own_account"
    sentence = N_("C'est votre propre compte.")
    next = N_("Demandez à un autre administrateur.")


class LastAdmin(Refused):
    slug = "last_admin"
    sentence = N_("C'est le dernier administrateur du club.")
    next = N_("Nommez d'abord un autre administrateur.")


class RoleMissing(Invalid):
    slug = "role_missing"
    sentence = N_("Choisissez au moins un rôle.")
    next = N_("Cochez ce que cette personne fera.")


class ReasonMissing(Invalid):
    slug = "reason_missing"
    sentence = N_("Écrivez pourquoi.")
    next = N_("Quelques mots suffisent.")


class SiteUnknown(Missing):
    slug = "site_unknown"
    sentence = N_("Cette conciergerie n'est pas ouverte.")
    next = N_("Rechargez la page.")
