"""Refusals of membership."""

from backend.kit.errors import N_, Invalid, Missing, Refused


class HouseholdUnknown(Missing):
    slug = "household_unknown"
    sentence = N_("Nous ne trouvons pas ce foyer.")
    next = N_("Cherchez-le par son nom ou son numéro.")


class HouseholdMistyped(Invalid):
    slug = "household_mistyped"
    sentence = N_("Aucun foyer n'a ce numéro.")
    next = N_("Relisez le numéro sur la carte du foyer, par exemple ORM-4488.")


class AlreadyInHousehold(Refused):
    slug = "already_in_household"
    sentence = N_("Cette personne est déjà dans un foyer.")
    next = N_("Ouvrez son foyer pour le voir.")


class NotInHousehold(Refused):
    slug = "not_in_household"
    sentence = N_("Cette personne n'est pas dans ce foyer.")
    next = N_("Ouvrez son foyer actuel.")


class SameHousehold(Refused):
    slug = "same_household"
    sentence = N_("Cette personne est déjà dans ce foyer.")
    next = N_("Choisissez un autre foyer.")


class HouseholdEnded(Refused):
    """Nobody lives there any more: who entered it would be nowhere."""

    slug = "household_ended"
    sentence = N_("Ce foyer est terminé.")
    next = N_("Cherchez la personne par son nom : elle a peut-être un nouveau foyer.")


class ChildrenLeftAlone(Refused):
    slug = "children_left_alone"
    sentence = N_("Les enfants resteraient seuls dans ce foyer.")
    next = N_("Faites d'abord entrer un autre adulte, ou faites partir les enfants.")


class TooManyViews(Refused):
    slug = "too_many_views"
    sentence = N_("Vous gardez déjà 20 vues.")
    next = N_("Retirez-en une pour en garder une autre.")


class SplitWithoutAdult(Invalid):
    """Each of the two households has an adult."""

    slug = "split_without_adult"
    sentence = N_("Il faut un adulte dans chaque foyer.")
    next = N_("Choisissez qui part : un adulte part, un adulte reste.")


# Said alike to staff, to whoever pays a second time, and to whoever wants to be erased.
PLAN_RUNS = N_("Un paiement mensuel est en cours.")
STOP_IT = N_("Arrêtez-le d'abord.")


class PlanStillRuns(Refused):
    slug = "plan_still_runs"
    sentence = PLAN_RUNS
    next = STOP_IT


class AlreadyMonthly(Refused):
    slug = "already_monthly"
    sentence = PLAN_RUNS
    next = STOP_IT


class NotMonthly(Refused):
    slug = "not_monthly"
    sentence = N_("Votre foyer ne paie pas chaque mois.")
    next = N_("Il n'y a rien à arrêter.")


class NothingToPay(Refused):
    slug = "nothing_to_pay"
    sentence = N_("Votre adhésion est gratuite.")
    next = N_("Vous n'avez rien à payer.")


class NotFree(Refused):
    slug = "not_free"
    sentence = N_("Ce foyer n'a pas le tarif gratuit.")
    next = N_("Encaissez sa cotisation, ou changez d'abord son tarif.")


class PaidFarAhead(Refused):
    """Another payment is a mistake, or money that will be asked back."""

    slug = "paid_far_ahead"
    sentence = N_("Votre cotisation est déjà payée jusqu'au {until}.")
    next = N_("Vous pourrez la renouveler plus tard.")


class RenewalNotOpen(Refused):
    """Somebody who pays a second year right after the first did not mean to."""

    slug = "renewal_not_open"
    sentence = N_("Votre cotisation est déjà payée jusqu'au {until}.")
    next = N_("Vous pourrez la renouveler à partir du {opens}.")


class DebitUnderWay(Refused):
    """Another payment now would be a second one for the same days."""

    slug = "debit_under_way"
    sentence = N_("Un prélèvement est déjà en cours.")
    next = N_("Attendez la réponse de votre banque. Elle vient sous trois semaines.")


class PaymentRunning(Invalid):
    """Money over the counter while other money for the same days is on its way."""

    slug = "payment_running"
    sentence = N_("Ce foyer a déjà un paiement en cours.")
    next = N_("Arrêtez-le, ou cochez « J’encaisse quand même ».")


class MonthsUnlikely(Invalid):
    slug = "months_unlikely"
    sentence = N_("Une cotisation se paie pour 1 à 24 mois.")
    next = N_("Choisissez un nombre de mois de 1 à 24.")


class MonthsNeedManager(Invalid):
    """Free months are money that the club does not ask for: the counter alone gives few."""

    slug = "months_need_manager"
    sentence = N_("Au comptoir, on donne 3 mois d'avance au plus.")
    next = N_("Demandez à un responsable du club d'en donner plus.")


class MonthsOfManager(Refused):
    slug = "months_of_manager"
    sentence = N_("Un responsable a donné ces mois.")
    next = N_("Demandez à un responsable du club de les annuler.")


class AlreadyPaid(Refused):
    slug = "period_taken"
    sentence = N_("Ces jours sont déjà payés.")
    next = N_("Rechargez la page pour voir la cotisation.")


class DwellingUnknown(Missing):
    slug = "dwelling_unknown"
    sentence = N_("Ce logement n'est pas dans la liste.")
    next = N_("Cherchez-le par sa rue, sa porte ou son contrat.")


class DwellingTaken(Refused):
    slug = "dwelling_taken"
    sentence = N_("Un autre foyer a déjà prouvé ce logement.")
    next = N_("Regardez d'abord cet autre foyer.")


class DuesUndone(Refused):
    slug = "dues_undone"
    sentence = N_("Cette cotisation est déjà annulée.")
    next = N_("Rechargez la page pour voir le foyer.")


class NotTakenHere(Refused):
    """Money that came by Stripe goes back by Stripe."""

    slug = "not_taken_here"
    sentence = N_("Cette cotisation n'a pas été payée au comptoir.")
    next = N_("Demandez au trésorier de la rembourser.")


class DuesAmountChanged(Refused):
    """Another price or category since the page was read."""

    slug = "dues_amount_changed"
    sentence = N_("Le prix de la cotisation a changé.")
    next = N_("Regardez la nouvelle somme, puis demandez-la à la personne.")


class PriceMoved(Refused):
    slug = "price_moved"
    sentence = N_("Quelqu'un vient de changer ce prix.")
    next = N_("Rechargez la page pour voir les prix.")


class NothingToHand(Refused):
    """Every letter and visit was handed over, or its dues are paid."""

    slug = "nothing_to_hand"
    sentence = N_("Il n'y a rien à imprimer.")
    next = N_("Rouvrez la page : les foyers ont payé, ou tout est déjà remis.")


class LadderEmpty(Invalid):
    slug = "ladder_empty"
    sentence = N_("Il n'y a plus aucun rappel.")
    next = N_("Gardez au moins un rappel.")


class LadderFar(Invalid):
    slug = "ladder_far"
    sentence = N_(
        "Il y a {most} rappels au plus, de {earliest} jours avant à {latest} jours après."
    )
    next = N_("Changez les jours, ou retirez un rappel.")


class LadderTwice(Invalid):
    slug = "ladder_twice"
    sentence = N_("Deux rappels tombent le même jour.")
    next = N_("Changez le jour de l'un des deux.")


class LadderMute(Invalid):
    """Without a letter or a visit, who has no e-mail and no telephone would never hear of it (N5)."""

    slug = "ladder_mute"
    sentence = N_("Des personnes ne recevraient aucun rappel.")
    next = N_("Gardez une lettre ou une visite dans au moins un rappel.")


class LadderMoved(Refused):
    slug = "ladder_moved"
    sentence = N_("Quelqu'un vient de changer ces rappels.")
    next = N_("Rechargez la page pour les voir.")


class NotPaidOnline(Refused):
    slug = "not_paid_online"
    sentence = N_("Cette cotisation n'a pas été payée en ligne.")
    next = N_("Passez au comptoir : l'argent vous est rendu là.")


class WithdrawalOver(Refused):
    slug = "withdrawal_over"
    sentence = N_("Les 14 jours pour changer d'avis sont passés.")
    next = N_("Écrivez au club : le trésorier vous répond.")


class NoRenewalAsked(Refused):
    slug = "no_renewal_asked"
    sentence = N_("Votre cotisation ne se renouvelle pas toute seule.")
    next = N_("Il n'y a rien à arrêter.")
