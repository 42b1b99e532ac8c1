"""What the club says no to about insurance, referrals and certificates."""

from backend.kit.errors import N_, Invalid, Missing, Refused


class InsurerUnknown(Missing):
    slug = "insurer_unknown"
    sentence = N_("Nous ne trouvons pas cet assureur.")
    next = N_("Revenez à la liste des assureurs.")


class InsuranceUnknown(Missing):
    slug = "insurance_unknown"
    sentence = N_("Nous ne trouvons pas cette offre d'assurance.")
    next = N_("Revenez à la liste des offres d'assurance.")


class ReferralUnknown(Missing):
    slug = "referral_unknown"
    sentence = N_("Nous ne trouvons pas cette demande.")
    next = N_("Revenez à la liste des demandes.")


class FirmUnknown(Missing):
    slug = "firm_unknown"
    sentence = N_("Nous ne trouvons pas cette entreprise.")
    next = N_("Revenez à la liste des artisans.")


class OriasWrong(Invalid):
    slug = "orias_wrong"
    sentence = N_("Ce numéro ORIAS n'est pas juste.")
    next = N_("Recopiez ses 8 chiffres depuis le registre, sur orias.fr.")


class PricesWrong(Invalid):
    slug = "insurance_prices_wrong"
    sentence = N_("Donnez les six prix, du T1 au T6, en euros par an.")
    next = N_("Remplissez les six cases, ou laissez-les toutes vides.")


class DatesWrong(Invalid):
    slug = "insurance_dates_wrong"
    sentence = N_("Le tarif finit avant de commencer.")
    next = N_("Corrigez les deux dates.")


class OfferIncomplete(Refused):
    """Fact `missing`: the names of what lacks (I1)."""

    slug = "insurance_incomplete"
    sentence = N_("Il manque une information que la loi demande.")
    next = N_("Complétez l'offre, puis publiez-la.")


class IpidWrong(Invalid):
    slug = "ipid_wrong"
    sentence = N_("Ce fichier n'est pas un PDF de moins de 5 Mo.")
    next = N_("Choisissez la fiche IPID en PDF.")


class CertificateWrong(Invalid):
    slug = "insurance_certificate_wrong"
    sentence = N_("Ce fichier ne convient pas.")
    next = N_("Choisissez un PDF, un JPEG ou un PNG de moins de 5 Mo.")


class EndTooFar(Invalid):
    slug = "insurance_end_wrong"
    sentence = N_("Cette date est passée, ou trop lointaine.")
    next = N_("Recopiez la date de fin écrite sur l'attestation.")


class AgreementMissing(Invalid):
    slug = "referral_agreement_missing"
    sentence = N_("Cochez la case pour donner votre accord.")
    next = N_("Sans votre accord, le club ne transmet rien.")


class YesMissing(Invalid):
    slug = "insurance_yes_missing"
    sentence = N_("Cochez la case quand la personne a dit oui.")
    next = N_("Lisez-lui le texte. Sans son accord, rien n'est noté.")


class AgreementMoved(Refused):
    slug = "referral_agreement_moved"
    sentence = N_("Le texte de l'accord vient de changer.")
    next = N_("Relisez-le, puis recommencez.")


class ContactUnreadable(Invalid):
    slug = "referral_contact_unreadable"
    sentence = N_("Nous ne comprenons pas ce contact.")
    next = N_("Écrivez un numéro de téléphone ou un e-mail.")


class NotForYou(Refused):
    slug = "referral_adults_only"
    sentence = N_("Seul un adulte du foyer peut faire cette demande.")
    next = N_("Demandez à un adulte du foyer.")


class DuesNeeded(Refused):
    slug = "referral_dues_needed"
    sentence = N_("Votre adhésion n'est pas à jour.")
    next = N_("Payez votre cotisation, puis recommencez.")


class NobodyCalls(Refused):
    slug = "referral_closed"
    sentence = N_("Cette entreprise ne prend plus de demande.")
    next = N_("Choisissez-en une autre, ou demandez au club.")


class NotWithClub(Refused):
    """Who is closed, suspended or renamed marks nothing: it sees nobody either (I6, P5)."""

    slug = "referral_not_with_club"
    sentence = N_("Vous n'êtes pas partenaire en ce moment.")
    next = N_("Rien n'a changé. Parlez-en au club.")


class InsurerAwaited(Invalid):
    slug = "insurer_awaited"
    sentence = N_("Des personnes attendent un appel de {name}. Ce nom ne change pas.")
    next = N_("Une autre entreprise ? Inscrivez-la comme un nouvel assureur.")


class MoveImpossible(Refused):
    slug = "referral_moved"
    sentence = N_("Cette demande a changé entre-temps.")
    next = N_("Rechargez la page pour voir où elle en est.")


class SavingTooLarge(Invalid):
    slug = "referral_saving_wrong"
    sentence = N_("L'économie va de 0 à {most_cents} par an.")
    next = N_("Vérifiez le montant.")


class SavingMissing(Invalid):
    slug = "referral_saving_missing"
    sentence = N_("Écrivez combien vous économisez par an.")
    next = N_("Écrivez par exemple 150.")
