"""The names that the club gives itself stand on what leaves the house."""

from email.utils import parseaddr

import msgspec

from backend.audit.service import SYSTEM
from backend.kit.database import fetch_value, transaction
from backend.notifications import service as notifications
from backend.notifications.gateway import Outgoing
from backend.notifications.smtp import envelope
from backend.people.rules import Channel
from backend.places import service as places
from backend.places.service import ClubWish, SenderWish
from tests.conftest import Database
from tests.factories import add_person

SERVER = "Serveur <club@example.org>"


async def queued(channel: Channel, to: str) -> Outgoing:
    person_id = await add_person()
    async with transaction():
        row = await notifications.queue(
            "identity.notice",
            f"test:{channel}",
            person_id=person_id,
            channel=channel,
            to=to,
            values={"what": "Bonjour", "name": "Alice"},
        )
    payload = await fetch_value("SELECT payload FROM outbox WHERE id = $1", row)
    return msgspec.json.decode(payload, type=Outgoing)


async def test_a_mail_and_an_sms_carry_the_clubs_names(db: Database) -> None:
    await places.save_club(ClubWish(name="Le Club de l'Orme"), SYSTEM)
    wish = SenderWish(
        mail_name="Le Club,\r\nBcc: x@y.fr", reply_to="contact@example.org", sms_sender="ORME"
    )
    await places.save_senders(wish, SYSTEM)
    mail = envelope(await queued(Channel.EMAIL, "alice@example.org"), SERVER)
    assert parseaddr(str(mail["From"])) == ("Le Club, Bcc: x@y.fr", "club@example.org")
    assert mail["Reply-To"] == "contact@example.org"
    assert mail["Bcc"] is None
    assert (await queued(Channel.SMS, "+33639980000")).sender == "ORME"


async def test_the_settings_speak_when_the_club_says_nothing(db: Database) -> None:
    await places.save_club(ClubWish(name="Le Club de l'Orme"), SYSTEM)
    mail = envelope(await queued(Channel.EMAIL, "alice@example.org"), SERVER)
    assert mail["From"] == SERVER
    assert mail["Reply-To"] is None
