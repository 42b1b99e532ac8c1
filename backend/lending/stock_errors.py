"""Why the office cannot change what is lent, or how it is looked after."""

from backend.kit.errors import N_, Invalid, Missing, Refused


class RecordChanged(Refused):
    """L12: somebody else saved the same page meanwhile."""

    slug = "lending_record_changed"
    sentence = N_("Cette fiche a changé entre-temps.")
    next = N_("Voyez ce qui a changé sur sa page, puis enregistrez à nouveau.")


class IsbnWrong(Invalid):
    slug = "isbn_wrong"
    sentence = N_("Ce numéro ISBN n'est pas juste.")
    next = N_("Recopiez les 10 ou 13 chiffres sous le code-barres.")


class SiteHeld(Refused):
    slug = "resource_site_held"
    sentence = N_("Cet objet a des réservations ou des exemplaires à ce point.")
    next = N_("Déplacez ses exemplaires, depuis la liste des exemplaires.")


class SiteLends(Refused):
    slug = "site_lends"
    sentence = N_("Des objets de ce point sont prêtés ou réservés.")
    next = N_("Attendez leur retour, ou envoyez-les à un autre point.")


class KitWrong(Invalid):
    slug = "kit_wrong"
    sentence = N_("Un lot contient des objets simples, et n'a pas d'exemplaire.")
    next = N_("Choisissez d'autres objets.")


class PlanUnknown(Missing):
    slug = "upkeep_plan_unknown"
    sentence = N_("Nous ne trouvons pas cet entretien régulier.")
    next = N_("Revenez à la page de l'objet.")


class PlanWrong(Invalid):
    slug = "upkeep_plan_wrong"
    sentence = N_("Cet entretien régulier n'est pas complet.")
    next = N_("Corrigez ce qui est indiqué.")


class StillLost(Refused):
    """L32: nobody has brought the thing back, so no ticket's end can put it on the shelf."""

    slug = "unit_still_lost"
    sentence = N_("Cet exemplaire est encore perdu.")
    next = N_("Quand il revient, scannez-le : son blocage se termine.")


class ActUnknown(Missing):
    slug = "bulk_act_unknown"
    sentence = N_("Nous ne trouvons pas ce geste.")
    next = N_("Revenez à la liste des exemplaires.")


class NothingChosen(Invalid):
    slug = "bulk_nothing_chosen"
    sentence = N_("Rien n'est choisi, ou plus de 500 à la fois.")
    next = N_("Cochez des exemplaires, puis dites quoi faire.")


class TooManyLoans(Refused):
    slug = "bulk_too_many_loans"
    sentence = N_("Il y a plus de %(most)s prêts. C'est trop pour une fois.")
    next = N_("Choisissez un point, ou un seul jour.")


class UndoneAlready(Refused):
    slug = "bulk_undone_already"
    sentence = N_("Ce geste ne s'annule pas, ou il est déjà annulé.")
    next = N_("Regardez la liste : elle dit ce qui est vrai.")


class QuoteOpen(Invalid):
    """Facts: `line`, where the row begins."""

    slug = "list_quote_open"
    sentence = N_("Les guillemets de la ligne {line} ne vont pas par deux.")
    next = N_("Corrigez cette ligne, puis apportez le fichier de nouveau.")
