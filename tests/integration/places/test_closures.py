"""Closures and exceptional openings of the sites, and the calendar they make."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.errors import DomainError, Missing
from backend.kit.holidays import Zone
from backend.kit.hours import show_day
from backend.kit.openings import Calendar
from backend.places import closures, errors, queries, service
from backend.places.service import ClosureWish, ExtraWish, SiteWish
from tests import factories
from tests.conftest import Database
from tests.factories import WEEK

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
TUESDAY, EASTER_FRIDAY = date(2026, 11, 24), date(2027, 3, 26)


async def open_site(name: str = "L'Orme", zone: Zone = Zone.METROPOLITAN) -> str:
    wish = SiteWish(
        name=name, street="1 rue A", postcode="67000", town="Ville", hours=WEEK, holiday_zone=zone
    )
    return await service.open_site(wish, SYSTEM)


async def calendar_of(slug: str) -> Calendar:
    return await queries.get_calendar((await queries.get_site(slug)).id)


def told(calendar: Calendar, day: date) -> str:
    return show_day(calendar.hours_on(day), day.weekday())


async def test_a_calendar_has_what_the_office_set_for_its_site(db: Database) -> None:
    """L16: hours, the holidays of its zone, closures of one site and of all, exceptional openings."""
    with clock.frozen(MONDAY):
        here, there = await open_site(), await open_site("La Lune", Zone.ALSACE_MOSELLE)
        days = {"first_on": TUESDAY, "last_on": TUESDAY}
        await factories.close_days(
            ClosureWish(site=here, starts=time(12), reason="Réunion", **days)
        )
        thursday = TUESDAY + timedelta(days=2)
        await factories.close_days(
            ClosureWish(first_on=thursday, last_on=thursday, reason="Inventaire")
        )
        await service.add_extra(
            ExtraWish(site=there, opens_on=thursday, opens=time(18), closes=time(20)), SYSTEM
        )
        orme, lune = await calendar_of(here), await calendar_of(there)
        assert (told(orme, TUESDAY), told(lune, TUESDAY)) == ("9h-12h", "9h-18h")
        assert (told(orme, thursday), told(lune, thursday)) == ("", "18h-20h")
        assert orme.why_closed(thursday) == "Inventaire"
        assert (told(orme, EASTER_FRIDAY), told(lune, EASTER_FRIDAY)) == ("9h-18h", "")
        assert (await queries.get_site(here)).calendar == orme
        assert set(await queries.calendars()) == {site.id for site in await queries.sites()}
        assert [card.reason for card in await closures.closures(TUESDAY)] == [
            "Réunion",
            "Inventaire",
        ]


async def test_hours_are_back_when_a_closure_is_withdrawn(db: Database) -> None:
    """L16: what is withdrawn counts no more, is still told, and is withdrawn once."""
    with clock.frozen(MONDAY):
        slug = await open_site()
        wish = ClosureWish(first_on=TUESDAY, last_on=TUESDAY, reason="Travaux")
        closure = await factories.close_days(wish)
        extra = await service.add_extra(
            ExtraWish(site=slug, opens_on=TUESDAY, opens=time(20), closes=time(21)), SYSTEM
        )
        assert told(await calendar_of(slug), TUESDAY) == "20h-21h"
        await factories.open_days_again(closure)
        await factories.withdraw_extra(extra)
        assert told(await calendar_of(slug), TUESDAY) == "9h-18h"
        assert await closures.closures(TUESDAY) == await closures.extras(TUESDAY) == []
        assert [card.public_id for card in await closures.past_closures(TUESDAY)] == [closure]
        for again in (
            factories.open_days_again(closure),
            factories.withdraw_extra(extra),
        ):
            with pytest.raises(errors.AlreadyWithdrawn):
                await again
        with pytest.raises(Missing):
            await factories.open_days_again("nothing")


async def test_a_site_stays_as_it_is_when_it_would_not_open_for_60_days(db: Database) -> None:
    """L16: neither saved without hours, nor closed away, nor opened again while it never opens."""
    with clock.frozen(MONDAY):
        slug = await open_site()
        never = SiteWish(name="Vide", street="", postcode="", town="")
        with pytest.raises(errors.SiteNeverOpens):
            await service.open_site(never, SYSTEM)
        with pytest.raises(errors.SiteNeverOpens):
            await service.change_site(slug, never, SYSTEM)
        last_on = MONDAY.date() + timedelta(days=60)
        shut = ClosureWish(first_on=MONDAY.date(), last_on=last_on, reason="Chantier")
        with pytest.raises(errors.SiteNeverOpens):
            await factories.close_days(shut)
        assert await closures.closures(TUESDAY) == []
        assert (await queries.get_site(slug)).name == "L'Orme"
        await service.close_site(slug, SYSTEM)
        await service.change_site(slug, never, SYSTEM)
        with pytest.raises(errors.SiteNeverOpens):
            await service.reopen_site(slug, SYSTEM)


@pytest.mark.parametrize(
    ("days", "hours", "refusal"),
    [
        ((1, 0), (None, None), errors.ClosureBackwards),
        ((0, 400), (None, None), errors.ClosureTooLong),
        ((0, 0), (time(12), time(12)), errors.RangeBackwards),
    ],
)
async def test_a_closure_is_refused_when_it_ends_before_it_begins(
    db: Database,
    days: tuple[int, int],
    hours: tuple[time | None, time | None],
    refusal: type[DomainError],
) -> None:
    first_on, last_on = (TUESDAY + timedelta(days=each) for each in days)
    wish = ClosureWish(
        first_on=first_on, last_on=last_on, starts=hours[0], ends=hours[1], reason="Rien"
    )
    with pytest.raises(refusal):
        await factories.close_days(wish)


async def test_an_exceptional_opening_is_refused_when_its_day_is_past(db: Database) -> None:
    with clock.frozen(MONDAY):
        slug = await open_site()
        for opens_on, closes, refusal in (
            (MONDAY.date() - timedelta(days=1), time(12), errors.OpeningPast),
            (TUESDAY, time(9), errors.RangeBackwards),
        ):
            wish = ExtraWish(site=slug, opens_on=opens_on, opens=time(10), closes=closes)
            with pytest.raises(refusal):
                await service.add_extra(wish, SYSTEM)
