"""Why nothing is erased."""

from backend.kit.errors import N_, Denied, Invalid, Missing, Refused


class SomethingOpen(Refused):
    """What it is stands on the page, each with what to do first."""

    slug = "erasure_held"
    sentence = N_("Quelque chose est encore en cours.")
    next = N_("Regardez la liste, réglez cela, puis recommencez.")


class FreshCodeNeeded(Denied):
    slug = "fresh_code_needed"
    sentence = N_("Il faut un code tout neuf.")
    next = N_("Revenez à la page et demandez un code.")


class NotSure(Invalid):
    slug = "erasure_unsure"
    sentence = N_("Cochez la case pour dire que vous êtes sûr.")
    next = N_("Ou revenez à votre compte.")


class CertificateUnknown(Missing):
    slug = "certificate_unknown"
    sentence = N_("Nous ne trouvons pas ce certificat.")
    next = N_("Vérifiez son numéro.")
