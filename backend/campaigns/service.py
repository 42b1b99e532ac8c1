"""A campaign's life: drafted or proposed, launched to an audience that was seen, stopped."""

from datetime import date
from typing import Any

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.campaigns import audience, queries, rules
from backend.campaigns.audience import Audience
from backend.campaigns.errors import (
    AudienceChanged,
    CampaignClosed,
    CampaignNotRunning,
    CampaignPlanned,
    CampaignUnknown,
    LettersNotPrinted,
    NobodyToTell,
    NothingToSay,
    PartnerGone,
    RightsUsedUp,
    StopNumberMissing,
    TrialWithoutAddress,
)
from backend.campaigns.queries import CampaignPage, Rules
from backend.campaigns.rules import OPEN_STATES, Draft, Kind, State, Way
from backend.campaigns.sending import LETTER, Bound, Queued, compose
from backend.kit import clock, codes, outbox
from backend.kit.database import fetch, fetch_value, once_more, transaction, within
from backend.merchants import queries as merchants
from backend.merchants import standings
from backend.merchants.rules import GIVING
from backend.notifications.post import KINDS
from backend.people import queries as people
from backend.people.rules import Channel
from backend.places import queries as places

LONGEST_REASON = 300


async def draft(by: By, wish: Draft, partner_public_id: str = "") -> str:
    """By staff: the club's newsletter, or a campaign for a partner. Gives its public id."""
    partner_id = None
    if partner_public_id:
        partner = await merchants.find_partner(partner_public_id)
        if partner is None or partner.closed_at is not None:
            raise PartnerGone
        partner_id = partner.id
    return await _create(by, wish, partner_id, State.DRAFTED)


async def propose(by: By, partner_id: int, wish: Draft) -> str:
    """By the partner, in its portal: staff look at it, choose for whom, and send it."""
    return await _create(by, wish, partner_id, State.PROPOSED)


async def change(by: By, public_id: str, wish: Draft) -> None:
    """Raises CampaignUnknown, CampaignClosed, CampaignPlanned, or what is wrong with the words."""
    async with transaction():
        campaign = await lock_campaign(public_id)
        check_open(campaign)
        rules.check_draft(wish, campaign.kind, await _names())
        await fetch(
            "UPDATE campaign SET subject = $2, body = $3, sms = $4, ways = $5, segment = $6,"
            " changed_at = $7, held_back = NULL WHERE id = $1",
            campaign.id,
            *_values(wish),
            clock.now(),
        )
        await note("campaign.change", by, campaign.public_id)


async def give_back(by: By, public_id: str, reason: str) -> None:
    """A partner's proposal that does not leave as it is; the partner reads why."""
    if not 0 < len(reason) <= LONGEST_REASON:
        raise NothingToSay(most=LONGEST_REASON).at("reason")
    async with transaction():
        campaign = await lock_campaign(public_id)
        check_open(campaign)
        if campaign.state is not State.PROPOSED:
            raise CampaignClosed
        await fetch(
            "UPDATE campaign SET state = 'returned', return_reason = $2, changed_at = $3,"
            " held_back = NULL WHERE id = $1",
            campaign.id,
            reason,
            clock.now(),
        )
        await note("campaign.return", by, public_id)


@once_more
async def launch(by: By, public_id: str, seen: int, reason: str = "") -> Audience:
    """Fixes the audience and queues one message a person: to as many as staff have `seen`, or none.

    Raises CampaignClosed, CampaignPlanned, AudienceChanged, NobodyToTell, StopNumberMissing,
    PartnerGone, and RightsUsedUp where the contract's campaigns of the year are used or planned and
    no `reason` is given (P4).
    """
    assert by.id is not None, "staff are signed in"
    async with transaction():
        limits = await lock_rules()
        campaign = await lock_campaign(public_id)
        check_open(campaign)
        over = await check_launch(campaign, limits, reason, clock.today())
        return await send_off(by, by.id, campaign, limits, over, seen)


async def send_off(
    by: By, decided_by: int, campaign: CampaignPage, limits: Rules, over: str | None, seen: int = -1
) -> Audience:
    """To whoever it reaches now; `seen` is how many staff were shown, where they were.

    Raises NobodyToTell or AudienceChanged.
    """
    within()
    fixed = await audience.fix(
        await audience.ask(campaign.kind, campaign.ways, campaign.segment, limits.partner_messages),
        campaign.id,
    )
    if fixed.people == 0:
        raise NobodyToTell
    if seen not in {-1, fixed.people}:
        raise AudienceChanged(count=fixed.people)
    await _queue(campaign)
    await fetch(
        "UPDATE campaign SET state = 'launched', launched_at = $2, launched_by = $3,"
        " over_reason = $4, left_out = $5, changed_at = $2, planned_at = NULL, planned_by = NULL,"
        " held_back = NULL WHERE id = $1",
        campaign.id,
        clock.now(),
        decided_by,
        over,
        msgspec.json.encode(fixed.left_out).decode(),
    )
    await note("campaign.launch", by, campaign.public_id, people=fixed.people, over=over)
    return fixed


async def send_trial(by: By, public_id: str) -> None:
    """The mail as people will get it, to whoever asks; their link to say no is their own.

    Raises TrialWithoutAddress.
    """
    campaign = await queries.get_campaign(public_id)
    assert by.id is not None, "staff are signed in"
    me = await people.find_person(by.id)
    address = await people.best_contact(by.id)
    if me is None or address is None or address.channel is not Channel.EMAIL:
        raise TrialWithoutAddress
    voice = await places.voice()
    bound = Bound(
        recipient=0,
        person=by.id,
        campaign=campaign.id,
        kind=campaign.kind,
        given_name=me.given_name,
        address=address.value,
        partner=campaign.partner,
        subject=campaign.subject,
        body=campaign.body,
        sms=campaign.sms,
        name=voice.name,
        mail_name=voice.mail_name,
        reply_to=voice.reply_to,
        sms_sender=voice.sms_sender,
        stop_number="",
    )
    key = f"{LETTER}.trial:{codes.random_id()}"
    async with transaction():
        await outbox.put(KINDS[Channel.EMAIL], key, compose(bound, Way.EMAIL, key))


@once_more
async def stop(by: By, public_id: str) -> int:
    """What has not left stays here; how many messages. Raises CampaignNotRunning."""
    async with transaction():
        campaign = await lock_campaign(public_id)
        if campaign.state is not State.LAUNCHED:
            raise CampaignNotRunning
        rows = await fetch(
            "UPDATE campaign_recipient SET outcome = 'dropped' WHERE campaign = $1"
            " AND outcome = 'waiting' RETURNING id",
            campaign.id,
        )
        await fetch(
            "UPDATE campaign SET state = 'stopped', stopped_at = $2, changed_at = $2 WHERE id = $1",
            campaign.id,
            clock.now(),
        )
        await note("campaign.stop", by, public_id, kept_back=len(rows))
        return len(rows)


async def mark_posted(by: By, public_id: str) -> int:
    """The letters that were printed are at the post; how many.

    Raises CampaignNotRunning, LettersNotPrinted.
    """
    async with transaction():
        campaign = await lock_campaign(public_id)
        rows = await fetch(
            "UPDATE campaign_recipient SET outcome = 'sent', left_at = $2 WHERE campaign = $1"
            " AND way = 'print' AND outcome = 'waiting' AND printed_at IS NOT NULL RETURNING id",
            campaign.id,
            clock.now(),
        )
        if not rows:
            raise (
                LettersNotPrinted if await queries.letters_left(campaign.id) else CampaignNotRunning
            )
        await note("campaign.post", by, public_id, letters=len(rows))
        return len(rows)


async def set_rules(by: By, wanted: Rules) -> None:
    """From the next launch on. Raises CapOutOfRange or StopNumberWrong at its field."""
    rules.check_settings(wanted.partner_messages, wanted.stop_number)
    async with transaction():
        before = await lock_rules()
        await fetch(
            "UPDATE campaign_setting SET partner_messages = $1, stop_number = $2, updated_at = $3",
            wanted.partner_messages,
            wanted.stop_number,
            clock.now(),
        )
        changes = {
            name: [old, new]
            for name, new in msgspec.structs.asdict(wanted).items()
            if (old := getattr(before, name)) != new
        }
        await audit.note("campaign.rules", by, changes=changes)


async def lock_campaign(public_id: str) -> CampaignPage:
    """Raises CampaignUnknown."""
    within()
    found = await fetch_value("SELECT id FROM campaign WHERE public_id = $1 FOR UPDATE", public_id)
    if found is None:
        raise CampaignUnknown
    return await queries.get_campaign(public_id)


async def _create(by: By, wish: Draft, partner_id: int | None, state: State) -> str:
    kind = Kind.NEWSLETTER if partner_id is None else Kind.PARTNER
    rules.check_draft(wish, kind, await _names())
    public_id = codes.random_id()
    async with transaction():
        await fetch(
            "INSERT INTO campaign (public_id, kind, partner, subject, body, sms, ways, segment, state,"
            " drafted_at, drafted_by, changed_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10)",
            public_id,
            kind.value,
            partner_id,
            *_values(wish),
            state.value,
            clock.now(),
            by.id,
        )
        await note(f"campaign.{state}", by, public_id)
    return public_id


def _values(wish: Draft) -> tuple[object, ...]:
    return (
        " ".join(wish.subject.split()),
        "\n".join(wish.body.splitlines()),
        " ".join(wish.sms.split()),
        [way.value for way in rules.ordered(wish.ways)],
        msgspec.json.encode(wish.segment).decode(),
    )


async def _names() -> list[str]:
    return [partner.name for partner in await merchants.partners()]


async def lock_rules() -> Rules:
    """One launch at a time: two at once would both see that a person got nothing this week (N6)."""
    within()
    await fetch(
        "INSERT INTO campaign_setting (partner_messages, stop_number, updated_at)"
        " VALUES ($1, $2, $3) ON CONFLICT ON CONSTRAINT campaign_setting_one_key DO NOTHING",
        *msgspec.structs.astuple(Rules()),
        clock.now(),
    )
    await fetch("SELECT 1 FROM campaign_setting FOR UPDATE")
    return await queries.rules()


def check_open(campaign: CampaignPage) -> None:
    """Raises CampaignClosed, or CampaignPlanned while it waits for its hour."""
    if campaign.state not in OPEN_STATES:
        raise CampaignClosed
    if campaign.planned_at is not None:
        raise CampaignPlanned(at=campaign.planned_at)


async def check_launch(campaign: CampaignPage, limits: Rules, reason: str, on: date) -> str | None:
    """Whether it may leave on a day: the reason for going beyond the contract, None where it is within."""
    within()
    rules.check_draft(campaign.draft, campaign.kind, await _names())
    if Way.SMS in campaign.ways and not limits.stop_number:
        raise StopNumberMissing
    if campaign.partner_id is None:
        return None
    if await standings.standing(campaign.partner_id, clock.today()) not in GIVING:
        raise PartnerGone
    rights = await queries.rights(campaign.partner_id, on, campaign.id)
    if rights.left > 0:
        return None
    if not 0 < len(reason) <= LONGEST_REASON:
        raise RightsUsedUp(allowed=rights.allowed).at("reason")
    return reason


async def _queue(campaign: CampaignPage) -> None:
    """Letters on paper wait for the print; SMS for their hours, and are asked again when they leave."""
    for way in (Way.EMAIL, Way.SMS):
        rows = await fetch(
            "SELECT id FROM campaign_recipient WHERE campaign = $1 AND way = $2 ORDER BY id",
            campaign.id,
            way.value,
        )
        await outbox.put_many(
            f"{LETTER}.{way}",
            [(f"{LETTER}:{row['id']}", Queued(row["id"])) for row in rows],
            due_at=rules.leaves(way, clock.now()),
        )


async def note(verb: str, by: By, public_id: str, **facts: Any) -> None:
    within()
    await audit.note(verb, by, object_kind="campaign", object_id=public_id, **facts)
