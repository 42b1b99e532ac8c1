"""Why a listing, a message or an exchange is refused."""

from backend.kit.errors import N_, Denied, Invalid, Missing, Refused


class ListingUnknown(Missing):
    slug = "listing_unknown"
    sentence = N_("Nous ne trouvons pas cette annonce.")
    next = N_("Elle est peut-être terminée. Revenez aux annonces.")


class ExchangeUnknown(Missing):
    slug = "exchange_unknown"
    sentence = N_("Nous ne trouvons pas cet échange.")
    next = N_("Revenez à la liste de vos échanges.")


class ReportUnknown(Missing):
    slug = "report_unknown"
    sentence = N_("Nous ne trouvons pas ce signalement.")
    next = N_("Revenez à la liste des signalements.")


class TitleUnreadable(Invalid):
    slug = "listing_title_unreadable"
    sentence = N_("Ce titre est vide ou trop long.")
    next = N_("Écrivez quelques mots, 80 lettres au plus.")


class DetailsTooLong(Invalid):
    slug = "listing_details_too_long"
    sentence = N_("Ce texte est trop long.")
    next = N_("Écrivez 1 000 lettres au plus.")


class WordsUnreadable(Invalid):
    slug = "message_unreadable"
    sentence = N_("Ce message est vide ou trop long.")
    next = N_("Écrivez de 1 à 1 000 lettres.")


class ContactInWords(Invalid):
    slug = "contact_in_words"
    sentence = N_("N'écrivez pas de numéro, d'adresse e-mail ni de lien.")
    next = N_("Le club passe votre message. Vous donnerez votre numéro quand vous voudrez.")


class AgreementMissing(Invalid):
    slug = "listing_agreement_missing"
    sentence = N_("Il manque l'accord de la personne.")
    next = N_("Lisez-lui le texte, puis cochez « Elle est d'accord ».")


class NotForMinors(Denied):
    slug = "skills_not_for_minors"
    sentence = N_("L'entraide est réservée aux adultes.")
    next = N_("Un adulte du foyer peut publier et répondre.")


class SkillDuesNeeded(Denied):
    slug = "skills_dues_needed"
    sentence = N_("L'adhésion n'est pas à jour.")
    next = N_("Payez la cotisation, puis recommencez.")


class TooManyListings(Refused):
    slug = "too_many_listings"
    sentence = N_("Il y a déjà {most} annonces ouvertes.")
    next = N_("Terminez-en une, puis recommencez.")


class ListingMoved(Refused):
    slug = "listing_changed_meanwhile"
    sentence = N_("Cette annonce a changé entre-temps.")
    next = N_("Rechargez la page, puis recommencez.")


class KindFixed(Invalid):
    slug = "listing_kind_fixed"
    sentence = N_("Une offre reste une offre, une demande reste une demande.")
    next = N_("Terminez cette annonce, puis déposez-en une autre.")


class OwnListing(Refused):
    slug = "own_listing"
    sentence = N_("Cette annonce est celle de votre foyer.")
    next = N_("Choisissez l'annonce d'un voisin.")


class MoveImpossible(Refused):
    slug = "exchange_move_impossible"
    sentence = N_("Ce n'est plus possible pour cet échange.")
    next = N_("Rechargez la page pour voir où il en est.")


class AnswerAwaited(Refused):
    slug = "answer_awaited"
    sentence = N_("Votre voisin n'a pas encore répondu.")
    next = N_("Attendez sa réponse avant d'écrire encore.")


class ExchangeJustOver(Refused):
    slug = "exchange_just_over"
    sentence = N_("Votre échange avec ce voisin vient de finir.")
    next = N_("Regardez les annonces d'autres voisins, ou revenez dans une semaine.")


class HoursOff(Refused):
    slug = "hours_off"
    sentence = N_("Le club ne compte pas les heures.")
    next = N_("Un merci suffit.")


class HoursFull(Refused):
    slug = "hours_full"
    sentence = N_("Un des deux comptes d'heures est à sa limite.")
    next = N_("Rendez d'abord quelques heures, ou demandez au club.")


class MinutesWrong(Invalid):
    slug = "minutes_wrong"
    sentence = N_("Cette durée n'est pas juste.")
    next = N_("Choisissez de 15 minutes à 10 heures, par quart d'heure.")


class SettingsWrong(Invalid):
    slug = "skill_settings_wrong"
    sentence = N_("Ces réglages ne vont pas ensemble.")
    next = N_("De 7 à 365 jours. L'alerte avant la limite, 100 heures au plus.")
