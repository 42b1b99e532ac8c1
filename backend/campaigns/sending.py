"""One letter of a campaign on its way out: still wanted, at a lawful hour, once.

What stands between the server's yes and our word of it is one statement: a worker that dies in there
sends that mail once more, under the same Message-ID. Dying anywhere else sends nothing twice.
"""

from datetime import timedelta
from functools import partial
from typing import Any

import msgspec

from backend.campaigns import audience, quoted, rules, unsubscribing
from backend.campaigns.rules import MEDIA, SUBJECTS, Kind, Outcome, Way
from backend.kit import clock, outbox
from backend.kit.database import fetch, fetch_one
from backend.kit.outbox import Letter, NotYet, Send
from backend.notifications import texts
from backend.notifications.gateway import Gateway, Outgoing, Undeliverable
from backend.notifications.post import Post
from backend.people.rules import Channel

NUMBER_AWAITED = timedelta(hours=1)  # to say STOP to; without one no SMS leaves (N3)
LETTER = "campaign"  # kind of letter: campaign.email, campaign.sms; key campaign:<recipient>


class Queued(msgspec.Struct, frozen=True):
    """A letter of the outbox: whose row it is. Words and address are found when it leaves."""

    recipient: int


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that is still to be said: to whom, what, and under which names."""

    recipient: int
    person: int
    campaign: int
    kind: Kind
    given_name: str
    address: str
    partner: str
    subject: str
    body: str
    sms: str
    name: str
    mail_name: str
    reply_to: str
    sms_sender: str
    stop_number: str


def senders(post: Post) -> dict[str, Send]:
    """The bulk lane: a campaign's e-mails and SMS."""
    return {
        f"{LETTER}.{channel}": partial(_send, gateway, Way(channel.value))
        for channel, gateway in post.items()
    }


async def _send(gateway: Gateway, way: Way, letter: Letter) -> None:
    """One that is late waits for the next lawful hour: it is not dropped (N3)."""
    moment = clock.now()
    if (due_at := rules.leaves(way, moment)) > moment:
        raise NotYet(due_at)
    recipient = letter.read(Queued).recipient
    bound = await _bound(recipient, way)
    if bound is None:
        await _end(recipient, Outcome.DROPPED)
        return
    if way is Way.SMS and not bound.stop_number:
        raise NotYet(moment + NUMBER_AWAITED)
    try:
        body = await quoted.for_reader(bound.body, bound.person)
        now = msgspec.structs.replace(bound, body=body)
        await gateway.send(compose(now, way, letter.key))
    except Undeliverable:
        await _refused(bound)
        return
    except Exception:
        if letter.attempts >= outbox.MOST_ATTEMPTS:
            await _end(recipient, Outcome.FAILED)
        raise
    await _end(recipient, Outcome.SENT)


def compose(bound: Bound, way: Way, key: str) -> Outgoing:
    """As it is sent, with this person's own way to say no."""
    if way is Way.SMS:
        words = rules.sms_text(bound.name, bound.sms, bound.stop_number)
        return Outgoing(key, Channel.SMS, bound.address, "", words, sender=bound.sms_sender)
    link = unsubscribing.link_for(bound.person, bound.campaign)
    said = texts.render_mail(
        f"campaign.{bound.kind}",
        {
            "club": bound.name,
            "name": bound.given_name,
            "partner": bound.partner,
            "subject": bound.subject,
            "body": bound.body,
            "unsubscribe": link,
        },
    )
    return Outgoing(
        key,
        Channel.EMAIL,
        bound.address,
        said.subject,
        said.text,
        said.html,
        sender=bound.mail_name,
        reply_to=bound.reply_to,
        unsubscribe=link,
    )


async def _bound(recipient: int, way: Way) -> Bound | None:
    """None when it was sent before, or a no, a stop or an erasure came since the launch, or its partner
    left or was suspended.

    The address is the best of today, not that of the launch.
    """
    asked = (recipient, MEDIA[way].value, way.value, *_SUBJECTS, clock.today())
    row: Any = await fetch_one(_BOUND, *asked)
    return None if row is None else Bound(**{**dict(row), "kind": Kind(row["kind"])})


_SUBJECTS = (SUBJECTS[Kind.PARTNER].value, SUBJECTS[Kind.NEWSLETTER].value)
_BOUND = f"""
SELECT x.id AS recipient, x.person, x.campaign, c.kind, p.given_name, a.value AS address,
  coalesce(t.name, '') AS partner, c.subject, c.body, c.sms, coalesce(v.name, 'Palier') AS name,
  coalesce(v.mail_name, '') AS mail_name, coalesce(v.reply_to, '') AS reply_to,
  coalesce(v.sms_sender, '') AS sms_sender, coalesce(s.stop_number, '') AS stop_number
FROM campaign_recipient x JOIN campaign c ON c.id = x.campaign AND c.state = 'launched'
JOIN person p ON p.id = x.person AND p.erased_at IS NULL
LEFT JOIN partner t ON t.id = c.partner
LEFT JOIN club v ON true
LEFT JOIN campaign_setting s ON true
CROSS JOIN LATERAL (SELECT k.given FROM consent k WHERE k.person = x.person AND k.medium = $2
  AND k.subject = CASE c.kind WHEN 'partner' THEN $4 ELSE $5 END ORDER BY k.id DESC LIMIT 1) said
CROSS JOIN LATERAL (SELECT o.value FROM contact_point o WHERE o.person = x.person
  AND o.channel = $3 AND o.ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM dead_address d
    WHERE d.value = o.value AND (o.verified_at IS NULL OR o.verified_at <= d.at))
  ORDER BY o.verified_at IS NULL, o.id LIMIT 1) a
WHERE x.id = $1 AND x.outcome = 'waiting' AND said.given AND {audience.may_speak("c", "$6")}
"""  # noqa: S608 - our own words


async def _end(recipient: int, outcome: Outcome) -> None:
    """What left has left, though it was stopped meanwhile: it counts for the week (N6)."""
    await fetch(
        "UPDATE campaign_recipient SET outcome = $2,"
        " left_at = CASE WHEN $2 = 'sent' THEN $3::timestamptz END"
        " WHERE id = $1 AND (outcome = 'waiting' OR outcome = 'dropped' AND $2 = 'sent')",
        recipient,
        outcome.value,
        clock.now(),
    )


async def _refused(bound: Bound) -> None:
    await fetch(
        "WITH dead AS (INSERT INTO dead_address (value, at) VALUES ($2, $3)"
        " ON CONFLICT ON CONSTRAINT dead_address_value_key DO UPDATE SET at = EXCLUDED.at)"
        " UPDATE campaign_recipient SET outcome = 'refused' WHERE id = $1 AND outcome = 'waiting'",
        bound.recipient,
        bound.address,
        clock.now(),
    )
