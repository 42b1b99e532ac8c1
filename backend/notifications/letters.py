"""A message as it leaves: its words, and the names the club writes under."""

from backend.notifications import texts
from backend.notifications.gateway import Outgoing
from backend.notifications.push import Ring
from backend.people.rules import Channel
from backend.places import queries as places


async def compose(
    kind: str, key: str, channel: Channel, to: str, values: dict[str, object]
) -> Outgoing:
    """Of texts/<kind>; `values` and `club`, its name, are what they may say."""
    voice = await places.voice()
    mail = channel is Channel.EMAIL
    render = texts.render_mail if mail else texts.render_sms
    words = render(kind, {"club": voice.name, **values})
    return Outgoing(
        key,
        channel,
        to,
        words.subject,
        words.text,
        words.html,
        sender=voice.mail_name if mail else voice.sms_sender,
        reply_to=voice.reply_to if mail else "",
    )


async def compose_ring(kind: str, values: dict[str, object]) -> Ring:
    """What a telephone shows: few words, and the page where the others stand."""
    voice = await places.voice()
    words = texts.render_push(kind, {"club": voice.name, **values})
    return Ring(words.subject, words.text, str(values.get("link", "")))
