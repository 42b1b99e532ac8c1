"""What is told to a person when the ways into their account change."""

from collections.abc import Iterable

from backend.identity.queries import SignedIn
from backend.kit.database import within
from backend.notifications import service as notifications
from backend.people.queries import Contact, contacts_of


async def warn(
    caller: SignedIn, what: str, key: str, contacts: Iterable[Contact] | None = None
) -> None:
    """To each verified address: whoever took one of them over cannot hide it from the others."""
    within()
    known = await contacts_of(caller.person_id) if contacts is None else contacts
    for contact in known:
        if contact.verified_at is None:
            continue
        await notifications.queue(
            "identity.notice",
            f"notice:{key}:{contact.public_id}",
            person_id=caller.person_id,
            channel=contact.address.channel,
            to=contact.value,
            values={"what": what, "name": caller.given_name},
        )
