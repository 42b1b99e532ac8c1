"""The ground the club stands on: its name, sites, landlords. All through the club's services.

Each step may run again: a start that was interrupted goes on where it was.
"""

from datetime import time

from backend.audit.service import SYSTEM
from backend.billing import bank
from backend.billing.bank import BankWish
from backend.kit.database import fetch_value
from backend.kit.hours import Hours
from backend.places import service
from backend.places.service import ClubWish, SiteWish, Wish
from backend.sandbox.demo import export

TUESDAY_TO_SATURDAY = tuple(
    Hours(day, opens, closes)
    for day in range(1, 6)
    for opens, closes in ((time(9, 30), time(12, 30)), (time(14), time(18, 30)))
)
WEDNESDAY_AND_FRIDAY = tuple(Hours(day, time(14), time(18)) for day in (2, 4))
CLUB = ClubWish(
    name="Le Club de l'Orme",
    short_name="L'Orme",
    street="1 place du Palier",
    postcode=export.ORMEVAL.postcode,
    town=export.ORMEVAL.name,
    email="club@example.org",
    phone="06 39 98 00 10",
    rna="W809999999",
)
# The example number of the banks' own norm: no account has it.
ACCOUNT = BankWish(CLUB.name, "FR76 3000 6000 0112 3456 7890 189", "AGRIFRPP")
SITES = (
    SiteWish(
        name="Conciergerie de l'Orme",
        street="1 place du Palier",
        postcode=export.ORMEVAL.postcode,
        town=export.ORMEVAL.name,
        phone="06 39 98 00 11",
        point=(export.ORMEVAL.latitude, export.ORMEVAL.longitude),
        hours=TUESDAY_TO_SATURDAY,
    ),
    SiteWish(
        name="Conciergerie des Lanternes",
        street="14 rue de la Lanterne",
        postcode=export.VERTE_CROIX.postcode,
        town=export.VERTE_CROIX.name,
        phone="06 39 98 00 12",
        point=(export.VERTE_CROIX.latitude, export.VERTE_CROIX.longitude),
        hours=WEDNESDAY_AND_FRIDAY,
    ),
)


async def lay() -> None:
    await service.save_club(CLUB, SYSTEM)
    await bank.set_account(SYSTEM, ACCOUNT)
    await _open_sites()
    for estate in export.ESTATES:
        await _bring_list(estate)


async def _open_sites() -> None:
    for wish in SITES:
        if not await fetch_value("SELECT count(*) FROM site WHERE name = $1", wish.name):
            await service.open_site(wish, SYSTEM)


async def _bring_list(estate: export.Estate) -> None:
    """As staff would: the list, then the landlord's name in full, then the map."""
    wish = Wish(
        content=export.landlord_list(estate),
        file_name=f"{estate.slug}.csv",
        landlord_name=estate.name,
        by_name="Démonstration",
    )
    await service.import_dwellings(wish, SYSTEM)
    await service.place_residences(estate.slug, export.coordinates_list(estate), SYSTEM)
