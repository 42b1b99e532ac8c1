"""Campaigns as staff and partners read them; a partner reads counts, never names."""

from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from backend.campaigns import audience
from backend.campaigns.audience import Audience
from backend.campaigns.errors import CampaignUnknown
from backend.campaigns.rules import (
    OPEN_STATES,
    Draft,
    Kind,
    Outcome,
    Reason,
    Segment,
    State,
    Way,
    shown,
)
from backend.kit import clock
from backend.kit.database import fetch, fetch_as, fetch_one, fetch_one_as, fetch_value
from backend.merchants import contracts

SMS, MAIL = "sms", "mail"  # the providers that call us
UNREAD_FOR = timedelta(days=30)


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """How many people; `waiting` letters on paper wait for whoever posts them."""

    waiting: int = 0
    sent: int = 0
    refused: int = 0
    failed: int = 0
    dropped: int = 0
    bounced: int = 0
    unsubscribed: int = 0

    @property
    def people(self) -> int:
        return self.waiting + self.sent + self.refused + self.failed + self.dropped


class CampaignPage(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    public_id: str
    kind: Kind
    partner_id: int | None
    partner: str
    subject: str
    body: str
    sms: str
    ways: tuple[Way, ...]
    segment: Segment
    state: State
    changed_at: datetime
    drafted_by: str
    return_reason: str | None
    launched_at: datetime | None
    over_reason: str | None
    left_out: dict[Reason, int]
    results: Results
    planned_at: datetime | None
    planned_by: str
    planned_by_id: int | None
    held_back: str | None

    @property
    def open(self) -> bool:
        """Its words, its moment, and whether it leaves are still to be decided."""
        return self.state in OPEN_STATES and self.planned_at is None

    @property
    def draft(self) -> Draft:
        return Draft(
            subject=self.subject,
            body=self.body,
            sms=self.sms,
            ways=self.ways,
            segment=self.segment,
        )

    @property
    def going(self) -> bool:
        """Something of it has still to leave."""
        return self.state is State.LAUNCHED and self.results.waiting > 0


class Told(msgspec.Struct, frozen=True):
    """A campaign as its partner sees it: None where the figure would tell of somebody (P5)."""

    subject: str
    state: State
    changed_at: datetime
    launched_at: datetime | None
    return_reason: str | None
    sent: int | None
    unsubscribed: int | None
    planned_at: datetime | None


class Rights(msgspec.Struct, frozen=True):
    """Campaigns of the contract's year (P4); none without a contract in force.

    One that is planned is not used yet, and is no longer left. What goes `beyond` the contract, for
    the reason that was given, takes nothing from what is within.
    """

    allowed: int
    used: int
    until: Any = None
    planned: int = 0
    beyond: int = 0

    @property
    def left(self) -> int:
        return max(0, self.allowed - (self.used - self.beyond) - self.planned)


class Rules(msgspec.Struct, frozen=True):
    """The club's own limits."""

    partner_messages: int = 1
    stop_number: str = ""


class Choice(msgspec.Struct, frozen=True):
    id: int
    name: str


class Choices(msgspec.Struct, frozen=True):
    """What a segment can be made of."""

    landlords: list[Choice]
    residences: list[Choice]
    sites: list[Choice]
    languages: list[str]


async def campaigns(limit: int = 100) -> list[CampaignPage]:
    """Those to decide first, then the newest."""
    rows = await fetch(
        f"{_PAGE} ORDER BY c.held_back IS NULL AND (c.state <> 'proposed'"
        " OR c.planned_at IS NOT NULL), c.changed_at DESC, c.id DESC LIMIT $1",
        limit,
    )
    return [_page(row) for row in rows]


async def get_campaign(public_id: str) -> CampaignPage:
    """Raises CampaignUnknown."""
    row = await fetch_one(f"{_PAGE} WHERE c.public_id = $1", public_id)
    if row is None:
        raise CampaignUnknown
    return _page(row)


async def letters_left(campaign_id: int) -> int:
    """On paper, not posted yet."""
    count: int = await fetch_value(
        "SELECT count(*) FROM campaign_recipient WHERE campaign = $1 AND way = 'print'"
        " AND outcome = 'waiting'",
        campaign_id,
    )
    return count


async def preview(campaign: CampaignPage) -> Audience:
    """Exactly who would get it now, and who not (N6)."""
    limits = await rules()
    return await audience.look(
        await audience.ask(campaign.kind, campaign.ways, campaign.segment, limits.partner_messages)
    )


class Unread(msgspec.Struct, frozen=True):
    """Calls of a provider that nobody understood, lately. `hook`: SMS or MAIL."""

    hook: str
    calls: int
    first_at: datetime
    last_at: datetime


async def unread() -> list[Unread]:
    return await fetch_as(
        Unread,
        "SELECT hook, calls, first_at, last_at FROM unread_call WHERE last_at >= $1 ORDER BY hook",
        clock.now() - UNREAD_FOR,
    )


async def rules() -> Rules:
    found = await fetch_one_as(Rules, "SELECT partner_messages, stop_number FROM campaign_setting")
    return found or Rules()


async def rights(partner_id: int, on: date | None = None, apart: int = 0) -> Rights:
    """Of the contract in force on a day, today by default; the campaign `apart` is not counted."""
    contract = await contracts.in_force(partner_id, on or clock.today())
    if contract is None:
        return Rights(0, 0)
    row = await fetch_one(
        "SELECT count(*) FILTER (WHERE launched_at >= $2) AS used, count(*) FILTER"
        " (WHERE launched_at >= $2 AND over_reason IS NOT NULL) AS beyond, count(*) FILTER (WHERE"
        " planned_at >= $2 AND planned_at < $3 AND id <> $4 AND over_reason IS NULL) AS planned"
        " FROM campaign WHERE partner = $1",
        partner_id,
        clock.start_of_day(contract.first_day),
        clock.start_of_day(contract.last_day + timedelta(days=1)),
        apart,
    )
    assert row is not None, "a count is a row"
    return Rights(allowed=contract.campaigns_a_year, until=contract.last_day, **row)


async def of_partner(partner_id: int, limit: int = 50) -> list[Told]:
    rows = await fetch(
        f"{_PAGE} WHERE c.partner = $1 ORDER BY c.changed_at DESC LIMIT $2", partner_id, limit
    )
    return [_told(_page(row)) for row in rows]


async def choices() -> Choices:
    """Residences with people in them only: nobody scrolls through a landlord's whole list."""
    return Choices(
        await fetch_as(Choice, "SELECT id, name FROM landlord ORDER BY name, id"),
        await fetch_as(
            Choice,
            "SELECT r.id, r.name || ' (' || r.town || ')' AS name FROM residence r WHERE EXISTS"
            " (SELECT 1 FROM dwelling d JOIN household h ON h.dwelling = d.id AND h.ended_at IS NULL"
            "  WHERE d.residence = r.id) ORDER BY r.name, r.id",
        ),
        await fetch_as(Choice, "SELECT id, name FROM site WHERE closed_at IS NULL ORDER BY name"),
        [
            row["language"]
            for row in await fetch(
                "SELECT DISTINCT language FROM person WHERE erased_at IS NULL ORDER BY language"
            )
        ],
    )


_COUNTS = ", ".join(
    f"'{outcome}', count(*) FILTER (WHERE x.outcome = '{outcome}')" for outcome in Outcome
)
_PAGE = f"""
SELECT c.id, c.public_id, c.kind, c.partner AS partner_id, coalesce(p.name, '') AS partner,
  c.subject, c.body, c.sms, c.ways, c.segment::text AS segment, c.state, c.changed_at,
  concat_ws(' ', w.given_name, w.family_name) AS drafted_by, c.return_reason, c.launched_at,
  c.over_reason, c.planned_at, c.planned_by AS planned_by_id, c.held_back,
  concat_ws(' ', l.given_name, l.family_name) AS planned_by, coalesce(c.left_out, '{{}}')::text AS left_out,
  coalesce(c.results, (SELECT jsonb_build_object({_COUNTS},
    'bounced', count(x.bounced_at), 'unsubscribed', count(x.unsubscribed_at))
    FROM campaign_recipient x WHERE x.campaign = c.id))::text AS results
FROM campaign c JOIN person w ON w.id = c.drafted_by LEFT JOIN partner p ON p.id = c.partner
LEFT JOIN person l ON l.id = c.planned_by
"""  # noqa: S608 - our own words


def _page(row: Any) -> CampaignPage:
    values = dict(row)
    values["segment"] = msgspec.json.decode(values["segment"], type=Segment)
    values["left_out"] = msgspec.json.decode(values["left_out"], type=dict[Reason, int])
    values["results"] = msgspec.json.decode(values["results"], type=Results)
    values["ways"] = tuple(Way(way) for way in values["ways"])
    return CampaignPage(**{**values, "kind": Kind(row["kind"]), "state": State(row["state"])})


def _told(page: CampaignPage) -> Told:
    """Both figures or none: what is missing could be had from the other."""
    sent, gone = shown(page.results.sent), shown(page.results.unsubscribed)
    return Told(
        page.subject,
        page.state,
        page.changed_at,
        page.launched_at,
        page.return_reason,
        sent,
        gone if sent is not None else None,
        page.planned_at,
    )
