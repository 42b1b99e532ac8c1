"""Why a campaign does not leave, or a word of it is refused."""

from backend.kit.errors import N_, Denied, Invalid, Missing, Refused


class CampaignUnknown(Missing):
    slug = "campaign_unknown"
    sentence = N_("Nous ne trouvons pas cette campagne.")
    next = N_("Revenez à la liste des campagnes.")


class NothingToSay(Invalid):
    slug = "campaign_empty"
    sentence = N_("Écrivez ce texte, {most} lettres au plus.")
    next = N_("Corrigez ce champ, puis enregistrez.")


class WaysMissing(Invalid):
    slug = "campaign_without_way"
    sentence = N_("Choisissez comment le message part.")
    next = N_("E-mail, SMS ou lettre.")


class SmsTooLong(Invalid):
    slug = "campaign_sms_long"
    sentence = N_("Le SMS est trop long : {most} lettres au plus.")
    next = N_("Gardez le plus utile.")


class NamesPartner(Invalid):
    """Partners' messages go only to who agreed to them, whatever they are called."""

    slug = "campaign_names_partner"
    sentence = N_(
        "Ce texte nomme un partenaire, {partner}. Retirez son nom, ou faites sa campagne."
    )
    next = N_("Seuls ceux qui veulent les offres reçoivent un message de partenaire.")


class CapOutOfRange(Invalid):
    slug = "campaign_cap_range"
    sentence = N_("Écrivez un nombre de 1 à {most}.")
    next = N_("C'est le nombre de messages de partenaires par semaine.")


class StopNumberWrong(Invalid):
    slug = "stop_number_wrong"
    sentence = N_("Un numéro STOP a 5 chiffres.")
    next = N_("Votre fournisseur de SMS vous le donne.")


class StopNumberMissing(Refused):
    slug = "stop_number_missing"
    sentence = N_("Un SMS doit dire où envoyer STOP.")
    next = N_("Écrivez d'abord le numéro STOP dans les réglages.")


class HourUnknown(Invalid):
    slug = "campaign_hour_unknown"
    sentence = N_("Choisissez une heure de la liste.")
    next = N_("De 7 h à 20 h 30.")


class MomentPast(Invalid):
    slug = "campaign_moment_past"
    sentence = N_("Ce moment est passé.")
    next = N_("Choisissez un moment à venir.")


class MomentFar(Invalid):
    slug = "campaign_moment_far"
    sentence = N_("C'est trop loin : un an au plus.")
    next = N_("Choisissez un jour plus proche.")


class MomentSilent(Invalid):
    slug = "campaign_moment_silent"
    sentence = N_("Aucun SMS ne part à ce moment. Le prochain possible : {first}.")
    next = N_("Choisissez de 10 h à 20 h, ni un dimanche ni un jour férié.")


class CampaignPlanned(Refused):
    slug = "campaign_planned"
    sentence = N_("Cette campagne part le {at}.")
    next = N_("Annulez d'abord son départ.")


class MomentMissed(Refused):
    """Said to whoever planned it, when the workers come hours late or at night."""

    slug = "campaign_moment_missed"
    sentence = N_("L'envoi prévu à cette heure n'a pas pu se faire à temps.")
    next = N_("Relisez la campagne, puis choisissez une autre heure.")


class CampaignNotPlanned(Refused):
    slug = "campaign_not_planned"
    sentence = N_("Aucun départ n'est prévu.")
    next = N_("Rechargez la page pour voir où elle en est.")


class CampaignClosed(Refused):
    slug = "campaign_closed"
    sentence = N_("Cette campagne ne se change plus.")
    next = N_("Faites-en une nouvelle.")


class CampaignNotRunning(Refused):
    slug = "campaign_not_running"
    sentence = N_("Cette campagne n'est pas en cours.")
    next = N_("Rechargez la page pour voir où elle en est.")


class LettersNotPrinted(Refused):
    slug = "letters_not_printed"
    sentence = N_("Ces lettres ne sont pas encore imprimées.")
    next = N_("Imprimez les lettres, puis dites qu'elles sont postées.")


class AudienceChanged(Refused):
    """What was seen is what is sent: another count is looked at anew."""

    slug = "audience_changed"
    sentence = N_("Le nombre de personnes a changé : {count}.")
    next = N_("Regardez-le, puis lancez la campagne.")


class NobodyToTell(Refused):
    slug = "audience_empty"
    sentence = N_("Ce message n'irait à personne.")
    next = N_("Regardez pourquoi dans la liste, puis changez le choix.")


class RightsUsedUp(Invalid):
    slug = "campaign_rights_used"
    sentence = N_("Ses {allowed} campagnes de l'année sont parties. Écrivez pourquoi une de plus.")
    next = N_("Écrivez pourquoi vous en envoyez une de plus.")


class PartnerGone(Refused):
    slug = "campaign_partner_gone"
    sentence = N_("Ce partenaire n'est plus au club.")
    next = N_("Sa campagne ne part pas.")


class TrialWithoutAddress(Refused):
    slug = "trial_without_address"
    sentence = N_("Votre compte n'a pas d'e-mail.")
    next = N_("Ajoutez-en un à votre compte, puis recommencez.")


class LinkWrong(Missing):
    slug = "unsubscribe_link_wrong"
    sentence = N_("Ce lien n'est pas complet.")
    next = N_("Ouvrez-le encore une fois depuis le message.")


class AddressNobodyHas(Invalid):
    slug = "address_nobody_has"
    sentence = N_("Personne n'a cette adresse ou ce numéro.")
    next = N_("Vérifiez ce que vous avez écrit.")


class SecretWrong(Denied):
    """Whoever calls is not the provider we gave the secret to."""

    slug = "hook_secret_wrong"
    sentence = N_("Ce secret n'est pas le bon.")
    next = N_("Écrivez chez le fournisseur le secret des réglages.")


class AnswerUnreadable(Invalid):
    slug = "hook_unreadable"
    sentence = N_("Nous ne pouvons pas lire cet envoi.")
    next = N_("Envoyez du JSON, ou les champs d'un formulaire.")


class NothingNew(Refused):
    slug = "nothing_new"
    sentence = N_("Aucune annonce n'est arrivée cette semaine.")
    next = N_("Revenez dans quelques jours.")
