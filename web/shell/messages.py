"""What each kind of message is, as a member and the office read it; its words are not kept."""

from backend.kit.errors import N_

MESSAGES = {
    "desk.act": N_("Ce que l’équipe a fait"),
    "dues.paid": N_("Cotisation reçue"),
    "dues.failed": N_("Paiement refusé"),
    "dues.unsent": N_("Renouvellement non parti"),
    "dues.disputed": N_("Paiement contesté"),
    "dues.stopped": N_("Paiement mensuel arrêté"),
    "dues.withdrawn": N_("Rétractation"),
    "dues.reminder": N_("Rappel de cotisation"),
    "dues.ended": N_("Fin de l’adhésion"),
    "dues.renewal_notice": N_("Préavis de renouvellement"),
    "dues.renewal_ended": N_("Renouvellement arrêté"),
    "dues.price": N_("Nouveau prix du club"),
    "dues.year": N_("Ce qui a été payé dans l’année"),
    "treasurer.disputed": N_("Paiement contesté, au trésorier"),
    "campaign.held": N_("Campagne qui n’est pas partie"),
    "identity.code": N_("Code de connexion"),
    "identity.no_account": N_("Adresse inconnue à cette porte"),
    "identity.suspended": N_("Compte suspendu"),
    "identity.invited": N_("Invitation"),
    "identity.notice": N_("Changement du compte"),
    "identity.confirm": N_("Adresse à confirmer"),
    "privacy.erased": N_("Compte effacé"),
    "voucher.used": N_("Bon utilisé"),
    "voucher.undone": N_("Utilisation annulée"),
    "lending.requested": N_("Réservation demandée"),
    "lending.confirmed": N_("Réservation faite"),
    "lending.approved": N_("Réservation acceptée"),
    "lending.rejected": N_("Réservation refusée"),
    "lending.unanswered": N_("Réservation restée sans réponse"),
    "lending.ready": N_("Objet prêt à prendre"),
    "lending.eve": N_("Rappel : objet à prendre"),
    "lending.before": N_("Rappel : objet à rendre"),
    "lending.late": N_("Retour en retard"),
    "lending.slip": N_("Vos prêts, du comptoir"),
    "lending.offered": N_("Une réservation vous est proposée"),
    "lending.cancelled": N_("Réservation annulée par le club"),
    "lending.at_risk": N_("Une réservation n'est pas sûre"),
    "lending.due": N_("Date de retour d'un prêt"),
    "lending.moved": N_("Nouvelles dates d'un prêt"),
    "lending.word": N_("Message sur un prêt"),
    "lending.upkeep": N_("Entretien d'un objet, à qui en est chargé"),
    "order.confirmed": N_("Commande notée"),
    "order.ready": N_("Commande prête"),
    "order.reminder": N_("Rappel : commande prête"),
    "order.cancelled": N_("Commande annulée"),
    "order.moved": N_("Commande, un autre jour"),
    "order.list": N_("Commandes, au partenaire"),
    "listing.ending": N_("Annonce bientôt finie"),
    "listing.allowed": N_("Annonce publiée"),
    "listing.refused": N_("Annonce refusée"),
}
# Of the kinds that have no words of their own.
FAMILIES = {
    "activity": N_("Activité"),
    "dues": N_("Cotisation"),
    "identity": N_("Compte"),
    "voucher": N_("Bon"),
    "campaign": N_("Nouvelles du club"),
    "certificate": N_("Assurance du logement"),
    "referral": N_("Demande d’appel"),
    "partner": N_("Partenariat"),
    "exchange": N_("Échange entre voisins"),
    "skills": N_("Entraide"),
}
OTHER = N_("Message du club")


def said(kind: str) -> str | None:
    """None for what is no kind of message."""
    if "." not in kind:
        return None
    return MESSAGES.get(kind) or FAMILIES.get(kind.partition(".")[0], OTHER)
