"""A campaign that leaves by itself: planned by staff for an hour, cancelled until then, held back where
it may not leave after all. Whom it reaches is found when it leaves, not when it is planned.
"""

from datetime import datetime

import msgspec

from backend.audit.service import SYSTEM, By
from backend.campaigns import rules
from backend.campaigns.errors import CampaignNotPlanned
from backend.campaigns.queries import CampaignPage
from backend.campaigns.service import (
    check_launch,
    check_open,
    lock_campaign,
    lock_rules,
    note,
    send_off,
)
from backend.kit import clock, codes, outbox
from backend.kit.database import fetch, once_more, transaction, within
from backend.kit.errors import DomainError
from backend.kit.outbox import Letter
from backend.notifications import service as notifications

LEAVE = "campaign.leave"  # a letter to ourselves: it wakes whoever drains the outbox at that hour


class Wake(msgspec.Struct, frozen=True):
    """Which campaign, and the hour that was chosen: another since, or none, and it does nothing."""

    campaign: str
    planned_at: datetime


@once_more
async def plan(by: By, public_id: str, moment: datetime, reason: str = "") -> None:
    """It leaves at this hour, if it may then. All that would stop it today is said today.

    Raises what `service.launch` raises of its words and rights, the contract's of that day (P4), and
    MomentPast, MomentFar or MomentSilent at its field (N3).
    """
    async with transaction():
        limits = await lock_rules()
        campaign = await lock_campaign(public_id)
        check_open(campaign)
        rules.check_moment(campaign.ways, moment, clock.now())
        over = await check_launch(campaign, limits, reason, clock.paris(moment).date())
        await fetch(
            "UPDATE campaign SET planned_at = $2, planned_by = $3, over_reason = $4,"
            " held_back = NULL, changed_at = $5 WHERE id = $1",
            campaign.id,
            moment,
            by.id,
            over,
            clock.now(),
        )
        key = f"{LEAVE}:{public_id}:{codes.random_id()}"
        await outbox.put(LEAVE, key, Wake(public_id, moment), due_at=moment)
        await note("campaign.plan", by, public_id, at=moment, over=over)


async def cancel(by: By, public_id: str) -> None:
    """It waits for somebody again. Raises CampaignNotPlanned."""
    async with transaction():
        campaign = await lock_campaign(public_id)
        if campaign.planned_at is None:
            raise CampaignNotPlanned
        await _unplan(campaign, None)
        await note("campaign.unplan", by, public_id, at=campaign.planned_at)


async def wake(letter: Letter) -> None:
    """Its hour has come. A refusal that another try would not change is told to whoever planned it."""
    woken: Wake = letter.read(Wake)
    try:
        await leave(woken)
    except DomainError as refusal:
        if refusal.retryable:
            raise
        await hold_back(woken, refusal.said())


@once_more
async def leave(woken: Wake) -> None:
    """To whoever it reaches now, once, whoever else was woken for it.

    Raises MomentMissed where the workers were stopped too long, and what `service.launch` raises.
    """
    async with transaction():
        limits = await lock_rules()
        campaign = await lock_campaign(woken.campaign)
        if campaign.planned_at != woken.planned_at or campaign.planned_by_id is None:
            return
        rules.check_late(woken.planned_at, clock.now())
        reason = campaign.over_reason or ""
        over = await check_launch(campaign, limits, reason, clock.today())
        await send_off(SYSTEM, campaign.planned_by_id, campaign, limits, over)


async def hold_back(woken: Wake, why: str) -> None:
    async with transaction():
        campaign = await lock_campaign(woken.campaign)
        if campaign.planned_at != woken.planned_at or campaign.planned_by_id is None:
            return
        await _unplan(campaign, why)
        await note("campaign.hold", SYSTEM, campaign.public_id, why=why)
        await notifications.tell(
            "campaign.held",
            f"campaign.held:{campaign.public_id}:{woken.planned_at.isoformat()}",
            person_id=campaign.planned_by_id,
            values={"subject": campaign.subject, "at": woken.planned_at, "why": why},
        )


async def _unplan(campaign: CampaignPage, held_back: str | None) -> None:
    within()
    await fetch(
        "UPDATE campaign SET planned_at = NULL, planned_by = NULL, over_reason = NULL,"
        " held_back = $2, changed_at = $3 WHERE id = $1",
        campaign.id,
        held_back,
        clock.now(),
    )
