"""Why money of a loan is refused: charging, paying, giving back, deposits."""

from backend.kit.errors import N_, Denied, Invalid, Missing, Refused


class DebtUnknown(Missing):
    slug = "loan_debt_unknown"
    sentence = N_("Nous ne trouvons pas cette somme.")
    next = N_("Revenez à la liste de ce que vous devez.")


class DepositUnknown(Missing):
    slug = "loan_deposit_unknown"
    sentence = N_("Nous ne trouvons pas cette caution.")
    next = N_("Revenez à la liste des cautions.")


class DebtNotOpen(Refused):
    slug = "loan_debt_not_open"
    sentence = N_("Cette somme n'est plus à payer.")
    next = N_("Rechargez la page pour voir où elle en est.")


class NothingOwed(Refused):
    slug = "loan_nothing_owed"
    sentence = N_("Il n'y a rien à payer pour vos prêts.")
    next = N_("Revenez à vos réservations.")


class NothingToGiveBack(Refused):
    slug = "loan_nothing_to_give_back"
    sentence = N_("Il n'y a rien à rendre à ce foyer.")
    next = N_("Rechargez la page.")


class AmountChanged(Refused):
    """What is owed is not what the page said."""

    slug = "loan_amount_changed"
    sentence = N_("La somme a changé entre-temps.")
    next = N_("Vérifiez la nouvelle somme, puis recommencez.")


class WaiverTooLarge(Invalid):
    """Facts: `left`, what is still owed."""

    slug = "loan_waiver_too_large"
    sentence = N_("Il ne reste que {left} à payer.")
    next = N_("Écrivez une somme plus petite.")


class DamageNeedsProof(Invalid):
    slug = "loan_damage_needs_proof"
    sentence = N_("Ajoutez une photo, ou écrivez ce que vous voyez.")
    next = N_("Il faut l'un des deux.")


class NeverOut(Refused):
    slug = "loan_never_out"
    sentence = N_("Cet objet n'a pas été remis.")
    next = N_("Comptez le dégât sur le prêt où il est arrivé.")


class DamageAmountWrong(Invalid):
    slug = "loan_damage_amount_wrong"
    sentence = N_("Écrivez une somme plus grande que zéro.")
    next = N_("Corrigez la somme.")


class TooManyPhotos(Invalid):
    """Facts: `most`."""

    slug = "loan_too_many_photos"
    sentence = N_("Choisissez {most} photos au plus.")
    next = N_("Gardez les plus claires.")


class LoanOfNobody(Refused):
    slug = "loan_of_nobody"
    sentence = N_("Ce prêt n'est plus lié à un foyer.")
    next = N_("Il n'y a plus rien à demander.")


class NeedsAnother(Denied):
    slug = "loan_needs_another"
    sentence = N_("Une autre personne de l'équipe doit décider.")
    next = N_("Demandez à un ou une collègue.")


class AlreadyContested(Refused):
    slug = "loan_already_contested"
    sentence = N_("Vous avez déjà contesté cette somme.")
    next = N_("La réponse du club est sur cette page.")


class ContestUnknown(Refused):
    slug = "loan_contest_unknown"
    sentence = N_("Cette contestation a déjà sa réponse.")
    next = N_("Revenez à la liste.")


class DepositMissing(Refused):
    slug = "loan_deposit_missing"
    sentence = N_("Il faut d'abord la caution.")
    next = N_("Réservez l'objet, prenez la caution, puis remettez-le.")


class DepositNotAsked(Refused):
    slug = "loan_deposit_not_asked"
    sentence = N_("Cet objet ne demande pas cette caution.")
    next = N_("Rechargez la page du prêt.")


class DepositAlready(Refused):
    slug = "loan_deposit_already"
    sentence = N_("Il y a déjà une caution pour ce prêt.")
    next = N_("Rechargez la page du prêt.")


class DepositEnded(Refused):
    slug = "loan_deposit_ended"
    sentence = N_("Cette caution est déjà rendue ou gardée.")
    next = N_("Rechargez la liste des cautions.")


class LoanStillOut(Refused):
    slug = "loan_still_out"
    sentence = N_("L'objet n'est pas encore rendu.")
    next = N_("Reprenez d'abord l'objet, puis rendez la caution.")


class NothingToKeep(Refused):
    slug = "loan_nothing_to_keep"
    sentence = N_("Aucun dégât n'est à payer pour ce prêt.")
    next = N_("Comptez d'abord le dégât.")


class CardMissing(Refused):
    slug = "loan_card_missing"
    sentence = N_("Ce foyer n'a pas laissé de carte bancaire.")
    next = N_("Il peut le faire sur le site, dans ses réservations.")


class CardNotYours(Denied):
    slug = "loan_card_not_yours"
    sentence = N_("Cette carte est à une autre personne du foyer.")
    next = N_("Cette personne peut la retirer.")


class CardRelied(Refused):
    """A thing is out, or money is on its way from it."""

    slug = "loan_card_relied_on"
    sentence = N_("Un prêt compte sur cette carte.")
    next = N_("Rapportez l'objet, ou réglez la somme, puis recommencez.")


class HoldTooEarly(Refused):
    slug = "loan_hold_too_early"
    sentence = N_("Il est trop tôt pour cette caution.")
    next = N_("Revenez le jour où vous prenez l'objet.")


class LoansOpen(Refused):
    """A household is about to end, and something of the club's is with it."""

    slug = "household_has_loans"
    sentence = N_("Ce foyer a encore un objet du club.")
    next = N_("Reprenez l'objet au comptoir, puis recommencez.")


class LossOpen(Refused):
    slug = "household_has_loss"
    sentence = N_("Ce foyer a perdu un objet du club.")
    next = N_("Comptez d'abord ce qu'il coûte. S'il ne coûte rien, annulez ensuite la somme.")


class BookingsOpen(Refused):
    slug = "household_has_bookings"
    sentence = N_("Ce foyer a encore une réservation.")
    next = N_("Annulez ses réservations, puis recommencez.")


class MoneyOpen(Refused):
    """Either way: what the household owes, and what the club owes it."""

    slug = "household_has_loan_money"
    sentence = N_("Il reste de l'argent à régler pour un prêt de ce foyer.")
    next = N_("Réglez la somme au comptoir, puis recommencez.")


class DepositsOpen(Refused):
    slug = "household_has_deposit"
    sentence = N_("Le club garde une caution de ce foyer.")
    next = N_("Rendez la caution au comptoir, puis recommencez.")
