"""The office closes days and opens others, after a look at what changes."""

import re
from datetime import date, timedelta

import httpx

from backend.audit.service import SYSTEM
from backend.kit import clock, formats
from backend.kit.openings import Calendar
from backend.places import closures, service
from backend.places.service import SiteWish
from tests.factories import WEEK
from tests.integration.office.conftest import Post

HERE, EXTRAS = "/gestion/points/fermetures", "/gestion/points/ouvertures"
DAY = timedelta(days=1)


def open_day() -> date:
    """One that comes, on which the sites are open."""
    found = Calendar(hours=WEEK).next_open_day(clock.today() + 7 * DAY)
    assert found is not None
    return found


def sunday() -> date:
    return clock.today() + (13 - clock.today().weekday()) * DAY


async def open_site(name: str) -> str:
    wish = SiteWish(name=name, street="1 rue A", postcode="80000", town="Amiens", hours=WEEK)
    return await service.open_site(wish, SYSTEM)


def cells(page: str) -> list[str]:
    """The words of the cells of a page's tables."""
    found = re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in found]


async def test_days_are_closed_after_a_look_and_opened_again(
    office: httpx.AsyncClient, send: Post
) -> None:
    """L18: what each door will say is shown before anybody says yes, and can be undone."""
    await open_site("L'Orme")
    await open_site("La Lune")
    first = open_day()
    typed = {
        "site": "",
        "first_on": str(first),
        "last_on": str(first + DAY),
        "reason": "Fêtes & repos",
    }
    shown = await send(f"{HERE}/apercu", typed)
    assert shown.status_code == 200
    words = cells(shown.text)
    told = formats.weekday(first, clock.today())
    assert words[:6] == [
        f"{told} L&#39;Orme",
        "9h-18h",
        "Fermé",
        f"{told} La Lune",
        "9h-18h",
        "Fermé",
    ]
    assert await closures.closures(clock.today()) == []
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown.text))
    assert hidden["reason"] == "Fêtes &amp; repos"
    places = {(await send(HERE, {**typed, "key": hidden["key"]})).headers["location"] for _ in "12"}
    [closure] = await closures.closures(clock.today())
    assert places == {f"{HERE}/{closure.public_id}?fait=fermeture-posee"}
    listed = (await office.get(HERE)).text
    assert f"du {formats.day(first)} au {formats.day(first + DAY)}" in listed
    assert "Tous les points" in listed
    assert "Fêtes &amp; repos" in (await office.get(f"{HERE}/{closure.public_id}")).text
    undone = await send(f"{HERE}/{closure.public_id}/annulation")
    assert undone.status_code == 303
    assert "Annulée" in (await office.get(HERE)).text
    assert (await send(f"{HERE}/{closure.public_id}/annulation")).status_code == 303


async def test_hours_are_added_on_a_closed_day_after_a_look(
    office: httpx.AsyncClient, send: Post
) -> None:
    """L16: an exceptional opening, on a day that is closed."""
    slug = await open_site("L'Orme")
    typed = {
        "site": slug,
        "opens_on": str(sunday()),
        "opens": "10:00",
        "closes": "12:30",
        "reason": "Fête du quartier",
    }
    assert cells((await send(f"{EXTRAS}/apercu", typed)).text)[1:] == ["Fermé", "10h-12h30"]
    assert (await send(EXTRAS, typed)).status_code == 303
    [extra] = await closures.extras(clock.today())
    assert "De 10\xa0h à 12\xa0h\xa030" in (await office.get(HERE)).text
    assert (await send(f"{EXTRAS}/{extra.public_id}/annulation")).status_code == 303
    assert await closures.extras(clock.today()) == []


async def test_what_was_typed_stays_when_a_closure_is_refused(
    office: httpx.AsyncClient, send: Post
) -> None:
    """L16: neither backwards, nor so long that a site never opens, nor at an hour nobody reads."""
    slug = await open_site("L'Orme")
    right = {"site": slug, "first_on": str(open_day()), "reason": "Travaux"}
    for wrong, says in (
        ({"last_on": str(open_day() - DAY)}, "avant le premier"),
        (
            {"first_on": str(clock.today()), "last_on": str(clock.today() + 90 * DAY)},
            "60 prochains",
        ),
        ({"starts": "25:00"}, "Nous ne comprenons pas ces heures"),
        ({"starts": "12:00", "ends": "11:00"}, "avant l&#39;heure de début"),
    ):
        for address in (f"{HERE}/apercu", HERE):
            answer = await send(address, {**right, **wrong})
            assert answer.status_code == 422
            assert says in answer.text
            assert 'value="Travaux"' in answer.text
    assert (await send(f"{HERE}/apercu", {**right, "site": "nulle-part"})).status_code == 404
    late = {"site": slug, "opens_on": str(clock.today() - DAY), "opens": "9h", "closes": "10h"}
    assert "Ce jour est passé" in (await send(EXTRAS, late)).text
    assert (
        f'<option value="{slug}" selected'
        in (await office.get(f"{HERE}/nouvelle?point={slug}")).text
    )


async def test_a_desk_counts_who_comes_when_the_office_says_so(
    office: httpx.AsyncClient, send: Post
) -> None:
    """L19: a capacity per desk and period; none where nothing is typed."""
    slug = await open_site("L'Orme")
    address = f"/gestion/points/{slug}/creneaux"
    assert "Personnes par créneau" in (await office.get(address)).text
    assert (await send(address, {"minutes": "20", "most": "4"})).status_code == 303
    form = (await office.get(address)).text
    assert '<option value="20" selected>' in form
    assert 'value="4"' in form
    refused = await send(address, {"minutes": "20", "most": "0"})
    assert refused.status_code == 422
    assert "de 1 à 99" in refused.text
    assert (await send(address, {"minutes": "20"})).status_code == 303
    assert 'value="4"' not in (await office.get(address)).text
    assert (await send("/gestion/points/ailleurs/creneaux", {"minutes": "20"})).status_code == 404
