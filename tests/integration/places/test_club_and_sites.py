"""What the office sets: the club, its texts, its sites, where residences stand."""

import asyncio
from datetime import time

import pytest

from backend.audit.service import SYSTEM
from backend.kit.database import fetch_value
from backend.kit.errors import Invalid, Missing
from backend.kit.hours import Hours
from backend.places import errors, queries, service
from backend.places.service import ClubWish, ResidenceWish, SiteWish, Wish
from tests.conftest import Database
from tests.landlord_lists import export, rows

SITE = SiteWish(
    name="Conciergerie de l'Orme",
    street="2 place des Tilleuls",
    postcode="93200",
    town="Saint-Denis",
    phone="01 99 00 12 34",
    point=(48.9, 2.3),
    hours=(Hours(1, time(9), time(12)),),
)


async def test_the_club_is_one_row_when_saved_twice(db: Database) -> None:
    assert await queries.find_club() is None
    await service.save_club(ClubWish(name="Club de l'Orme"), SYSTEM)
    await service.save_club(ClubWish(name="Le Club de l'Orme", grace_days=45), SYSTEM)
    club = await queries.find_club()
    assert club is not None
    assert (club.name, club.short_name, club.grace_days) == (
        "Le Club de l'Orme",
        "Le Club de l'Orme",
        45,
    )


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (ClubWish(name="Club", grace_days=121), "grace_days"),
        (ClubWish(name="Club", grace_days=-1), "grace_days"),
        (ClubWish(name="Club", siret="123"), "siret"),
        (ClubWish(name="Club", debit_days=0), "debit_days"),
        (ClubWish(name="Club", debit_days=21), "debit_days"),
    ],
)
async def test_the_club_is_refused_when_something_is_wrong(
    db: Database, wish: ClubWish, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await service.save_club(wish, SYSTEM)
    assert list(refused.value.fields) == [field]


async def test_every_version_is_kept_when_a_text_is_published(db: Database) -> None:
    assert (await queries.legal_text("conditions")).version == 0
    await service.publish_text("conditions", "Conditions", "Un.", 0, SYSTEM)
    await service.publish_text("conditions", "Conditions", "Deux.", 1, SYSTEM)
    assert (await queries.legal_text("conditions")).body == "Deux."
    assert (await queries.legal_text("conditions", 1)).body == "Un."
    assert [each.version for each in await queries.versions_of("conditions")] == [2, 1]
    told = {each.slug: each.version for each in await queries.legal_texts()}
    assert (told["conditions"], told["aide"]) == (2, 0)
    with pytest.raises(errors.TextMoved):
        await service.publish_text("conditions", "Conditions", "Trois.", 1, SYSTEM)
    with pytest.raises(errors.TextEmpty):
        await service.publish_text("conditions", "Conditions", " ", 2, SYSTEM)
    for lost in (
        service.publish_text("autre", "x", "y", 0, SYSTEM),
        queries.legal_text("autre"),
        queries.legal_text("conditions", 9),
    ):
        with pytest.raises(Missing):
            await lost


async def test_one_version_wins_when_two_people_publish_at_once(db: Database) -> None:
    results = await asyncio.gather(
        *(service.publish_text("aide", "Aide", f"{n}", 0, SYSTEM) for n in range(4)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in results) == ["TextMoved"] * 3 + ["int"]


async def test_a_site_lives_when_opened_changed_and_closed(db: Database) -> None:
    slug = await service.open_site(SITE, SYSTEM)
    assert slug == "conciergerie-de-l-orme"
    assert await service.open_site(SITE, SYSTEM) == "conciergerie-de-l-orme-2"
    site = await queries.get_site(slug)
    assert (site.latitude, site.phone, site.hours) == (48.9, "+33199001234", SITE.hours)
    await service.change_site(
        slug,
        SiteWish(
            name="Autre", street="", postcode="", town="", hours=(Hours(3, time(14), time(18)),)
        ),
        SYSTEM,
    )
    assert (await queries.get_site(slug)).hours == (Hours(3, time(14), time(18)),)
    await service.close_site(slug, SYSTEM)
    assert [each.slug for each in await queries.sites()] == ["conciergerie-de-l-orme-2"]
    assert [each.slug for each in await queries.sites(closed=True)] == [slug]
    await service.reopen_site(slug, SYSTEM)
    assert len(await queries.sites()) == 2
    for lost in (
        service.close_site("nowhere", SYSTEM),
        service.change_site("nowhere", SITE, SYSTEM),
        queries.get_site("nowhere"),
    ):
        with pytest.raises(Missing):
            await lost
    assert await fetch_value("SELECT count(*) FROM audit_entry") == 5


async def landlord() -> str:
    wish = Wish(
        content=export([*rows(600)]), file_name="a.csv", landlord_name="Habitat", by_name="Bob"
    )
    await service.import_dwellings(wish, SYSTEM)
    return "habitat"


async def test_a_residence_has_its_place_when_staff_set_it(db: Database) -> None:
    slug = await landlord()
    first, second = await queries.residences(slug)
    assert (first.dwellings, second.dwellings) == (500, 100)
    await service.change_residence(first.public_id, ResidenceWish((48.9, 2.3), True), SYSTEM)
    placed = await queries.get_residence(first.public_id)
    assert (placed.latitude, placed.longitude, placed.priority_district) == (48.9, 2.3, True)
    await service.rename_landlord(slug, "Habitat de l'Orme", SYSTEM)
    assert (await queries.get_landlord(slug)).name == "Habitat de l'Orme"
    for lost in (
        service.change_residence("nowhere", ResidenceWish(None, False), SYSTEM),
        service.rename_landlord("nowhere", "X", SYSTEM),
        queries.get_residence("nowhere"),
        queries.get_landlord("nowhere"),
    ):
        with pytest.raises(Missing):
            await lost


async def test_many_residences_have_their_place_when_a_list_of_points_comes(db: Database) -> None:
    """Wrong lines are left out and listed with line, column and reason; the others are set."""
    slug = await landlord()
    content = (
        "Code résidence;Code postal;Nom;Latitude;Longitude\r\n"
        "R000;93200;Le Bœuf;48,91;2,31\r\n"
        "R001;;;95;2\r\n"
        "R009;;;48,9;2,3\r\n"
        "R001;;Vide;;\r\n"
    )
    points = await service.place_residences(slug, content.encode("cp1252"), SYSTEM)
    assert [line.code for line in points.lines] == ["R000"]
    assert [(line.line, line.column) for line in points.rejected] == [
        (3, "LATITUDE"),
        (4, "CODE_RESIDENCE"),
    ]
    told = {each.code: (each.latitude, each.longitude) for each in await queries.residences(slug)}
    assert told == {"R000": (48.91, 2.31), "R001": (None, None)}


async def test_only_its_line_is_lost_when_a_list_of_points_is_hostile(db: Database) -> None:
    """A quote nobody closed, an endless line and a sign that no text has cost their own line."""
    slug = await landlord()
    content = (
        b'CODE_RESIDENCE;LATITUDE;LONGITUDE\nR000;"48,91;2,31\n\n'
        + b"x" * 200_000
        + b"\nR0\x00;48,9;2,3\nR001;48,91;2,31\n"
    )
    points = await service.place_residences(slug, content, SYSTEM)
    assert [line.code for line in points.lines] == ["R001"]
    assert [line.line for line in points.rejected] == [2, 4, 5]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [(b"", errors.ListEmpty), (b"a;b\n1;2", errors.ColumnsMissing)],
)
async def test_points_are_refused_whole_when_the_file_is_no_list(
    db: Database, content: bytes, refusal: type[Invalid]
) -> None:
    with pytest.raises(refusal):
        await service.place_residences("habitat", content, SYSTEM)
