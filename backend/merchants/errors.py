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
