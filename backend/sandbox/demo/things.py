"""What the demo club lends and who has some of it, through the services of lending.

So many loans that the counter has a day to show: out, due today, late, ready, and one in line.
"""

from datetime import timedelta
from typing import Any

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.kit import clock, codes
from backend.kit.clock import start_of_day
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.kit.errors import DomainError
from backend.lending import service as lending
from backend.lending.policy import Policy
from backend.lending.rules import DueRule, Period, SlotMode
from backend.lending.service import ResourceWish, UnitWish, reminding
from backend.lending.values import Ask, For, Want
from backend.places import queries as places
from backend.sandbox.demo.dice import Dice
from backend.sandbox.demo.shelves import APPLIANCES, TOOLS, TOYS, Stock
from backend.sandbox.demo.titles import BOOKS

ROOM_RULES = "On range, on ferme à clé, on baisse le son après 22 h."
CAR_RULES = "Le permis est valable. La voiture revient chargée et propre."
DAY = timedelta(days=1)
FIRST_TENANT = "samira@example.org"
LONG_AGO, LATE_FOR_LONG = 48, 3  # days ago, and how many keep something since then


async def stock_shelves() -> None:
    """Does nothing where something is lent already."""
    if await fetch_value("SELECT EXISTS (SELECT 1 FROM resource)"):
        return
    sites = await fetch_value("SELECT array_agg(id ORDER BY id) FROM site WHERE closed_at IS NULL")
    first, last = sites[0], sites[-1]
    tools = await lending.make_policy(SYSTEM, _days("Outils et appareils", most=7, loans=3))
    for kind, stock in (("Outils", TOOLS), ("Maison et cuisine", APPLIANCES)):
        for each in stock:
            await _shelve(each, kind, tools, first)
    toys = await lending.make_policy(SYSTEM, _days("Jeux et jouets", most=21, usual=14, loans=4))
    for each in TOYS:
        await _shelve(each, "Jeux et jouets", toys, last)
    books = await lending.make_policy(SYSTEM, _days("Livres", most=42, usual=21, loans=5))
    for name in BOOKS:
        await _shelve(Stock(name, 1 + Dice("copies", name).below(2), 8), "Livres", books, last)
    await _room(first)
    await _car(first)


async def _shelve(stock: Stock, kind: str, policy: str, site_id: int) -> None:
    resource = await lending.add_resource(
        SYSTEM,
        ResourceWish(
            site_id=site_id,
            policy=policy,
            name=stock.name,
            category=kind,
            pieces=stock.pieces,
            replacement_cents=stock.worth * 100,
        ),
    )
    for _ in range(stock.copies):
        await lending.add_unit(SYSTEM, resource, UnitWish(shelf=f"{kind[0]}{len(stock.name) % 9}"))


async def _room(site_id: int) -> None:
    policy = await lending.make_policy(
        SYSTEM,
        _hours("Salle commune", most=8 * 60, rules=ROOM_RULES, due=DueRule.KEEP, after=30),
    )
    wish = ResourceWish(
        site_id=site_id,
        policy=policy,
        name="Salle commune des Tilleuls",
        category="Salles",
        capacity=30,
        description="Deux tables, trente chaises, un évier et un frigo.",
    )
    await lending.add_unit(SYSTEM, await lending.add_resource(SYSTEM, wish), UnitWish())


async def _car(site_id: int) -> None:
    policy = await lending.make_policy(
        SYSTEM,
        _hours("Voiture", most=10 * 60, rules=CAR_RULES, due=DueRule.KEEP, after=60, licence=True),
    )
    wish = ResourceWish(
        site_id=site_id,
        policy=policy,
        name="Voiture électrique du palier",
        category="Voiture",
        description="Cinq places. La borne est devant la conciergerie.",
    )
    unit = UnitWish(kilometres=18_400)
    await lending.add_unit(SYSTEM, await lending.add_resource(SYSTEM, wish), unit)


def _days(name: str, *, most: int, loans: int, usual: int = 3) -> Policy:
    return Policy(
        id=0,
        public_id="",
        name=name,
        pickup_grace_minutes=24 * 60,
        slot_mode=SlotMode.DAYS,
        usual_length=usual,
        longest_length=most,
        due_rule=DueRule.NEXT_OPENING,
        household_loans=loans,
        renewals=1,
        advance_days=60,
    )


def _hours(
    name: str, *, most: int, rules: str, due: DueRule, after: int, licence: bool = False
) -> Policy:
    return Policy(
        id=0,
        public_id="",
        name=name,
        pickup_grace_minutes=24 * 60,
        slot_mode=SlotMode.HOURS,
        usual_length=120,
        longest_length=most,
        due_rule=due,
        buffer_after=after,
        rules_text=rules,
        needs_licence=licence,
        asks_charge=licence,
        household_bookings=2,
        advance_days=90,
    )


async def lend_some() -> None:
    """Loans of the last weeks and bookings of the next days, by households that are up to date."""
    if await fetch_value("SELECT EXISTS (SELECT 1 FROM booking)"):
        return
    people = await _up_to_date()
    things = await fetch(
        "SELECT r.public_id, r.site, p.slot_mode, p.usual_length FROM resource r"
        " JOIN lending_policy p ON p.id = r.policy WHERE p.slot_mode = 'days' ORDER BY r.id"
    )
    seen = {await _lend_to_first()}
    for number, row in enumerate(people):
        if row["household"] in seen:
            continue
        seen.add(row["household"])
        dice = Dice("loan", number)
        thing = things[dice.below(len(things))]
        await _one(dice, For(row["household"], row["person"]), thing, number)


async def keep_some_for_long() -> None:
    """Three households have something since long ago: the desk calls them. Does nothing where some have."""
    since = clock.now() - LONG_AGO * DAY / 2
    if await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM custody WHERE in_at IS NULL AND out_at < $1)", since
    ):
        return
    people = [For(row["household"], row["person"]) for row in reversed(await _up_to_date())]
    things = await fetch(
        "SELECT public_id, site FROM resource WHERE category = 'Maison et cuisine'"
        " ORDER BY id DESC LIMIT 40"
    )
    kept = 0
    for whom, thing in zip(people, things, strict=False):
        calendar = await places.get_calendar(thing["site"])
        day = calendar.next_open_day(clock.today() - (LONG_AGO + kept) * DAY)
        assert day is not None
        with clock.frozen(calendar.openings_on(day)[0].starts_at + timedelta(minutes=15)):
            period = Period(clock.now(), start_of_day(day + 5 * DAY))
            want = Want(resource=thing["public_id"], period=period)
            kept += await _book(whom, want, out=True)
        if kept == LATE_FOR_LONG:
            break
    await _tell_as_on_an_open_day()


async def _tell_as_on_an_open_day() -> None:
    """What the timetable wrote on the last open day: a demo may begin on a Sunday."""
    calendars = await places.calendars()
    days = (clock.today() - n * DAY for n in range(1, 8))
    day = next(day for day in days if all(each.is_open_on(day) for each in calendars.values()))
    with clock.frozen(start_of_day(day) + timedelta(hours=10)):
        await reminding.remind()


async def _up_to_date() -> list[Any]:
    """Adults of households that have paid."""
    return await fetch(
        "SELECT m.household, m.person FROM household_member m JOIN household h ON h.id = m.household"
        " WHERE m.left_on IS NULL AND m.adult AND EXISTS (SELECT 1 FROM period p"
        "  WHERE p.household = m.household AND p.cancelled_at IS NULL AND p.during @> $1::date)"
        " ORDER BY m.household, m.id LIMIT 60",
        clock.today(),
    )


async def _lend_to_first() -> int:
    """The first demo tenant has a novel at home and a drill booked; gives the household."""
    row = await fetch_one(
        "SELECT m.household, m.person FROM household_member m JOIN contact_point c"
        " ON c.person = m.person WHERE c.value = $1 AND m.left_on IS NULL",
        FIRST_TENANT,
    )
    assert row is not None
    whom = For(row["household"], row["person"])
    for name, days, out in (
        ("Germinal, Émile Zola", -6, True),
        ("Perceuse à percussion", 2, False),
    ):
        thing = await fetch_one("SELECT public_id, site FROM resource WHERE name = $1", name)
        assert thing is not None
        calendar = await places.get_calendar(thing["site"])
        day = calendar.next_open_day(clock.today() + days * DAY)
        assert day is not None
        then = calendar.openings_on(day)[0].starts_at + timedelta(minutes=30)
        with clock.frozen(min(then, clock.now())):
            first = clock.now() if out else start_of_day(day)
            length = 14 if out else 2
            period = Period(first, start_of_day(day + length * DAY))
            await _book(whom, Want(resource=thing["public_id"], period=period), out=out)
    return whom.household_id


async def _one(dice: Dice, whom: For, thing: Any, number: int) -> None:
    """One household's thing: taken some days ago and out, or booked for one of the next days."""
    calendar = await places.get_calendar(thing["site"])
    out, away = number % 3 > 0, dice.between(1, 9)
    day = calendar.next_open_day(clock.today() + (-away if out else away % 4) * DAY)
    if day is None:
        return
    last = start_of_day(day + dice.between(2, 6) * DAY)
    then = calendar.openings_on(day)[0].starts_at + timedelta(minutes=20 + 7 * (number % 20))
    with clock.frozen(min(then, clock.now()) if out else clock.now()):
        first = clock.now() if out else start_of_day(day)
        await _book(whom, Want(resource=thing["public_id"], period=Period(first, last)), out=out)


async def _book(whom: For, want: Want, *, out: bool) -> bool:
    """What is not free, or past a limit, is left: a club has such days too."""
    ask = Ask(by=By(Actor.PERSON, whom.person_id), key=codes.random_id())
    try:
        booked = await lending.book(ask, whom, [want])
        if out:
            await lending.hand_over(Ask(by=SYSTEM, key=codes.random_id()), booked.lines[0])
    except DomainError:
        return False
    return True
