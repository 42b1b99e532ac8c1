"""Why a service, an order or its money is refused."""

from backend.kit.errors import N_, Denied, Invalid, Missing, Refused


class ServiceUnknown(Missing):
    slug = "service_unknown"
    sentence = N_("Nous ne trouvons pas ce service.")
    next = N_("Revenez à la liste des services.")


class ItemUnknown(Missing):
    slug = "service_item_unknown"
    sentence = N_("Nous ne trouvons pas cet article.")
    next = N_("Revenez à la liste des services.")


class ItemGone(Refused):
    slug = "service_item_gone"
    sentence = N_("Un article n'est plus proposé.")
    next = N_("Regardez la liste, puis recommencez.")


class TicketUnknown(Missing):
    slug = "order_unknown_here"
    sentence = N_("Nous ne trouvons pas cette commande.")
    next = N_("Regardez le numéro, ou revenez à la liste.")


class RoundUnknown(Missing):
    slug = "round_unknown"
    sentence = N_("Nous ne trouvons pas cette liste.")
    next = N_("Elle n'est peut-être plus ouverte. Demandez-la au club.")


class ServiceWrong(Invalid):
    slug = "service_wrong"
    sentence = N_("Ce service n'est pas complet.")
    next = N_("Corrigez ce qui est marqué, puis enregistrez.")


class ServiceChanged(Refused):
    slug = "service_changed"
    sentence = N_("Quelqu'un vient de changer ce service.")
    next = N_("Ouvrez la page de nouveau, puis recommencez.")


class PriceJustSet(Refused):
    slug = "service_price_moved"
    sentence = N_("Quelqu'un vient de changer ce prix.")
    next = N_("Ouvrez la page de nouveau, puis recommencez.")


class ServiceClosed(Refused):
    slug = "service_closed"
    sentence = N_("Ce service n'est plus proposé ici.")
    next = N_("Choisissez un autre service ou un autre lieu.")


class OrderingMembersOnly(Denied):
    slug = "orders_members_only"
    sentence = N_("Les services sont pour les adhérents à jour.")
    next = N_("Payez la cotisation, puis commandez.")


class OrdersByAdults(Denied):
    slug = "orders_by_adults"
    sentence = N_("Un adulte du foyer commande, et annule.")
    next = N_("Demandez à un adulte de votre foyer.")


class OrderEmpty(Invalid):
    slug = "order_empty"
    sentence = N_("Il n'y a rien dans cette commande.")
    next = N_("Choisissez au moins un article.")


class OrderTooLarge(Invalid):
    slug = "order_too_large"
    sentence = N_("C'est trop pour une seule commande.")
    next = N_("Prenez 99 articles de chaque sorte au plus.")


class TooManyOrders(Refused):
    slug = "too_many_orders"
    sentence = N_("Vous avez déjà {most} commandes en cours.")
    next = N_("Annulez-en une, ou demandez au comptoir.")


class OrderAmountChanged(Refused):
    slug = "order_amount_changed"
    sentence = N_("Le prix a changé depuis que vous avez ouvert la page.")
    next = N_("Regardez le nouveau prix, puis recommencez.")


class NoRoundSoon(Refused):
    slug = "no_delivery_soon"
    sentence = N_("Il n'y a pas de livraison prévue.")
    next = N_("Le lieu est peut-être fermé. Demandez au comptoir.")


class TicketMoved(Refused):
    slug = "order_moved"
    sentence = N_("Cette commande n'en est plus là.")
    next = N_("Regardez où elle en est, puis recommencez.")


class NotReady(Refused):
    slug = "order_not_ready"
    sentence = N_("Cette commande n'est pas encore prête.")
    next = N_("Regardez quand elle arrive, sur sa page.")


class AlreadyCollected(Refused):
    slug = "order_already_collected"
    sentence = N_("Cette commande est déjà remise.")
    next = N_("Regardez sa page pour savoir quand.")


class OrderEnded(Refused):
    slug = "order_ended"
    sentence = N_("Cette commande est annulée.")
    next = N_("Il n'y a rien à remettre. Regardez sa page.")


class OfAnotherHousehold(Refused):
    slug = "order_of_another"
    sentence = N_("Cette commande est à un autre foyer.")
    next = N_("Ne la remettez pas. Demandez la carte ou le code.")


class OrderElsewhere(Refused):
    slug = "order_elsewhere"
    sentence = N_("Cette commande est à : {site}.")
    next = N_("Elle est ici quand même ? Ouvrez sa page pour la remettre.")


class SiteServes(Refused):
    slug = "site_serves"
    sentence = N_("Des commandes attendent encore à ce point.")
    next = N_("Remettez-les ou annulez-les. Ensuite, fermez le point.")


class NotOfThisRound(Refused):
    slug = "order_of_another_round"
    sentence = N_("Cette commande n'est pas de cette livraison.")
    next = N_("Scannez-la au guichet.")


class ToPayFirst(Refused):
    slug = "order_to_pay"
    sentence = N_("Il faut d'abord payer cette commande.")
    next = N_("Encaissez, puis remettez.")


class ProofNeeded(Refused):
    slug = "proof_needed"
    sentence = N_("Il faut voir une pièce d'identité.")
    next = N_("Choisissez la pièce vue sur la page de la commande.")


class TooLateToCancel(Refused):
    slug = "order_too_late"
    sentence = N_("Il est trop tard pour annuler ici.")
    next = N_("Parlez-en au comptoir.")


class TooLateToUndo(Refused):
    slug = "order_undo_too_late"
    sentence = N_("Il est trop tard pour défaire cette remise.")
    next = N_("Notez ce qui s'est passé sur une nouvelle commande.")


class RoundNotYet(Refused):
    slug = "round_not_closed"
    sentence = N_("On peut encore commander pour cette livraison.")
    next = N_("La liste part après l'heure limite.")


class DeliveryDayClosed(Refused):
    slug = "delivery_day_closed"
    sentence = N_("Le lieu est fermé le jour de cette livraison.")
    next = N_("Choisissez un autre jour, ou annulez la livraison.")


class DeliveryDayWrong(Invalid):
    slug = "delivery_day_wrong"
    sentence = N_("Cette livraison ne peut pas aller à ce jour.")
    next = N_("Choisissez un jour ouvert et libre, après l'heure limite, dans les 60 jours.")


class DeliveryOver(Refused):
    slug = "delivery_over"
    sentence = N_("Cette livraison est finie ou annulée.")
    next = N_("Regardez les commandes une par une.")


class CallOffReasonNeeded(Invalid):
    slug = "call_off_reason_needed"
    sentence = N_("Il manque la raison.")
    next = N_("Les personnes qui ont commandé la lisent.")


class NothingToSend(Refused):
    slug = "nothing_to_send"
    sentence = N_("Il n'y a rien à envoyer.")
    next = N_("Choisissez au moins une commande.")


class BackDayWrong(Invalid):
    slug = "round_back_day"
    sentence = N_("Choisissez un jour qui vient, dans les 60 jours.")
    next = N_("Corrigez le jour du retour, puis recommencez.")


class NothingToPay(Refused):
    slug = "order_nothing_to_pay"
    sentence = N_("Il n'y a rien à payer.")
    next = N_("Regardez où en est la commande.")


class NothingToReturn(Refused):
    slug = "order_nothing_to_return"
    sentence = N_("Il n'y a rien à rendre pour cette commande.")
    next = N_("Regardez ce qui a été payé.")


class OrdersOpen(Refused):
    slug = "orders_open"
    sentence = N_("Une commande de ce foyer attend encore.")
    next = N_("Remettez-la, ou annulez-la. Ensuite, recommencez.")


class OrderMoneyWaits(Refused):
    slug = "order_money_waits"
    sentence = N_("Le club doit encore à ce foyer l'argent d'une commande.")
    next = N_("Rendez-le au comptoir. Ensuite, recommencez.")
