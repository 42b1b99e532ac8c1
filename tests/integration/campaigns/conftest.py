"""A worker's ways out, and a launched campaign."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backend.campaigns import queries
from backend.campaigns import service as campaigns
from backend.campaigns.queries import CampaignPage
from backend.campaigns.rules import Draft
from backend.jobs import outbox
from backend.kit.database import fetch_value
from backend.notifications.gateway import Outgoing, Undeliverable
from backend.notifications.post import Post
from backend.people.rules import Channel
from tests.readers import manager

Launch = Callable[..., Awaitable[str]]


class Kept:
    """A way out that keeps what it is given, or refuses it."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.nobody: set[str] = set()
        self.broken = False

    async def send(self, message: Outgoing) -> None:
        if self.broken:
            raise ConnectionError
        if message.to in self.nobody:
            raise Undeliverable
        self.sent.append(message)

    def to(self, address: str) -> list[Outgoing]:
        return [each for each in self.sent if each.to == address]


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def ways(kept: Kept) -> Post:
    return {Channel.EMAIL: kept, Channel.SMS: kept}


async def send_all(ways: Post, at_once: int = 4) -> None:
    while await outbox.drain_bulk(ways, at_once):
        pass


async def launch(wish: Draft, partner: str = "", reason: str = "essai") -> str:
    """Drafted, looked at and launched; its public id."""
    by = await manager()
    public_id = await campaigns.draft(by, wish, partner)
    seen = await queries.preview(await queries.get_campaign(public_id))
    await campaigns.launch(by, public_id, seen.people, reason)
    return public_id


async def results(public_id: str) -> Any:
    campaign: CampaignPage = await queries.get_campaign(public_id)
    return campaign.results


async def outcome_of(person_id: int) -> str | None:
    said: str | None = await fetch_value(
        "SELECT outcome FROM campaign_recipient WHERE person = $1", person_id
    )
    return said
