"""What insurance keeps of one person: whom they asked to call, and their own certificate."""

from datetime import datetime

from backend.insurance.service.certificates import forget_certificates
from backend.insurance.service.referrals import (
    OPEN,
    withdraw_all,
    withdraw_waiting,
)
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, within
from backend.kit.dossier import Gone, Part
from backend.kit.errors import N_

__all__ = ["ABOUT", "count_old", "count_waiting", "forget", "purge_old", "withdraw_waiting"]

ABOUT = (
    Part(
        "referrals",
        N_("Mes demandes d'appel"),
        {
            "recipient": N_("À qui"),
            "purpose": N_("But"),
            "channel": N_("Comment"),
            "name": N_("Nom transmis"),
            "contact": N_("Contact transmis"),
            "slot": N_("Moment"),
            "text_shown": N_("Texte lu"),
            "source": N_("Dit"),
            "recorded_by": N_("Noté par"),
            "sent_at": N_("Le"),
            "state": N_("État"),
            "changed_at": N_("Changé"),
            "withdrawn_at": N_("Retiré"),
            "saving_cents": N_("Économie déclarée"),
        },
        "SELECT r.recipient, r.purpose, r.channel, r.name, r.contact, r.slot, r.text_shown, r.source,"
        " nullif(concat_ws(' ', b.given_name, b.family_name), '') AS recorded_by, r.sent_at, r.state,"
        " r.changed_at, r.withdrawn_at, r.saving_cents FROM referral r"
        " LEFT JOIN person b ON b.id = r.recorded_by WHERE r.person = $1 ORDER BY r.id",
    ),
    Part(
        "insurance_certificates",
        N_("Mes attestations d'assurance"),
        {
            "ends_on": N_("Jusqu'au"),
            "with_file": N_("Avec un fichier"),
            "source": N_("Dit"),
            "recorded_by": N_("Noté par"),
            "text_shown": N_("Texte lu"),
            "recorded_at": N_("Enregistrée"),
            "removed_at": N_("Retirée"),
        },
        "SELECT r.ends_on, r.file IS NOT NULL AS with_file, r.source,"
        " nullif(concat_ws(' ', b.given_name, b.family_name), '') AS recorded_by, r.text_shown,"
        " r.recorded_at, r.removed_at FROM insurance_certificate r"
        " LEFT JOIN person b ON b.id = r.recorded_by WHERE r.person = $1 ORDER BY r.id",
    ),
    Part(
        "certificate_consents",
        N_("Mes accords pour le total du bailleur"),
        {"given": N_("Réponse"), "text_shown": N_("Texte lu"), "at": N_("Le")},
        "SELECT given, text_shown, at FROM certificate_consent WHERE person = $1 ORDER BY id",
    ),
)


async def forget(gone: Gone) -> None:
    """Nobody is to call any more, and the papers go; what was agreed to stays by key, as proof."""
    within()
    await withdraw_all(gone.whom.person_id)
    await forget_certificates(gone.whom.person_id)


async def count_old(before: datetime) -> int:
    """Requests nobody has touched since: nobody's any more, and counted as before."""
    count: int = await fetch_value(
        "SELECT count(*) FROM referral WHERE person IS NOT NULL AND changed_at < $1", before
    )
    return count


async def count_waiting(before: datetime) -> int:
    """Open requests on which nothing was marked since."""
    count: int = await fetch_value(
        "SELECT count(*) FROM referral WHERE state = ANY($2::text[]) AND changed_at < $1",
        before,
        OPEN,
    )
    return count


async def purge_old(before: datetime) -> int:
    """The person goes out of them; what is left are the club's counts (I6)."""
    within()
    rows = await fetch(
        "UPDATE referral SET person = NULL, household = NULL, name = '', contact = '',"
        " withdrawn_at = coalesce(withdrawn_at, $2),"
        " state = CASE WHEN state = ANY($3::text[]) THEN 'withdrawn' ELSE state END"
        " WHERE person IS NOT NULL AND changed_at < $1 RETURNING id",
        before,
        clock.now(),
        OPEN,
    )
    return len(rows)
