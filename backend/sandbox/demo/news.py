"""What people agreed to read, a newsletter that went to them, and a partner's campaign to look at."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.campaigns import planning
from backend.campaigns import service as campaigns
from backend.campaigns.rules import (
    MEDIA,
    SUBJECTS,
    Draft,
    Kind,
    Outcome,
    Segment,
    State,
    Way,
    moment_of,
)
from backend.kit import clock, codes
from backend.kit.database import fetch_value
from backend.people.consents import NEWEST
from backend.people.rules import Channel, Medium, Source, Subject
from backend.sandbox.demo.bulk import copy, copy_named
from backend.sandbox.demo.cast import DEMO_SHOP, MERCHANT, STAFF
from backend.sandbox.demo.dice import Dice
from backend.sandbox.demo.model import Family, Human, instant

# Of a hundred people, how many said yes, and of those who read a newsletter, how many had enough.
YES = {Subject.CLUB_LIFE: 72, Subject.PARTNER_OFFERS: 48}
ENOUGH, GONE_ADDRESS = 2, 1
NEWS_AGO, PROPOSED_AGO, LEAVES_IN = 9, 2, 5
NEWS = Draft(
    subject="Ce qui se passe au club cet hiver",
    body=(
        "# Les ateliers\n\n- Réparer son vélo, le samedi matin\n- Lire sa facture d’énergie\n\n"
        "# La conciergerie\n\nLe point du Marché ouvre maintenant le mardi soir, jusqu’à 19 h.\n"
        "Venez avec votre carte."
    ),
    ways=(Way.EMAIL, Way.PRINT),
)
OFFER = Draft(
    subject="La galette des rois à moitié prix",
    body=(
        "Du 2 au 10 janvier, la galette pour six personnes est à 9 € au lieu de 18 €.\n\n"
        "Prenez votre bon dans les avantages, puis montrez-le à la caisse."
    ),
    ways=(Way.EMAIL,),
)


NEXT = Draft(
    subject="Le goûter d’hiver : qui apporte quoi ?",
    body=(
        "# Rendez-vous dans la cour\n\nChacun apporte un plat à partager. Le club apporte les boissons.\n\n"
        "# Pour aider\n\nPassez à la conciergerie, ou répondez à ce message."
    ),
)


async def plan_next() -> None:
    """The next newsletter, which leaves by itself in some days."""
    if await fetch_value("SELECT EXISTS (SELECT 1 FROM campaign WHERE subject = $1)", NEXT.subject):
        return
    author = await fetch_value(
        "SELECT person FROM contact_point WHERE value = $1", STAFF[1].address
    )
    by = By(Actor.PERSON, author)
    public_id = await campaigns.draft(by, NEXT, "")
    leaves_on = clock.today() + timedelta(days=LEAVES_IN)
    await planning.plan(by, public_id, moment_of(leaves_on, "10:00"))


async def tell(families: Sequence[Family]) -> None:
    """Needs everybody's keys; within the transaction that fills the demo."""
    await copy("consent", [row for one in families for row in _consents(one)])
    await copy(
        "campaign_setting",
        [{"partner_messages": 1, "stop_number": "36105", "updated_at": families[0].joined_at}],
    )
    day = clock.today()
    author = await fetch_value(
        "SELECT person FROM contact_point WHERE value = $1", STAFF[1].address
    )
    sent_at = instant(day - timedelta(days=NEWS_AGO), 11)
    await _write(NEWS, Kind.NEWSLETTER, author, sent_at, families)
    baker = await fetch_value("SELECT person FROM contact_point WHERE value = $1", MERCHANT.address)
    await _write(OFFER, Kind.PARTNER, baker, instant(day - timedelta(days=PROPOSED_AGO), 16))


def _consents(family: Family) -> Iterator[dict[str, Any]]:
    for number, human in enumerate(family.adults):
        dice = Dice("consent", family.public_id, number)
        for subject, share in YES.items():
            said = dice.chance(share)
            if said or dice.chance(30):  # the others were not asked, or did not answer
                yield {
                    "person": human.id,
                    "subject": subject.value,
                    "medium": _medium(human).value,
                    "given": said,
                    "text_version": NEWEST,
                    "source": (Source.PAPER if human.address is None else Source.ONLINE).value,
                    "at": family.joined_at,
                }


def _medium(human: Human) -> Medium:
    if human.address is None:
        return Medium.POST
    return Medium.EMAIL if human.address.channel is Channel.EMAIL else Medium.SMS


async def _write(
    draft: Draft, kind: Kind, author: int, at: datetime, readers: Sequence[Family] = ()
) -> None:
    partner = await fetch_value("SELECT id FROM partner WHERE name = $1", DEMO_SHOP)
    launched = bool(readers)
    row = {
        "public_id": codes.random_id(),
        "kind": kind.value,
        "partner": partner if kind is Kind.PARTNER else None,
        "subject": draft.subject,
        "body": draft.body,
        "sms": draft.sms,
        "ways": [way.value for way in draft.ways],
        "segment": msgspec.json.encode(Segment()).decode(),
        "state": (State.LAUNCHED if launched else State.PROPOSED).value,
        "drafted_at": at,
        "drafted_by": author,
        "changed_at": at,
        "launched_at": at if launched else None,
        "launched_by": author if launched else None,
    }
    [campaign_id] = await copy_named("campaign", [row], "public_id")
    lines = [line for one in readers for line in _recipients(campaign_id, one, at)]
    await copy("campaign_recipient", lines)
    await copy("consent", [_no(line) for line in lines if line["unsubscribed_at"]])


def _no(line: dict[str, Any]) -> dict[str, Any]:
    """Who had enough has said so in the register too."""
    return {
        "person": line["person"],
        "subject": SUBJECTS[Kind.NEWSLETTER].value,
        "medium": MEDIA[Way.EMAIL].value,
        "given": False,
        "text_version": NEWEST,
        "source": Source.ONLINE.value,
        "at": line["unsubscribed_at"],
    }


def _recipients(campaign_id: int, family: Family, at: datetime) -> Iterator[dict[str, Any]]:
    """Whoever had said yes to club life when it left, as far as the story goes; letters on paper wait."""
    ways = {MEDIA[way].value: way for way in NEWS.ways}
    wanted = {
        row["person"]: ways[row["medium"]]
        for row in _consents(family)
        if row["subject"] == SUBJECTS[Kind.NEWSLETTER].value
        and row["medium"] in ways
        and row["given"]
    }
    for number, human in enumerate(family.adults):
        if human.id not in wanted or family.joined_at >= at or family.span_on(at.date()) is None:
            continue
        way = wanted[human.id]
        dice = Dice("news", family.public_id, number)
        refused = dice.chance(GONE_ADDRESS)
        sent = way is Way.EMAIL and not refused
        outcome = Outcome.SENT if sent else Outcome.WAITING if way is Way.PRINT else Outcome.REFUSED
        yield {
            "campaign": campaign_id,
            "person": human.id,
            "way": way.value,
            "outcome": outcome.value,
            "left_at": at + timedelta(seconds=number) if sent else None,
            "unsubscribed_at": at + timedelta(hours=dice.between(1, 60))
            if sent and dice.chance(ENOUGH)
            else None,
        }
