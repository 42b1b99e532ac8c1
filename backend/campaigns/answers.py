"""What providers bring by themselves: STOP by SMS, mails that came back late. As staff would type it.

A delivery may come twice, late, or before an older one: the same event is taken once, and no word of
ours is taken back that is newer than what the event tells.
"""

import hmac
from collections.abc import Collection
from datetime import datetime, timedelta

from backend.audit.service import SYSTEM
from backend.campaigns import heard, queries, unsubscribing
from backend.campaigns.errors import SecretWrong
from backend.campaigns.heard import Heard
from backend.campaigns.queries import MAIL, SMS
from backend.campaigns.rules import SUBJECTS, Way
from backend.identity.rules import neighbourhood
from backend.kit import clock, inbox
from backend.kit.database import fetch, once_more, transaction, within
from backend.kit.errors import Missing
from backend.kit.limits import Limit, spend
from backend.people.rules import Channel, Medium, Source, Subject, find_address

WRONG = Limit("campaign.hook", 300, timedelta(minutes=1))


async def admit(hook: str, secrets: Collection[bytes], said: bytes, ip: str) -> None:
    """Before anything of the call is read. Raises Missing where this club listens to nobody, Busy,
    SecretWrong.

    Only who is wrong spends a try: behind one address a flood never keeps the provider's STOPs out.
    The secret is long enough that no number of tries finds it (settings).
    """
    if not secrets:
        raise Missing
    matches = [hmac.compare_digest(each, said) for each in secrets]  # all of them: no time tells
    if True not in matches:
        await spend(WRONG, f"{hook}:{neighbourhood(ip)}")
        raise SecretWrong


async def hear_stops(body: bytes) -> int:
    """No more campaigns by SMS to whoever has these numbers; how many people. Raises AnswerUnreadable."""
    if not heard.understands(body, heard.is_answer):
        await _note_unread(SMS)
    return sum([await _stop(each) for each in heard.stops(body)])


async def hear_bounces(body: bytes) -> int:
    """Campaigns go to these addresses no more, until a code sent there is typed again."""
    if not heard.understands(body, heard.is_return):
        await _note_unread(MAIL)
    return sum([await _bounce(each) for each in heard.bounces(body)])


async def _note_unread(hook: str) -> None:
    """One more in a form that is not ours; after some quiet weeks the count begins anew."""
    async with transaction():
        await fetch(
            "INSERT INTO unread_call (hook, calls, first_at, last_at) VALUES ($1, 1, $2, $2)"
            " ON CONFLICT ON CONSTRAINT unread_call_hook_key DO UPDATE SET"
            " calls = CASE WHEN unread_call.last_at < $3 THEN 1 ELSE unread_call.calls + 1 END,"
            " first_at = CASE WHEN unread_call.last_at < $3 THEN $2 ELSE unread_call.first_at END,"
            " last_at = $2",
            hook,
            clock.now(),
            clock.now() - queries.UNREAD_FOR,
        )


@once_more
async def _stop(told: Heard) -> int:
    address = find_address(told.address)
    if address is None or address.channel is not Channel.SMS:
        return 0
    async with transaction():
        owners = await unsubscribing.owners_of(address)
        if not owners or not await _is_new("sms", "stop", told):
            return 0
        newer = await _said_since(owners, _when(told))
        for person_id in owners:
            for subject in SUBJECTS.values():
                if (person_id, subject) not in newer:
                    await unsubscribing.say_no(person_id, subject, Way.SMS, Source.PHONE, None)
        await unsubscribing.mark(owners, Way.SMS, "unsubscribed_at")
        return len(owners)


@once_more
async def _bounce(told: Heard) -> int:
    address = find_address(told.address)
    if address is None or address.channel is not Channel.EMAIL:
        return 0
    async with transaction():
        owners = await unsubscribing.owners_of(address)
        if not owners or not await _is_new("mail", "bounce", told):
            return 0
        await unsubscribing.bury(SYSTEM, address, owners, _when(told))
        return len(owners)


async def _is_new(source: str, kind: str, told: Heard) -> bool:
    """Without a key nobody can tell; then it is heard again, and changes what is not said yet."""
    within()
    return not told.key or await inbox.note_done(source, told.key, kind, _when(told))


def _when(told: Heard) -> datetime:
    return min(told.at or clock.now(), clock.now())


async def _said_since(person_ids: list[int], moment: datetime) -> set[tuple[int, Subject]]:
    """Whose newest word on SMS is a yes given since."""
    rows = await fetch(
        "SELECT n.person, n.subject FROM (SELECT DISTINCT ON (person, subject) person, subject,"
        " given, at FROM consent WHERE person = ANY($1) AND medium = $2"
        " ORDER BY person, subject, id DESC) n WHERE n.given AND n.at > $3",
        person_ids,
        Medium.SMS.value,
        moment,
    )
    return {(row["person"], Subject(row["subject"])) for row in rows}
