"""What the club says no to about partners."""

from backend.kit.errors import N_, Invalid, Missing, Refused


class PartnerUnknown(Missing):
    slug = "partner_unknown"
    sentence = N_("Nous ne trouvons pas ce partenaire.")
    next = N_("Revenez à la liste des partenaires.")


class ShopUnknown(Missing):
    slug = "shop_unknown"
    sentence = N_("Nous ne trouvons pas ce point de vente.")
    next = N_("Revenez à la liste des points de vente.")


class TillUnknown(Missing):
    slug = "till_unknown"
    sentence = N_("Nous ne trouvons pas cette caisse.")
    next = N_("Revenez à la liste des caisses.")


class SiretWrong(Invalid):
    slug = "siret_wrong"
    sentence = N_("Ce numéro SIRET n'est pas juste.")
    next = N_("Recopiez ses 14 chiffres, ou laissez vide.")


class HoursWrong(Invalid):
    slug = "hours_wrong"
    sentence = N_("Ces horaires se croisent ou finissent avant de commencer.")
    next = N_("Corrigez les heures d'ouverture.")


class PlaceWrong(Invalid):
    slug = "place_wrong"
    sentence = N_("Ces coordonnées ne sont pas sur la carte.")
    next = N_("Donnez la latitude et la longitude, ou aucune des deux.")


class EnrolmentUsed(Refused):
    """Also when the link is unknown or too old: one answer for all (V24)."""

    slug = "enrolment_used"
    sentence = N_("Ce lien a déjà servi, ou il est trop vieux.")
    next = N_("Demandez un nouveau lien au club.")


class ContractUnknown(Missing):
    slug = "contract_unknown"
    sentence = N_("Nous ne trouvons pas cette convention.")
    next = N_("Revenez à la liste des conventions.")


class ApplicationUnknown(Missing):
    slug = "application_unknown"
    sentence = N_("Nous ne trouvons pas cette candidature.")
    next = N_("Revenez à la liste des candidatures.")


class ApplicationDecided(Refused):
    slug = "application_decided"
    sentence = N_("Cette candidature a déjà sa réponse.")
    next = N_("Revenez à la liste des candidatures.")


class RefusalUnexplained(Invalid):
    slug = "refusal_unexplained"
    sentence = N_("Dites pourquoi en quelques mots.")
    next = N_("Écrivez la raison du refus.")


class TradeMissing(Invalid):
    slug = "trade_missing"
    sentence = N_("Choisissez au moins un métier.")
    next = N_("Cochez le métier dans la liste.")


class DetailMissing(Invalid):
    slug = "detail_missing"
    sentence = N_("Remplissez ce champ.")
    next = N_("Remplissez les champs marqués.")


class PartnerClosed(Refused):
    slug = "partner_closed"
    sentence = N_("Ce partenaire n'est plus au club.")
    next = N_("Reprenez-le d'abord, sur sa page.")


class ContractRunning(Refused):
    slug = "contract_running"
    sentence = N_("Une convention court déjà à ces dates.")
    next = N_("Terminez-la d'abord, ou choisissez d'autres dates.")


class ContractSigned(Refused):
    slug = "contract_signed"
    sentence = N_("Cette convention est déjà signée.")
    next = N_("Revenez à la page de la convention.")


class ContractOver(Refused):
    slug = "contract_over"
    sentence = N_("Cette convention est terminée.")
    next = N_("Revenez à la page de la convention.")


class NothingOwed(Refused):
    slug = "nothing_owed"
    sentence = N_("Rien n'est à payer pour cette convention.")
    next = N_("Revenez à la page de la convention.")


class TradeTaken(Refused):
    """Whoever waits for a place is charged nothing (V12)."""

    slug = "trade_taken"
    sentence = N_("Une autre entreprise a déjà cette place. Vous ne payez rien.")
    next = N_("Vous êtes sur la liste d'attente. Nous vous écrirons.")


class LastTrade(Refused):
    """A firm without a trade would pay for nothing (P7)."""

    slug = "last_trade"
    sentence = N_("C'est le dernier métier de cette convention.")
    next = N_("Pour le rendre aussi, terminez la convention.")


class PlaceNotLost(Refused):
    slug = "place_not_lost"
    sentence = N_("Cette convention n'est pas encore signée.")
    next = N_("Acceptez-la d'abord.")


class PlaceLost(Refused):
    """What a firm was offered went to who waits behind it (P1)."""

    slug = "place_lost"
    sentence = N_("Le délai pour prendre cette place est passé.")
    next = N_("Vous pouvez reprendre rang sur la page de la convention.")


class DuesFirst(Refused):
    """Who owes dues has an offered place by paying them."""

    slug = "dues_first"
    sentence = N_("La cotisation est à payer d'abord.")
    next = N_("Payez sur la page de la convention : la place est alors à vous.")


class DebitRunning(Refused):
    slug = "partner_debit_running"
    sentence = N_("Un prélèvement est en cours pour cette convention.")
    next = N_("Attendez quelques jours avant de payer autrement.")


class TerritoryTaken(Invalid):
    slug = "territory_taken"
    sentence = N_("Ce territoire existe déjà.")
    next = N_("Choisissez un autre nom.")


class TerritoryUnknown(Missing):
    slug = "territory_unknown"
    sentence = N_("Nous ne trouvons pas ce territoire.")
    next = N_("Revenez à la liste des territoires.")


class TerritoryUsed(Refused):
    slug = "territory_used"
    sentence = N_("Des conventions citent ce territoire.")
    next = N_("Il reste pour leur histoire. Vous pouvez changer son nom ou ses résidences.")


class TerritoryHeld(Refused):
    """Residences do not leave a firm that has them (P1)."""

    slug = "territory_held"
    sentence = N_("{firm} a le métier « {trade} » pour ces résidences, jusqu'au {until}.")
    next = N_("Attendez la fin de sa convention, ou qu'elle rende ce métier.")


class TerritoriesClash(Refused):
    """Of two firms that were promised to be the only one, none gives way to a change of the map (P1)."""

    slug = "territories_clash"
    sentence = N_("{firm} et {other} ont le même métier : {trade}.")
    next = N_("Ces résidences en auraient deux. Attendez la fin d'une des conventions.")


class SettingWrong(Invalid):
    slug = "partner_setting_wrong"
    sentence = N_("Ce nombre n'est pas possible ici.")
    next = N_("Corrigez le nombre.")
