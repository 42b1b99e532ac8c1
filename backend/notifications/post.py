"""The ways out of one process, as its settings give them."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

from backend.kit import clock, outbox
from backend.kit.database import fetch
from backend.kit.outbox import Letter, NotYet, Send
from backend.notifications import ringing
from backend.notifications.folder import FolderGateway
from backend.notifications.gateway import Gateway, Outgoing
from backend.notifications.rules import Way, waking
from backend.notifications.sms import HttpSmsGateway
from backend.notifications.smtp import KeptSmtpGateway, SmtpGateway
from backend.people.rules import Channel
from backend.settings import Settings

Post = dict[Channel, Gateway]
# Under a name: whether a message is still to be said, asked just before it leaves.
Asks = Mapping[str, Callable[[Letter], Awaitable[bool]]]
KINDS = {Channel.EMAIL: "message.email", Channel.SMS: "message.sms"}
# What nobody waits for: an SMS of it rings by day alone, however late its worker comes.
BY_DAY = {**KINDS, Channel.SMS: "message.sms.by_day"}
# A code, or what is said in its place: somebody sits there and waits for it. And a way into an account
# that changed, or the club's bank account: whoever did not do it must hear it before the morning.
AWAITED = frozenset(
    {"identity.code", "identity.no_account", "identity.suspended", "identity.notice"}
)
SILENT = "message.silent"
PUSH = "message.push"


def open_post(settings: Settings, *, kept: bool = False) -> Post:
    """A channel that is not in it cannot be used: a club without a provider sends no SMS.

    `kept`, for a worker: connections to the mail server stay open between mails, until close_post.
    """
    post: Post = {}
    if settings.smtp_url:
        post[Channel.EMAIL] = _mail(settings, settings.smtp_url, kept=kept)
    if settings.sms_url:
        post[Channel.SMS] = HttpSmsGateway(settings.sms_url)
    if not settings.production:
        kept_here = FolderGateway(mailbox(settings))
        post = {Channel.EMAIL: kept_here, Channel.SMS: kept_here, **post}
    return post


async def close_post(post: Post) -> None:
    for gateway in post.values():
        if isinstance(gateway, KeptSmtpGateway):
            await gateway.close()


def _mail(settings: Settings, url: str, *, kept: bool) -> Gateway:
    if not kept:
        return SmtpGateway(url, settings.mail_from)
    return KeptSmtpGateway(
        url, settings.mail_from, most=settings.smtp_connections, each=settings.smtp_mails_each
    )


def mailbox(settings: Settings) -> Path:
    """Where a demo keeps what it would send."""
    return settings.home / "mailbox"


async def deliver(post: Post, only: int | None = None) -> int:
    """Sends what waits; with `only`, that one row, as a request does for a code just asked."""
    return await outbox.drain(senders(post), only=only)


def asked_kind(name: str, channel: Channel | Way) -> str:
    return f"{name}.{channel.value}"


def senders(post: Post, asks: Asks | None = None) -> dict[str, Send]:
    """The kinds of outbox rows that are messages, for whoever drains the whole outbox."""
    found: dict[str, Send] = {}
    for channel, gateway in post.items():
        found[BY_DAY[channel]] = partial(_send_by_day, gateway, channel)
        found[KINDS[channel]] = partial(_send, gateway)
    for name, ask in (asks or {}).items():
        found[asked_kind(name, Way.PUSH)] = partial(ringing.send, ask)
        for channel, gateway in post.items():
            found[asked_kind(name, channel)] = partial(_ask_and_send, ask, gateway, channel)
    return {**found, SILENT: _keep_silent, PUSH: partial(ringing.send, None)}


async def _ask_and_send(
    ask: Callable[[Letter], Awaitable[bool]], gateway: Gateway, channel: Channel, letter: Letter
) -> None:
    _check_hour(channel)
    if await ask(letter):
        await _send(gateway, letter)
    else:
        await fetch("DELETE FROM message WHERE key = $1 AND sent_at IS NULL", letter.key)


async def _send_by_day(gateway: Gateway, channel: Channel, letter: Letter) -> None:
    _check_hour(channel)
    await _send(gateway, letter)


def _check_hour(channel: Channel) -> None:
    """One that is late waits for the morning: a worker may have stood still since the afternoon."""
    moment = clock.now()
    if (due_at := waking(channel, moment)) > moment:
        raise NotYet(due_at)


async def _send(gateway: Gateway, letter: Letter) -> None:
    try:
        await gateway.send(letter.read(Outgoing))
    except Exception:
        if letter.attempts >= outbox.MOST_ATTEMPTS:
            await _mark("failed_at", letter)
        raise
    await _mark("sent_at", letter)


async def _keep_silent(letter: Letter) -> None:
    await _mark("failed_at", letter)


async def _mark(column: str, letter: Letter) -> None:
    await fetch(
        f"UPDATE message SET {column} = $2 WHERE key = $1 AND {column} IS NULL",  # noqa: S608
        letter.key,
        clock.now(),
    )
