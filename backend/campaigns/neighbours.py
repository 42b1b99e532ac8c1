"""The letter of the exchange: what neighbours put up this week, drafted for the club's newsletter (X2).

It is a newsletter like another: staff read it, it goes to who chose the club's news, by e-mail or SMS,
within its hours and limits, with one click to hear no more.
"""

from datetime import timedelta

from backend.audit.service import By
from backend.campaigns import service as campaigns
from backend.campaigns.errors import NothingNew
from backend.campaigns.rules import Draft, Way
from backend.kit import clock
from backend.notifications.surroundings import link
from backend.skills import queries as skills
from backend.skills.queries import Newest
from backend.skills.rules import ListingKind

SINCE = timedelta(days=7)
EACH = 6
TITLES = {ListingKind.OFFER: "On propose", ListingKind.REQUEST: "On cherche"}
SUBJECT = "Entraide : les annonces de la semaine"


async def draft_letter(by: By) -> str:
    """Gives the public id of the draft. Raises NothingNew when nobody put anything up in seven days."""
    since = clock.now() - SINCE
    found = {kind: await skills.newest(kind, EACH, since) for kind in TITLES}
    if not any(found.values()):
        raise NothingNew
    parts = [_part(TITLES[kind], listings) for kind, listings in found.items() if listings]
    body = "\n\n".join(["Voici ce que vos voisins ont écrit cette semaine.", *parts, "À bientôt !"])
    sms = f"Entraide : lisez les nouvelles annonces de vos voisins. {link('/entraide')}"
    draft = Draft(subject=SUBJECT, body=body, sms=sms, ways=(Way.EMAIL, Way.SMS))
    return await campaigns.draft(by, draft)


def _part(title: str, listings: list[Newest]) -> str:
    lines = [
        f"- {each.title} ({each.who}) : {link(f'/entraide/annonces/{each.public_id}')}"
        for each in listings
    ]
    return "\n".join([f"{title} :", *lines])
