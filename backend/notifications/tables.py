"""What was sent to whom: a trace without the words."""

from backend.kit.rows import RESTRICT, Row, instant, refers, text, word
from backend.notifications.rules import Way


class Message(Row):
    """One message to one address. Words with a secret are kept only in the outbox until sent."""

    person = refers("Person", "people", on_delete=RESTRICT, null=True)
    way = word(Way)
    kind = text()
    key = text(unique=True)
    queued_at = instant(index=True)
    sent_at = instant(null=True)
    failed_at = instant(null=True)
