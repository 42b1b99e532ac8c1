"""Two months of activities around today: full workshops, lines that wait, who came and who did not."""

from datetime import date, time, timedelta
from typing import NamedTuple

import msgspec

from backend.activities import queries
from backend.activities import service as activities
from backend.activities.errors import RoomBusy
from backend.activities.queries import Session
from backend.activities.rules import Details, Hours, Plan, Rhythm
from backend.activities.service import paying
from backend.audit.service import SYSTEM, By, person
from backend.billing.counter import Till
from backend.billing.rules import PayWay
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import DomainError
from backend.membership.queries import Member, find_member
from backend.sandbox.demo.cast import STAFF, STARS
from backend.sandbox.demo.dice import Dice
from backend.sandbox.demo.neighbours import members

BACK, AHEAD = timedelta(days=30), timedelta(days=38)


class Habit(NamedTuple):
    """What comes back; `weekday` 0 is Monday, `fill` how many of a hundred seats are wanted."""

    details: Details
    weekday: int
    starts: time
    ends: time
    fill: int
    rhythm: Rhythm = Rhythm.WEEKLY


HABITS = (
    Habit(
        Details(
            kind="Aide aux devoirs",
            title="Aide aux devoirs",
            details="Des bénévoles aident les enfants, de la primaire au collège.\nLe goûter est offert.",
            place="Salle du rez",
            age_from=6,
            age_to=15,
            material="Le cartable et l'agenda",
            capacity=12,
            leader_name="Mireille, bénévole",
        ),
        1, time(17), time(18, 30), 60,
    ),
    Habit(
        Details(
            kind="Cuisine",
            title="Cuisine du monde",
            details="On cuisine ensemble, puis on mange. Chaque semaine un autre pays.",
            place="Coin cuisine",
            material="Une boîte pour emporter le reste",
            capacity=8,
            household_most=3,
            price_cents=200,
            cancel_hours=48,
        ),
        5, time(10), time(12, 30), 130,
    ),
    Habit(
        Details(
            kind="Aide numérique",
            title="Mon téléphone sans peur",
            details="Photos, messages, démarches : on avance chacun à son pas.",
            place="Comptoir, grande table",
            material="Votre téléphone et son chargeur",
            capacity=6,
        ),
        2, time(14), time(16), 110,
    ),
    Habit(
        Details(
            kind="Gym",
            title="Gym douce sur chaise",
            details="Pour bouger sans se faire mal. Venez comme vous êtes.",
            place="Salle du rez",
            age_from=55,
            capacity=14,
            leader_name="Paul, éducateur sportif",
        ),
        3, time(10), time(11), 70,
    ),
    Habit(
        Details(
            kind="Prévention",
            title="Bien chauffer, moins payer",
            details="Les petits gestes, les aides, et vos factures lues ensemble.",
            place="Salle du rez",
            capacity=20,
        ),
        4, time(18), time(19, 30), 45, Rhythm.MONTHLY,
    ),
    Habit(
        Details(
            kind="Jeux",
            title="Après-midi jeux en famille",
            details="Jeux de société pour tous les âges.",
            place="Salle commune",
            capacity=25,
        ),
        2, time(14, 30), time(17), 40, Rhythm.FORTNIGHTLY,
    ),
)  # fmt: skip


async def meet() -> None:
    """Once: where something takes place already nothing is added."""
    if await fetch_value("SELECT EXISTS (SELECT 1 FROM activity_session)"):
        return
    dice, by = Dice("activities"), await _clerk()
    people = await _with_children(await members(110))
    for habit in HABITS:
        with clock.frozen(clock.now() - BACK):
            first = await _plan(by, habit)
            for session in await _all_of(first):
                await _fill(session, habit.fill, people, dice)
        await _note_who_came(by, dice)
    await _pay()
    await _star(by)


class Guest(NamedTuple):
    """Somebody who comes, by an adult of their household."""

    adult: Member
    person: str


async def _with_children(found: list[Member]) -> list[Guest]:
    rows = await fetch(
        "SELECT m.household, p.public_id FROM household_member m JOIN person p ON p.id = m.person"
        " WHERE NOT m.adult AND m.left_on IS NULL AND m.household = ANY($1) ORDER BY m.id",
        [one.household_id for one in found],
    )
    homes = {one.household_id: one for one in found}
    return [Guest(one, one.person_public_id) for one in found] + [
        Guest(homes[row["household"]], row["public_id"]) for row in rows
    ]


async def _clerk() -> By:
    clerk: int = await fetch_value(
        "SELECT c.person FROM contact_point c WHERE c.value = $1 AND c.ended_at IS NULL",
        STAFF[0].address,
    )
    return person(clerk)


async def _site() -> str:
    """Where all of it takes place: at the first of the club's sites."""
    site: str = await fetch_value("SELECT public_id FROM site ORDER BY id LIMIT 1")
    return site


async def _plan(by: By, habit: Habit) -> Session:
    start = clock.today() + timedelta(days=1)
    day = start + timedelta(days=(habit.weekday - start.weekday()) % 7)
    plan = Plan(
        details=msgspec.structs.replace(habit.details, site=await _site()),
        hours=Hours(day=day, starts=habit.starts, ends=habit.ends),
        rhythm=habit.rhythm,
        until=clock.today() + BACK + AHEAD,
    )
    made = await activities.make(by, plan, codes.random_id())
    return await queries.get_session(made.session)


async def _all_of(first: Session) -> list[Session]:
    found = await queries.agenda(first.day, first.day + BACK + AHEAD, first.kind)
    return [each for each in found if each.series == first.series]


async def _fill(session: Session, fill: int, people: list[Guest], dice: Dice) -> None:
    """Some people of the club, each once; who is too many waits. Far ahead fewer have come yet."""
    soon = session.starts_at <= clock.now() + BACK + timedelta(days=9)
    left = session.capacity * fill // (100 if soon else 300)
    first = dice.below(len(people))
    for at in range(len(people)):
        guest = people[(first + at * 7) % len(people)]
        if not left:
            break
        left -= await _comes(guest, session)


async def _comes(guest: Guest, session: Session) -> bool:
    """Not somebody of another age, or who is there already."""
    try:
        await activities.take(
            person(guest.adult.person_id),
            guest.adult,
            session.public_id,
            [guest.person],
            codes.random_id(),
        )
    except DomainError:
        return False
    return True


async def _note_who_came(by: By, dice: Dice) -> None:
    """Nine of ten came to what is over."""
    rows = await fetch(
        "SELECT s.public_id FROM seat s JOIN activity_session a ON a.id = s.session"
        " WHERE a.ends_at < $1 AND s.state = 'taken' AND s.attended IS NULL ORDER BY s.id",
        clock.now(),
    )
    for row in rows:
        await activities.mark(by, row["public_id"], attended=not dice.chance(10))


async def _pay() -> None:
    """What is over is paid, and half of what comes; by transfer, which needs no open drawer."""
    rows = await fetch(
        "SELECT s.household, a.public_id, a.starts_at, sum(s.price_cents)::bigint AS cents"
        " FROM seat s JOIN activity_session a ON a.id = s.session"
        " WHERE s.state = 'taken' AND s.price_cents > 0"
        " GROUP BY a.id, s.household ORDER BY a.starts_at, a.id, s.household"
    )
    for number, row in enumerate(rows):
        if row["starts_at"] < clock.now() or number % 2:
            till = Till(cents=row["cents"], way=PayWay.TRANSFER, site_id=None)
            with clock.frozen(min(row["starts_at"], clock.now())):
                key = codes.random_id()
                await paying.take_payment(SYSTEM, row["household"], row["public_id"], till, key=key)


async def _star(by: By) -> None:
    """The first demo tenant comes with her daughter, waits for the cooking, and leads an evening."""
    star = await fetch_value(
        "SELECT c.person FROM contact_point c WHERE c.value = $1 AND c.ended_at IS NULL",
        STARS[0].address,
    )
    samira = await find_member(star)
    assert samira is not None
    child = await fetch_value(
        "SELECT p.public_id FROM household_member m JOIN person p ON p.id = m.person"
        " WHERE m.household = $1 AND NOT m.adult AND m.left_on IS NULL ORDER BY p.born_on, p.id LIMIT 1",
        samira.household_id,
    )
    for kind, who in (("Aide aux devoirs", child), ("Cuisine", samira.person_public_id)):
        found = await queries.agenda(clock.today(), clock.today() + AHEAD, kind)
        session = next(each for each in found if each.is_open)
        await activities.take(person(star), samira, session.public_id, [who], codes.random_id())
    await _evening(by, samira)


async def _evening(by: By, leader: Member) -> None:
    """In the common room, by the guard of lending, where it is free."""
    room = next((each for each, _ in await queries.rooms()), "")
    day: date = clock.today() + timedelta(days=16)
    said = Details(
        kind="Jeux",
        title="Contes du soir",
        details="Chacun apporte une histoire de chez lui.",
        place="Salle commune",
        room=room,
        leader=leader.person_public_id,
        capacity=15,
    )
    plan = Plan(
        details=said, hours=Hours(day=day, starts=time(19), ends=time(20, 30)), on_closed=True
    )
    try:
        await activities.make(by, plan, codes.random_id())
    except RoomBusy:
        return
