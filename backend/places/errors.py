"""Why a landlord's file is refused as a whole, and what else places refuse."""

from typing import TYPE_CHECKING

from backend.kit.errors import N_, Invalid, Refused

if TYPE_CHECKING:
    from backend.places.rules import Outcome


class ListEmpty(Invalid):
    slug = "list_empty"
    sentence = N_("Ce fichier ne contient aucun logement.")
    next = N_("Vérifiez l'export du bailleur, puis choisissez le bon fichier.")


class ListTooLarge(Invalid):
    slug = "list_too_large"
    sentence = N_("Ce fichier est trop grand : le maximum est {megabytes} Mo et {lines} lignes.")
    next = N_("Coupez la liste en plusieurs fichiers, un par bailleur.")


class ListNotText(Invalid):
    slug = "list_not_text"
    sentence = N_("Ce fichier n'est pas une liste CSV.")
    next = N_("Dans Excel, choisissez « Enregistrer sous », puis « CSV ».")


class ListGarbled(Invalid):
    slug = "list_garbled"
    sentence = N_("Les accents de ce fichier sont abîmés, à la ligne {line}.")
    next = N_("Refaites l'export en UTF-8 ou en Windows-1252.")


class ColumnsMissing(Invalid):
    slug = "columns_missing"
    sentence = N_("Il manque des colonnes : {columns}.")
    next = N_("Ajoutez ces colonnes à l'export, avec ces noms, puis recommencez.")


class ColumnsRepeated(Invalid):
    slug = "columns_repeated"
    sentence = N_("Des colonnes sont présentes deux fois : {columns}.")
    next = N_("Gardez une seule colonne de chaque nom, puis recommencez.")


class ListTooLargeHere(Invalid):
    slug = "list_too_large_here"
    sentence = N_("Ce fichier est trop grand pour cette page : le maximum est {megabytes} Mo.")
    next = N_("Coupez la liste, ou lancez « palier import logements » sur le serveur.")


class LandlordToName(Invalid):
    slug = "landlord_to_name"
    sentence = N_("Il y a plusieurs bailleurs : {slugs}.")
    next = N_("Dites à quel bailleur est cette liste.")


class ListNeedsConfirmation(Refused):
    """Past 5 % of lines rejected or of dwellings gone: `outcome` is what the import would do."""

    slug = "list_needs_confirmation"
    sentence = N_("{rejected} lignes sont refusées et {gone} logements disparaissent.")
    next = N_("Vérifiez le fichier. S'il est juste, confirmez l'import.")

    def __init__(self, outcome: "Outcome") -> None:
        self.outcome = outcome
        super().__init__(rejected=len(outcome.rejected), gone=len(outcome.plan.gone))


class ListApplied(Refused):
    slug = "list_applied"
    sentence = N_("Cette liste est déjà appliquée.")
    next = N_("Regardez le dernier import.")


class BatchAlreadyUndone(Refused):
    slug = "batch_already_undone"
    sentence = N_("Cet import est déjà annulé, depuis le {day}.")
    next = N_("Il n'y a plus rien à faire.")


class BatchNotNewest(Refused):
    slug = "batch_not_newest"
    sentence = N_("Un import plus récent a changé ces logements.")
    next = N_("Annulez d'abord le plus récent.")


class GraceTooLong(Invalid):
    slug = "grace_too_long"
    sentence = N_("Le délai de grâce va de 0 à 120 jours.")
    next = N_("Écrivez un nombre de jours.")


class ClubSiretWrong(Invalid):
    slug = "club_siret_wrong"
    sentence = N_("Ce numéro SIRET n'est pas juste.")
    next = N_("Recopiez ses 14 chiffres, ou laissez vide.")


class TextEmpty(Invalid):
    slug = "text_empty"
    sentence = N_("Ce texte est vide.")
    next = N_("Écrivez un titre et un texte.")


class TextMoved(Refused):
    slug = "text_moved"
    sentence = N_("Quelqu'un a publié une autre version entre-temps.")
    next = N_("Ouvrez la page une autre fois, et reprenez votre texte.")


class ClubRnaWrong(Invalid):
    slug = "club_rna_wrong"
    sentence = N_("Ce numéro RNA n'est pas juste.")
    next = N_("Il commence par W, puis 9 chiffres. Ou laissez vide.")


class SenderWrong(Invalid):
    slug = "sender_wrong"
    sentence = N_("Ce nom ne convient pas pour un SMS.")
    next = N_("Écrivez 3 à 11 lettres ou chiffres, sans espace ni accent.")


class ClubMissing(Refused):
    slug = "club_missing"
    sentence = N_("Le club n'a pas encore de nom.")
    next = N_("Remplissez d'abord la page « Le club ».")


class LogoRefused(Invalid):
    slug = "logo_refused"
    sentence = N_("Cette image ne convient pas.")
    next = N_("Choisissez une image PNG ou JPEG de moins de 50 Ko.")


class DebitDaysWrong(Invalid):
    slug = "debit_days_wrong"
    sentence = N_("Un prélèvement s'attend de 1 à 20 jours ouvrés.")
    next = N_("Écrivez un nombre de jours.")


class SiteNeverOpens(Invalid):
    slug = "site_never_opens"
    sentence = N_("Ce point n'ouvre pas dans les 60 prochains jours.")
    next = N_("Donnez-lui des horaires, ou fermez ce point.")


class ClosureBackwards(Invalid):
    slug = "closure_backwards"
    sentence = N_("Le dernier jour est avant le premier.")
    next = N_("Corrigez les deux jours.")


class ClosureTooLong(Invalid):
    slug = "closure_too_long"
    sentence = N_("Une fermeture dure un an au plus.")
    next = N_("Corrigez le dernier jour, ou fermez ce point.")


class RangeBackwards(Invalid):
    slug = "range_backwards"
    sentence = N_("L'heure de fin est avant l'heure de début.")
    next = N_("Corrigez les deux heures.")


class OpeningPast(Invalid):
    slug = "opening_past"
    sentence = N_("Ce jour est passé.")
    next = N_("Choisissez aujourd'hui ou un jour qui vient.")


class AlreadyWithdrawn(Refused):
    slug = "already_withdrawn"
    sentence = N_("C'est déjà annulé.")
    next = N_("Il n'y a plus rien à faire.")
