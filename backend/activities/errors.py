"""Why a session, a seat or a plan is refused."""

from backend.kit.errors import N_, Denied, Invalid, Missing, Refused


class SessionUnknown(Missing):
    slug = "session_unknown"
    sentence = N_("Nous ne trouvons pas cette activité.")
    next = N_("Revenez à l'agenda.")


class SeatUnknown(Missing):
    slug = "seat_unknown"
    sentence = N_("Nous ne trouvons pas cette place.")
    next = N_("Revenez à l'agenda.")


class SessionCancelled(Refused):
    slug = "session_cancelled"
    sentence = N_("Cette activité est annulée.")
    next = N_("Choisissez une autre date dans l'agenda.")


class SessionOver(Refused):
    slug = "session_over"
    sentence = N_("Cette activité a déjà commencé.")
    next = N_("Choisissez une autre date dans l'agenda.")


class SessionChanged(Refused):
    slug = "session_changed_meanwhile"
    sentence = N_("Cette activité a changé entre-temps.")
    next = N_("Rechargez la page, puis recommencez.")


class SessionEdited(Refused):
    slug = "session_over_for_changes"
    sentence = N_("Une activité passée ou annulée ne se change plus.")
    next = N_("Faites-en une nouvelle à partir d'elle.")


class NobodyChosen(Invalid):
    slug = "nobody_chosen"
    sentence = N_("Il manque la personne qui vient.")
    next = N_("Cochez une ou plusieurs personnes de votre foyer.")


class NotOfHousehold(Denied):
    slug = "not_of_household"
    sentence = N_("Cette personne n'est pas dans ce foyer.")
    next = N_("Choisissez quelqu'un du foyer.")


class SeatsByAdults(Denied):
    slug = "seats_by_adults"
    sentence = N_("Un adulte du foyer prend les places.")
    next = N_("Demandez à un adulte de votre foyer.")


class ActivityDuesNeeded(Denied):
    slug = "activity_dues_needed"
    sentence = N_("L'adhésion n'est pas à jour.")
    next = N_("Payez la cotisation, puis recommencez.")


class AlreadyThere(Refused):
    slug = "already_there"
    sentence = N_("{name} a déjà une place ou attend.")
    next = N_("Rechargez la page pour voir vos places.")


class TooManyOfHousehold(Refused):
    slug = "too_many_of_household"
    sentence = N_("Pas plus de {most} places par foyer ici.")
    next = N_("Choisissez moins de personnes.")


class AgeOutside(Refused):
    slug = "age_outside"
    sentence = N_("Cette activité n'est pas de l'âge de {name}.")
    next = N_("Regardez les âges, ou parlez-en au comptoir.")


class SessionFull(Refused):
    slug = "session_full"
    sentence = N_("Toutes les places sont prises.")
    next = N_("Ajoutez une place à l'activité, si la salle le permet.")


class AttendanceEarly(Refused):
    slug = "attendance_early"
    sentence = N_("Il est trop tôt pour noter les présences.")
    next = N_("Revenez deux heures avant le début.")


class AttendanceByStaff(Denied):
    slug = "attendance_by_staff"
    sentence = N_("L'équipe du club note les présences.")
    next = N_("Parlez-en au comptoir.")


class NoSeatHere(Missing):
    slug = "no_seat_here"
    sentence = N_("Cette personne n'est pas inscrite ici.")
    next = N_("Inscrivez-la, s'il reste une place.")


class PlanWrong(Invalid):
    slug = "plan_wrong"
    sentence = N_("Quelque chose manque ou ne va pas ensemble.")
    next = N_("Corrigez ce qui est indiqué, puis recommencez.")


class CapacityTaken(Refused):
    slug = "capacity_taken"
    sentence = N_("{taken} places sont déjà prises le {day}.")
    next = N_("Gardez autant de places, ou annulez d'abord des inscriptions.")


class RoomBusy(Refused):
    slug = "room_busy"
    sentence = N_("La salle n'est pas libre le {day}.")
    next = N_("Choisissez une autre heure ou une autre salle.")


class LeaderUnknown(Invalid):
    slug = "leader_unknown"
    sentence = N_("Nous ne trouvons pas cette personne parmi les adultes.")
    next = N_("Écrivez son nom, sans la choisir dans la liste.")


class ActivityReasonNeeded(Invalid):
    slug = "activity_reason_needed"
    sentence = N_("Il manque la raison.")
    next = N_("Les personnes inscrites la lisent. Écrivez une phrase.")


class NoSeatToPay(Refused):
    slug = "no_seat_to_pay"
    sentence = N_("Il n'y a rien à payer pour cette activité.")
    next = N_("Rechargez la page.")


class NoSeatMoneyBack(Refused):
    slug = "no_seat_money_back"
    sentence = N_("Il n'y a rien à rendre pour cette activité.")
    next = N_("Rechargez la page.")


class SeatAmountChanged(Refused):
    slug = "seat_amount_changed"
    sentence = N_("La somme a changé entre-temps.")
    next = N_("Rechargez la page et regardez le nouveau prix.")


class PaidSeatsToCome(Refused):
    slug = "paid_seats_to_come"
    sentence = N_("Ce foyer a payé des places pour une activité à venir.")
    next = N_("Rendez les places. Ensuite, recommencez.")


class SeatMoneyWaits(Refused):
    slug = "seat_money_waits"
    sentence = N_("Le club doit encore à ce foyer l'argent d'une activité.")
    next = N_("Rendez-le au comptoir. Ensuite, recommencez.")
