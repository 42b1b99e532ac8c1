"""What was sent to whom: a trace without the words. And the telephones that ring."""

from backend.kit.rows import RESTRICT, Index, Row, binary, instant, integer, refers, text, word
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


class PushSubscription(Row):
    """A browser that its person let ring (RFC 8030). Whoever knows `endpoint` may knock there: it stands
    in no log and no export.

    `p256dh` and `auth` are the browser's, `ours` is the key of ours that it subscribed with. `session`
    is the id of the session it stands in, which a layer above keeps: when that ends, nothing rings there.
    """

    public_id = text(unique=True)
    person = refers("Person", "people", on_delete=RESTRICT)
    session = integer()
    endpoint = text(unique=True)
    p256dh = binary()
    auth = binary()
    ours = binary()
    device = text()
    created_at = instant()
    reached_at = instant(null=True)
    failures = integer(default=0)

    by_session = Index(["session"])
