"""Refusals about money."""

from backend.kit.errors import N_, Invalid, Missing, Refused, Unavailable


class OrderUnknown(Missing):
    slug = "order_unknown"
    sentence = N_("Nous ne trouvons pas ce paiement.")
    next = N_("Revenez à votre cotisation.")


class PaidOnline(Refused):
    """What came by Stripe goes back by Stripe."""

    slug = "paid_online"
    sentence = N_("Cette somme n'a pas été payée au comptoir.")
    next = N_("Annulez ce qui était à payer : Stripe rend l'argent.")


class PaymentUndone(Refused):
    slug = "payment_undone"
    sentence = N_("Ce paiement est déjà annulé.")
    next = N_("Rechargez la page.")


class PaymentSpent(Refused):
    slug = "payment_spent"
    sentence = N_("Une part de cette somme est déjà rendue.")
    next = N_("Regardez les paiements du foyer.")


class ReceiptUnknown(Missing):
    slug = "receipt_unknown"
    sentence = N_("Nous ne trouvons pas ce reçu.")
    next = N_("Revenez à la liste de vos reçus.")


class EntryUnbalanced(Refused):
    """A bug in a caller; the database would refuse it too (B8)."""

    slug = "entry_unbalanced"
    sentence = N_("Cette écriture n'est pas équilibrée.")
    next = N_("Prévenez le trésorier du club.")


class StripeUnavailable(Unavailable):
    slug = "payment_unavailable"
    sentence = N_("Le service de paiement ne répond pas.")
    next = N_("Attendez un peu. Vous ne payez jamais deux fois.")


class SignatureWrong(Invalid):
    """Whoever sent this is not Stripe, or said it too long ago (B3)."""

    status = 400
    slug = "signature_wrong"
    sentence = N_("La signature de ce message n'est pas juste.")
    next = N_("Vérifiez le secret du webhook.")


class EventTooLarge(Invalid):
    status = 413
    slug = "event_too_large"
    sentence = N_("Ce message est trop grand.")
    next = N_("Envoyez un message plus court.")


class WayClosed(Refused):
    slug = "way_closed"
    sentence = N_("Le club ne prend plus ce moyen de paiement.")
    next = N_("Choisissez un autre moyen de payer.")


class NoWayLeft(Invalid):
    slug = "no_way_left"
    sentence = N_("Plus personne ne pourrait payer.")
    next = N_("Gardez au moins un moyen de payer, en plus du prélèvement.")


class DrawerNotOpen(Refused):
    """Cash belongs to a counted drawer (B9)."""

    slug = "drawer_not_open"
    sentence = N_("La caisse du comptoir n'est pas ouverte.")
    next = N_("Comptez l'argent et ouvrez la caisse. Puis recommencez.")


class DrawerAlreadyOpen(Refused):
    slug = "drawer_already_open"
    sentence = N_("La caisse du comptoir est déjà ouverte.")
    next = N_("Rechargez la page pour la voir.")


class DrawerUnknown(Missing):
    slug = "drawer_unknown"
    sentence = N_("Nous ne trouvons pas cette caisse.")
    next = N_("Revenez à la caisse du comptoir.")


class DrawerClosed(Refused):
    slug = "drawer_closed"
    sentence = N_("Cette caisse vient d'être fermée.")
    next = N_("Rechargez la page pour la voir.")


class DrawerTooEmpty(Refused):
    """Nobody hands out what is not there: the next count could never be right (B9)."""

    slug = "drawer_too_empty"
    sentence = N_("Il n'y a pas assez d'argent dans la caisse.")
    next = N_("Fermez-la, puis ouvrez-la avec l'argent rapporté de la banque.")


class MoreThanCounted(Invalid):
    slug = "more_than_counted"
    sentence = N_("C'est plus que l'argent de la caisse.")
    next = N_("Vérifiez la somme portée à la banque.")


class CountMistaken(Invalid):
    slug = "count_mistaken"
    sentence = N_("Le total et les pièces ne disent pas la même somme.")
    next = N_("Recomptez, ou effacez l'un des deux.")


class IbanWrong(Invalid):
    slug = "iban_wrong"
    sentence = N_("Cet IBAN n'est pas juste.")
    next = N_("Recopiez-le depuis un relevé de la banque.")


class BicWrong(Invalid):
    slug = "bic_wrong"
    sentence = N_("Ce BIC n'est pas juste.")
    next = N_("Il a 8 ou 11 signes, par exemple AGRIFRPP.")


class BankIncomplete(Invalid):
    slug = "bank_incomplete"
    sentence = N_("Il manque le nom du titulaire du compte.")
    next = N_("Écrivez-le comme sur le relevé.")


class DifferenceUnknown(Missing):
    slug = "difference_unknown"
    sentence = N_("Nous ne trouvons pas cet écart.")
    next = N_("Revenez à la liste des écarts.")


class DifferenceClosed(Refused):
    slug = "difference_closed"
    sentence = N_("Quelqu'un a déjà réglé cet écart.")
    next = N_("Rechargez la page pour voir sa note.")


class NoteMissing(Invalid):
    slug = "note_missing"
    sentence = N_("Une note est nécessaire.")
    next = N_("Écrivez en quelques mots ce que vous avez fait.")


class RefundRefused(Refused):
    """Said by Stripe: the payment is disputed, or all of it was given back."""

    slug = "refund_refused"
    sentence = N_("Stripe refuse ce remboursement.")
    next = N_("Rendez l'argent autrement, ou ouvrez le paiement chez Stripe.")


class RefundTooLarge(Invalid):
    slug = "refund_too_large"
    sentence = N_("C'est plus que ce qui reste de ce paiement.")
    next = N_("Rendez {left} au plus.")


class PaymentUnknown(Missing):
    slug = "payment_unknown"
    sentence = N_("Nous ne trouvons pas ce paiement.")
    next = N_("Revenez à la fiche du foyer.")


class NoChequeWaits(Refused):
    slug = "no_cheque_waits"
    sentence = N_("Ces chèques ne sont plus en attente.")
    next = N_("Rechargez la page pour voir ceux qui restent.")


class ChequeNotDeposited(Refused):
    slug = "cheque_not_deposited"
    sentence = N_("Ce chèque n'a pas été remis à la banque.")
    next = N_("Annulez plutôt la cotisation, et rendez le chèque.")


class ChequeCameBack(Refused):
    slug = "cheque_came_back"
    sentence = N_("Ce chèque est déjà revenu.")
    next = N_("Rechargez la page pour voir la remise.")


class DepositUnknown(Missing):
    slug = "deposit_unknown"
    sentence = N_("Nous ne trouvons pas cette remise.")
    next = N_("Revenez à la liste des chèques.")


class BankLineUnknown(Missing):
    slug = "bank_line_unknown"
    sentence = N_("Nous ne trouvons pas cette ligne de banque.")
    next = N_("Revenez à la liste des virements.")


class BankLineSettled(Refused):
    slug = "bank_line_settled"
    sentence = N_("Quelqu'un a déjà traité cette ligne.")
    next = N_("Rechargez la page pour voir ce qui reste.")


class BankLineStands(Refused):
    slug = "bank_line_stands"
    sentence = N_("Cette ligne paie une cotisation qui compte.")
    next = N_("Annulez d'abord cette cotisation, puis reprenez la ligne.")


class BankDayUnlikely(Invalid):
    slug = "bank_day_unlikely"
    sentence = N_("Ce jour n'est pas possible pour une ligne de banque.")
    next = N_("Choisissez un jour de cette année ou de l'an dernier.")


class AmountsDiffer(Refused):
    slug = "amounts_differ"
    sentence = N_("La somme n'est pas la même des deux côtés.")
    next = N_("Choisissez une autre ligne, ou rendez l'argent.")


class OrderNotByTransfer(Refused):
    slug = "order_not_by_transfer"
    sentence = N_("Cette cotisation n'attend pas de virement.")
    next = N_("Cherchez une autre référence.")


class StatementUnreadable(Invalid):
    slug = "statement_unreadable"
    sentence = N_("Nous ne savons pas lire ce relevé.")
    next = N_("Choisissez un fichier CSV avec une date et un montant.")


class StatementTooLarge(Invalid):
    slug = "statement_too_large"
    sentence = N_("Ce relevé est trop grand.")
    next = N_("Envoyez un mois à la fois.")


class EntryUnknown(Missing):
    slug = "entry_unknown"
    sentence = N_("Nous ne trouvons pas cette écriture.")
    next = N_("Revenez au journal.")


class EntryHasDocument(Refused):
    """A payment, a deposit or a payout: its own act takes it back, and says so everywhere."""

    slug = "entry_has_document"
    sentence = N_("Cette écriture vient d'un paiement ou d'une remise.")
    next = N_("Annulez plutôt ce paiement ou cette remise.")


class SuspenseCleared(Refused):
    slug = "suspense_cleared"
    sentence = N_("Ce mouvement n'attend pas.")
    next = N_("Rechargez la liste pour le voir.")


class NotItsWayBack(Invalid):
    slug = "not_its_way_back"
    sentence = N_("L'autre mouvement n'a pas la même somme, dans l'autre sens.")
    next = N_("Choisissez-en un autre, ou une autre réponse.")


class EntryReversed(Refused):
    slug = "entry_reversed"
    sentence = N_("Cette écriture est déjà contrepassée.")
    next = N_("Rechargez le journal pour le voir.")


class InvoiceUnknown(Missing):
    slug = "invoice_unknown"
    sentence = N_("Nous ne trouvons pas cette facture.")
    next = N_("Revenez à la liste des factures.")
