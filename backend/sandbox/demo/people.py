"""900 households: who lives where, since when they belong, how they pay."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from backend.billing.rules import PayWay
from backend.kit import clock, tile
from backend.kit.database import fetch
from backend.membership.rules import Category, Proof
from backend.people.rules import Address, read_address
from backend.sandbox.demo.cast import STARS, Star, invitation
from backend.sandbox.demo.dice import Dice
from backend.sandbox.demo.dues import OPEN_DAYS
from backend.sandbox.demo.export import STREETS
from backend.sandbox.demo.firms import TOWNS
from backend.sandbox.demo.model import Family, Home, Human, instant
from backend.sandbox.demo.names import FAMILY, GIVEN

HOUSEHOLDS = 900
TO_CHECK = 6
THIS_MORNING = 6
LETTERS = "BCDFGHJKMNPRSTVWXZ"  # as backend.kit.codes draws them
OLDEST = 660  # days


async def families() -> list[Family]:
    """The stars and the crowd, those who joined first at the beginning."""
    homes = await _homes()
    sites = [row["id"] for row in await fetch("SELECT id FROM site ORDER BY id")]
    numbers = _numbers()
    told = [_told(star, homes[at], sites[0]) for at, star in enumerate(STARS)]
    crowd = range(len(STARS), HOUSEHOLDS)
    told += [_rolled(at, homes[at], sites, next(numbers)) for at in crowd]
    for number, family in enumerate(told[-THIS_MORNING:]):
        _came_this_morning(family, number, sites[0])
    return sorted(told, key=lambda family: (family.joined_at, family.public_id))


async def _homes() -> list[Home]:
    """Let dwellings of both landlords, taken evenly over all their residences."""
    rows = await fetch(
        "SELECT d.id, d.landlord, d.contract_folded, d.street, d.postcode, d.town,"
        " r.priority_district FROM dwelling d JOIN residence r ON r.id = d.residence"
        " WHERE d.occupancy = 'let' AND d.gone_at IS NULL AND d.contract_number <> $1 ORDER BY d.id",
        invitation().contract,
    )
    step = len(rows) // HOUSEHOLDS
    return [
        Home(
            row["id"],
            row["landlord"],
            row["contract_folded"],
            row["street"],
            row["postcode"],
            row["town"],
            row["priority_district"],
        )
        for row in rows[::step]
    ]


def _numbers() -> Iterator[str]:
    """Household numbers whose tiles nobody else has."""
    taken = {tile.tile_number(star.household) for star in STARS}
    dice = Dice("numbers")
    while True:
        letters = "".join(dice.pick(LETTERS) for _ in range(3))
        number = f"{letters}-{dice.below(10_000):04d}"
        drawn = tile.tile_number(number)
        if drawn not in taken:
            taken.add(drawn)
            yield number


def _told(star: Star, home: Home, site_id: int) -> Family:
    today = clock.today()
    address = read_address(star.address) if star.address else None
    head = Human(star.given_name, star.family_name, _born(star.age, 5), adult=True, address=address)
    kin = [
        Human(each.given_name, each.family_name, _born(each.age, each.age), adult=each.age >= 18)
        for each in star.kin
    ]
    neighbour = star.category is Category.NEIGHBOUR
    return Family(
        public_id=star.household,
        category=star.category,
        proof=Proof.NEIGHBOUR if neighbour else Proof.PROVED,
        home=_beside(Dice(star.household)) if neighbour else home,
        people=[head, *kin],
        way=star.way,
        joined_at=instant(today - timedelta(days=star.joined_ago), 10, 12),
        site_id=site_id,
        busy=star.busy,
    )


def _rolled(at: int, home: Home, sites: Sequence[int], number: str) -> Family:
    dice = Dice("household", at)
    to_check = at < len(STARS) + TO_CHECK
    category = dice.weighted((Category.TENANT, 86), (Category.NEIGHBOUR, 10), (Category.REDUCED, 4))
    category = Category.TENANT if to_check else category
    joined = clock.today() - timedelta(days=dice.between(2, 12 if to_check else OLDEST))
    return Family(
        public_id=number,
        category=category,
        proof=_proof(category, to_check=to_check),
        home=_home(home, category, dice, to_check=to_check),
        people=list(_people(at, dice)),
        way=_way(dice),
        joined_at=instant(joined, dice.between(8, 20), dice.below(60)),
        site_id=dice.weighted((sites[0], 7), (sites[1], 3)),
        busy=dice.chance(15),
    )


def _came_this_morning(family: Family, number: int, site_id: int) -> None:
    """Joined and paid at the counter, so that it has a day to show: today, or the last it was open."""
    now = clock.now()
    days = (clock.today() - timedelta(days=ago) for ago in range(4))
    open_ = (day for day in days if day.weekday() in OPEN_DAYS and instant(day, 11, 40) < now)
    family.joined_at = instant(next(open_), 10, 5) + timedelta(minutes=17 * number)
    family.way = PayWay.CASH if number % 3 else PayWay.CHEQUE
    family.site_id = site_id


def _proof(category: Category, *, to_check: bool) -> Proof:
    if to_check:
        return Proof.TO_CHECK
    return Proof.NEIGHBOUR if category is Category.NEIGHBOUR else Proof.PROVED


def _home(home: Home, category: Category, dice: Dice, *, to_check: bool) -> Home:
    """Who is to be checked mistyped a number: no dwelling is known of them."""
    if to_check:
        return _beside(dice)._replace(contract=f"L00{dice.between(10_000, 99_999)}")
    return _beside(dice) if category is Category.NEIGHBOUR else home


def _beside(dice: Dice) -> Home:
    town = dice.pick(TOWNS)
    street = f"{dice.between(1, 60)} rue {dice.pick(STREETS).lower()}"
    return Home(None, None, None, street, town.postcode, town.name, priority_district=False)


def _way(dice: Dice) -> PayWay:
    return dice.weighted(
        (PayWay.ONLINE, 45),
        (PayWay.MONTHLY, 12),
        (PayWay.CASH, 24),
        (PayWay.CHEQUE, 14),
        (PayWay.TRANSFER, 5),
    )


def _people(at: int, dice: Dice) -> Iterator[Human]:
    name, age = dice.pick(FAMILY), dice.between(22, 84)
    yield Human(dice.pick(GIVEN), name, _born(age, dice.below(365)), True, _address(at, age, dice))
    if dice.chance(45):
        other = name if dice.chance(60) else dice.pick(FAMILY)
        yield Human(dice.pick(GIVEN), other, _born(max(20, age - 3), dice.below(365)), adult=True)
    for _ in range(dice.between(0, 3) if age < 55 and dice.chance(60) else 0):
        yield Human(
            dice.pick(GIVEN), name, _born(dice.between(0, 17), dice.below(365)), adult=False
        )


def _address(at: int, age: int, dice: Dice) -> Address | None:
    """15 % of people have neither mobile nor e-mail, 62 % from 75 on."""
    if dice.chance(62 if age >= 75 else 9):
        return None
    if dice.chance(65):
        return read_address(f"foyer{at}@example.org")
    return read_address(f"06 39 98 {10 + at // 100:02d} {at % 100:02d}")


def _born(age: int, days: int) -> date:
    return clock.today() - timedelta(days=age * 365 + age // 4 + days + 1)
