"""Why a booking, a hand-over or a take-back is refused."""

from backend.kit.errors import N_, Denied, Invalid, Missing, Refused


class BookingUnknown(Missing):
    slug = "booking_unknown"
    sentence = N_("Nous ne trouvons pas cette réservation.")
    next = N_("Revenez à la liste de vos réservations.")


class ResourceUnknown(Missing):
    slug = "resource_unknown"
    sentence = N_("Nous ne trouvons pas cet objet.")
    next = N_("Revenez à la liste des objets.")


class UnitUnknown(Missing):
    slug = "unit_unknown"
    sentence = N_("Nous ne trouvons pas cet exemplaire.")
    next = N_("Vérifiez le code sur l'étiquette.")


class PolicyUnknown(Missing):
    slug = "policy_unknown"
    sentence = N_("Nous ne trouvons pas ces règles de prêt.")
    next = N_("Choisissez des règles dans la liste.")


class CalendarUnknown(Missing):
    slug = "calendar_unknown"
    sentence = N_("Ce calendrier n'existe pas, ou n'existe plus.")
    next = N_("Demandez une nouvelle adresse à la page de vos réservations.")


class TicketUnknown(Missing):
    slug = "ticket_unknown"
    sentence = N_("Nous ne trouvons pas cette fiche d'entretien.")
    next = N_("Revenez à la liste de l'entretien.")


class MoveRefused(Refused):
    """Facts: `verb`, and the `state` the line is in."""

    slug = "move_refused"
    sentence = N_("Ce n'est plus possible pour cette réservation.")
    next = N_("Rechargez la page pour voir où elle en est.")


class ChangedMeanwhile(Refused):
    """L12. Facts: `booking`."""

    slug = "changed_meanwhile"
    sentence = N_("Cette réservation a changé entre-temps.")
    next = N_("Regardez son état d'aujourd'hui, puis recommencez.")


class JustTaken(Refused):
    """Facts: `name`; `alternatives`, periods {start, end} that are free; `possible`, the public ids
    of what was wanted with it and can still be had (L11).
    """

    slug = "just_taken"
    sentence = N_("{name} n'est pas libre à ce moment.")
    next = N_("Choisissez un autre moment, ou demandez la liste d'attente.")


class UnitTaken(JustTaken):
    """That very unit, asked for at the desk."""

    slug = "unit_taken"
    sentence = N_("Cet exemplaire de {name} est déjà réservé.")
    next = N_("Prenez un autre exemplaire, ou un temps plus court.")


class HoldOver(Refused):
    slug = "hold_over"
    sentence = N_("Le temps pour terminer cette réservation est passé.")
    next = N_("Choisissez à nouveau votre moment.")


class HoldExtendedOnce(Refused):
    slug = "hold_extended_once"
    sentence = N_("Vous avez déjà demandé plus de temps.")
    next = N_("Terminez la réservation maintenant.")


class PeriodWrong(Invalid):
    slug = "period_wrong"
    sentence = N_("Ces dates ne vont pas.")
    next = N_("La fin vient après le début.")


class PeriodPast(PeriodWrong):
    slug = "period_past"
    sentence = N_("Ce moment est déjà passé.")
    next = N_("Choisissez un moment à venir.")


class PeriodTooLong(PeriodWrong):
    """Facts: `most`, in days or in minutes as the policy counts."""

    slug = "period_too_long"
    sentence = N_("C'est trop long.")
    next = N_("Choisissez un temps plus court.")


class OffGrid(PeriodWrong):
    slug = "period_off_grid"
    sentence = N_("On réserve par tranches de {minutes} minutes.")
    next = N_("Choisissez une heure de la liste.")


class ClosedThatDay(PeriodWrong):
    """Facts: `on`, and `next_on`, the next open day."""

    slug = "closed_that_day"
    sentence = N_("Le comptoir est fermé le {on}.")
    next = N_("Choisissez par exemple le {next_on}.")


class NeverOpen(Refused):
    slug = "never_open"
    sentence = N_("Ce comptoir n'a aucune ouverture prévue.")
    next = N_("Appelez le club.")


class MembersOnly(Denied):
    slug = "lending_members_only"
    sentence = N_("L'adhésion n'est pas à jour.")
    next = N_("Payez l'adhésion, puis réservez.")


class LoansByAdults(Denied):
    slug = "loans_by_adults"
    sentence = N_("Un adulte du foyer peut réserver.")
    next = N_("Demandez à un adulte de votre foyer.")


class RulesNotAccepted(Invalid):
    slug = "lending_rules_not_accepted"
    sentence = N_("Il faut accepter les règles d'usage.")
    next = N_("Lisez les règles, puis cochez la case.")


class LicenceNeeded(Refused):
    """Facts: `until`, the day it must be good for."""

    slug = "licence_needed"
    sentence = N_("Il faut un permis de conduire valable jusqu'au {until}.")
    next = N_("Regardez le permis, puis notez sa date de fin.")


class ChargeNeeded(Invalid):
    slug = "charge_needed"
    sentence = N_("Il manque les kilomètres ou la charge.")
    next = N_("Lisez-les sur le véhicule, puis écrivez-les.")


class ChargeWrong(Invalid):
    slug = "charge_wrong"
    sentence = N_("Ces kilomètres ou cette charge ne vont pas.")
    next = N_("La charge va de 0 à 100. Les kilomètres ne baissent pas.")


class TooManyPeople(Invalid):
    slug = "too_many_people"
    sentence = N_("Ce lieu reçoit au plus {most} personnes.")
    next = N_("Écrivez un nombre plus petit.")


class PiecesUnknown(Invalid):
    slug = "pieces_unknown"
    sentence = N_("Ces pièces ne sont pas sur la liste : {names}.")
    next = N_("Cochez des pièces de la liste.")


class ReasonNeeded(Invalid):
    slug = "lending_reason_needed"
    sentence = N_("Il faut une raison, en quelques mots.")
    next = N_("Écrivez de 3 à 200 lettres.")


class StaffOnly(Denied):
    slug = "lending_staff_only"
    sentence = N_("Seul le comptoir peut faire cela.")
    next = N_("Demandez au comptoir.")


class TooLateToMove(Refused):
    """So near its beginning that nobody else can plan with the time it leaves (L25)."""

    slug = "lending_too_late_to_move"
    sentence = N_("Il est trop tard pour changer ces dates.")
    next = N_("Gardez-les, annulez, ou appelez le comptoir.")


class RenewedEnough(Refused):
    slug = "renewed_enough"
    sentence = N_("Ce prêt a déjà été prolongé autant que permis.")
    next = N_("Rapportez l'objet à la date prévue.")


class Awaited(Refused):
    slug = "awaited"
    sentence = N_("Quelqu'un d'autre attend cet objet.")
    next = N_("Rapportez-le à la date prévue.")


class StillOut(Refused):
    """L9. Facts: `unit`, `who`, `since`, `due_at`."""

    slug = "still_out"
    sentence = N_("Cet exemplaire est encore chez {who}, depuis le {since}.")
    next = N_("Prenez d'abord le retour, ou un autre exemplaire.")


class WrongModel(Refused):
    """Facts: `name`, what the booking is for; `scanned`, what this unit is."""

    slug = "wrong_model"
    sentence = N_("La réservation est pour {name}. Ceci est {scanned}.")
    next = N_("Prenez l'objet réservé.")


class ReservedByOther(Refused):
    """L28. Facts: `who`, `start`, `booking`. The desk may go on with `anyway`."""

    slug = "reserved_by_other"
    sentence = N_("Cet exemplaire est préparé pour {who}.")
    next = N_("Prenez un autre exemplaire, ou confirmez.")


class ToInspect(Refused):
    slug = "unit_to_inspect"
    sentence = N_("Le retour de cet exemplaire n'est pas encore contrôlé.")
    next = N_("Contrôlez-le d'abord.")


class OutOfUse(Refused):
    """L28. Facts: `name`."""

    slug = "unit_out_of_use"
    sentence = N_("{name} est en réparation ou au nettoyage.")
    next = N_("Mettez-le de côté. Prenez un autre exemplaire.")


class NotAnswered(Refused):
    slug = "request_not_answered"
    sentence = N_("Cette demande n'est pas encore acceptée.")
    next = N_("Acceptez-la d'abord, dans les prêts du jour.")


class UnitRetired(Refused):
    slug = "unit_retired"
    sentence = N_("Cet exemplaire n'est plus prêté.")
    next = N_("Prenez un autre exemplaire.")


class NoUnitYet(Refused):
    slug = "no_unit"
    sentence = N_("Cet objet n'a pas d'exemplaire à scanner.")
    next = N_("Donnez-le sans scanner.")


class OthersSince(Refused):
    """L9, L31. Facts: `unit`."""

    slug = "lending_others_since"
    sentence = N_("Quelqu'un d'autre a eu cet exemplaire depuis ce retour.")
    next = N_("Corrigez avec un nouveau geste.")


class UndoTooLateHere(Refused):
    slug = "lending_undo_too_late"
    sentence = N_("Il est trop tard pour annuler : 15 minutes sont passées.")
    next = N_("Corrigez avec un nouveau geste.")


class NothingToUndo(Refused):
    slug = "nothing_to_undo"
    sentence = N_("Il n'y a rien à annuler ici.")
    next = N_("Rechargez la page.")


class BackDatedWrong(Invalid):
    slug = "back_dated_wrong"
    sentence = N_("Cette date ne va pas.")
    next = N_("Choisissez une date passée, après la remise.")


class StillOutThen(BackDatedWrong):
    """L9. Facts: `unit`, `until`, when it came back."""

    slug = "still_out_then"
    sentence = N_("Cet exemplaire était encore prêté, jusqu'au {until}.")
    next = N_("Choisissez un moment après ce retour.")


class OutcomeNeedsNote(Invalid):
    slug = "outcome_needs_note"
    sentence = N_("Dites en quelques mots ce qui ne va pas.")
    next = N_("Écrivez de 3 à 200 lettres.")


class CaptureTooLate(Refused):
    """L34. Facts: `before`."""

    slug = "capture_too_late"
    sentence = N_("Cette empreinte de caution finit le {before}, avant le retour.")
    next = N_("Demandez une carte enregistrée.")


class TicketClosed(Refused):
    slug = "ticket_closed"
    sentence = N_("Cette fiche d'entretien est déjà fermée.")
    next = N_("Il n'y a plus rien à faire.")


class AlreadyWaiting(Refused):
    slug = "already_waiting"
    sentence = N_("Votre foyer est déjà sur cette liste d'attente.")
    next = N_("Regardez votre place dans vos réservations.")


class FreeAlready(Refused):
    slug = "free_already"
    sentence = N_("{name} est libre à ce moment.")
    next = N_("Réservez maintenant, sans attendre.")


class PolicyWrong(Invalid):
    slug = "policy_wrong"
    sentence = N_("Ces règles de prêt ne vont pas ensemble.")
    next = N_("Corrigez ce qui est indiqué.")


class CodeTaken(Invalid):
    slug = "external_code_taken"
    sentence = N_("Ce code sert déjà pour un autre objet.")
    next = N_("Choisissez un autre code.")


class ResourceEmpty(Invalid):
    slug = "resource_empty"
    sentence = N_("Il manque un nom ou une catégorie.")
    next = N_("Écrivez un nom et une catégorie.")


class ListHasErrors(Refused):
    """Facts: `count` of the lines at fault; nothing of the list was applied (L44)."""

    slug = "list_has_errors"
    sentence = N_("Lignes à corriger : {count}. Rien n'est changé.")
    next = N_("Corrigez ces lignes, puis choisissez le fichier à nouveau.")


class SlotFull(Refused):
    slug = "slot_full"
    sentence = N_("Ce créneau vient d'être pris.")
    next = N_("Choisissez un autre créneau.")


class SlotUnknown(Refused):
    slug = "slot_unknown"
    sentence = N_("Ce créneau n'existe pas pour cette réservation.")
    next = N_("Choisissez un créneau de la liste.")


class SlotWrong(Invalid):
    slug = "slot_wrong"
    sentence = N_("Écrivez de 1 à 99 personnes par créneau.")
    next = N_("Corrigez le nombre.")
