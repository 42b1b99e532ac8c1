"""A campaign on paper, for who has no e-mail: a page each, to fold and post.

A letter has left once it is printed: consent is asked again then, as it is when a mail leaves (N1).
"""

from typing import Any

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.campaigns import audience, quoted
from backend.campaigns.errors import NobodyToTell
from backend.campaigns.queries import CampaignPage
from backend.campaigns.rules import MEDIA, PAPER_WAITS, SUBJECTS, Kind, Way
from backend.campaigns.service import lock_campaign
from backend.kit import clock, formats, papers, prose
from backend.kit.database import fetch, fetch_as, transaction, within
from backend.kit.translations import translated as _
from backend.places import queries as places


class Addressed(msgspec.Struct, frozen=True):
    """One envelope."""

    recipient: int
    given_name: str
    family_name: str
    place: str
    street: str
    postcode: str
    town: str

    @property
    def lines(self) -> list[str]:
        name = f"{self.given_name} {self.family_name}".strip()
        said = (name, self.place, self.street, f"{self.postcode} {self.town}".strip())
        return [line for line in said if line]


async def letters(by: By, public_id: str) -> bytes:
    """The PDF of what goes by post; on record, since it holds addresses. Raises NobodyToTell.

    Whoever said no since the launch, or has no address any more, is dropped and gets no letter; so
    is everybody once it has waited so long that other messages may have come instead (N6).
    """
    async with transaction():
        campaign = await lock_campaign(public_id)
        found = await _addressed(campaign)
        await _drop_others(campaign.id, found)
    if not found:
        raise NobodyToTell
    made = await papers.render("campaigns", "letters", await _said(campaign, found))
    async with transaction():
        await _mark_printed(found)
        await audit.note(
            "campaign.print",
            by,
            object_kind="campaign",
            object_id=public_id,
            letters=len(found),
        )
    return made


async def _addressed(campaign: CampaignPage) -> list[Addressed]:
    within()
    return await fetch_as(
        Addressed,
        "SELECT x.id AS recipient, p.given_name, p.family_name,"  # noqa: S608 - our own words
        " concat_ws(', ', nullif(d.building, ''), nullif(d.stair, ''), nullif(d.door, '')) AS place,"
        " coalesce(nullif(h.street, ''), d.street, '') AS street,"
        " coalesce(nullif(h.postcode, ''), d.postcode, '') AS postcode,"
        " coalesce(nullif(h.town, ''), d.town, '') AS town"
        " FROM campaign_recipient x JOIN person p ON p.id = x.person AND p.erased_at IS NULL"
        " JOIN household_member m ON m.person = p.id AND m.left_on IS NULL"
        " JOIN household h ON h.id = m.household LEFT JOIN dwelling d ON d.id = h.dwelling"
        " WHERE x.campaign = $1 AND x.way = 'print' AND x.outcome = 'waiting'"
        " AND coalesce(nullif(h.street, ''), d.street, '') <> ''"
        " AND (SELECT k.given FROM consent k WHERE k.person = x.person AND k.subject = $2"
        "  AND k.medium = $3 ORDER BY k.id DESC LIMIT 1)"
        " AND EXISTS (SELECT 1 FROM campaign c WHERE c.id = x.campaign AND c.launched_at > $4"
        f"  AND {audience.may_speak('c', '$5')})"
        " ORDER BY town, street, p.search, p.id",
        campaign.id,
        SUBJECTS[campaign.kind].value,
        MEDIA[Way.PRINT].value,
        clock.now() - PAPER_WAITS,
        clock.today(),
    )


async def _drop_others(campaign_id: int, found: list[Addressed]) -> None:
    within()
    await fetch(
        "UPDATE campaign_recipient SET outcome = 'dropped' WHERE campaign = $1"
        " AND way = 'print' AND outcome = 'waiting' AND id <> ALL($2)",
        campaign_id,
        [each.recipient for each in found],
    )


async def _mark_printed(found: list[Addressed]) -> None:
    within()
    await fetch(
        "UPDATE campaign_recipient SET printed_at = $2 WHERE id = ANY($1) AND outcome = 'waiting'",
        [each.recipient for each in found],
        clock.now(),
    )


async def _said(campaign: CampaignPage, found: list[Addressed]) -> dict[str, Any]:
    club = await places.find_club()
    name = club.name if club else await places.club_name()
    lines = (club.street, f"{club.postcode} {club.town}".strip()) if club else ()
    partner = campaign.kind is Kind.PARTNER
    body = await quoted.for_reader(campaign.body, None)
    return {
        "title": campaign.subject,
        "club": name,
        "sender": [line for line in lines if line],
        "date": formats.day(clock.today()),
        "subject": _("Partenaire : %(subject)s", subject=campaign.subject)
        if partner
        else campaign.subject,
        "parts": [msgspec.to_builtins(block) for block in prose.blocks(body)],
        "letters": [{"name": each.given_name, "to": each.lines} for each in found],
        "foot": _foot(campaign, name),
    }


def _foot(campaign: CampaignPage, club: str) -> list[str]:
    why = {
        Kind.NEWSLETTER: _(
            "%(club)s vous écrit car vous avez choisi les nouvelles du club.", club=club
        ),
        Kind.PARTNER: _(
            "%(name)s n’a ni votre nom ni votre adresse : le club écrit pour lui.",
            name=campaign.partner,
        ),
    }
    return [why[campaign.kind], _("Ne plus recevoir ces lettres : dites-le au comptoir.")]
