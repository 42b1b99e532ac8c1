"""The exchange of the demo club: 150 listings, some talks, what waits for staff."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from backend.audit.service import By, person
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import DomainError
from backend.membership.queries import Member, find_member
from backend.people.rules import Source
from backend.sandbox.demo.cast import STAFF, STARS
from backend.sandbox.demo.dice import Dice
from backend.skills import service as skills
from backend.skills.rules import Category, ListingKind, Place, Words, Wrong
from backend.skills.service import Entry

LISTINGS = 150
OFFERS = {
    Category.REPAIRS: (
        "Je répare les vélos",
        "Je pose des étagères et des tringles",
        "Petits travaux : joints, gonds, poignées",
        "Je prête mes bras pour un meuble à monter",
    ),
    Category.SEWING: (
        "Je couds : ourlets, rideaux, fermetures",
        "Je tricote des bonnets",
        "Reprise de chaussettes et de boutons",
    ),
    Category.COOKING: ("Je montre comment faire le couscous", "Du pain maison le dimanche"),
    Category.COMPUTERS: (
        "J'aide avec le téléphone et les applications",
        "Je nettoie les ordinateurs lents",
        "Photos : les trier et les garder",
    ),
    Category.LANGUAGES: (
        "Je parle polonais, je peux traduire",
        "Conversation en français, doucement",
        "Arabe et français, à l'oral et à l'écrit",
        "Un peu d'anglais pour débuter",
    ),
    Category.LESSONS: ("J'aide aux devoirs, jusqu'à la 3e", "Maths du collège, avec patience"),
    Category.PAPERS: (
        "J'aide à remplir les papiers",
        "Écrire une lettre à la caisse ou à la mairie",
    ),
    Category.ERRANDS: ("Je monte les courses lourdes", "Un trajet au marché le samedi"),
    Category.GARDEN: ("Boutures de plantes à donner", "J'arrose pendant les vacances"),
    Category.ANIMALS: ("Je garde les chats pendant les vacances", "Je promène les chiens"),
    Category.ARTS: ("Guitare : les premiers accords", "Dessin avec des enfants, à l'atelier"),
    Category.SPORT: ("Marche autour du canal", "Pétanque le dimanche"),
    Category.COMPANY: ("Un café et une partie de dames", "Lire le journal à voix haute"),
}
REQUESTS = {
    Category.REPAIRS: (
        "Un vélo d'enfant à réparer",
        "Une étagère à poser",
        "Un robinet qui goutte",
    ),
    Category.SEWING: ("Un ourlet de rideaux", "Un pantalon à raccourcir"),
    Category.COOKING: ("Un gâteau pour les six ans de ma fille",),
    Category.COMPUTERS: ("Mettre les photos de mon téléphone à l'abri", "Un ordinateur très lent"),
    Category.LANGUAGES: ("Parler français un peu", "Quelqu'un qui parle tamoul"),
    Category.LESSONS: ("Maths de 4e, un chapitre", "Aide aux devoirs pour mon fils"),
    Category.PAPERS: ("Un dossier de retraite à comprendre", "Une lettre à écrire"),
    Category.ERRANDS: ("Monter un pack d'eau au 4e étage", "Aller au marché un samedi"),
    Category.GARDEN: ("Arroser mes plantes en août",),
    Category.ANIMALS: ("Garder mon chat une semaine",),
    Category.COMPANY: ("Quelqu'un pour marcher", "Une partie de dames"),
}
# What staff must look at first (X8).
DOUBTFUL = ("Coupe de cheveux à la maison", "Ménage, toutes les semaines")
SLOTS = ((), (0, 3), (3, 6), (6,), (15, 16), (2, 5, 8), (12, 13, 14))


async def live_together() -> None:
    """Once: whoever has a listing already is left alone."""
    if await fetch_value("SELECT EXISTS (SELECT 1 FROM listing)"):
        return
    dice = Dice("neighbours")
    people = await members(110)
    for number in range(LISTINGS):
        await _put_up(people[number % len(people)], number, dice)
    for title in DOUBTFUL:
        await _enter(people[7], _words(title, Category.OTHER))
    await _talk(people)
    await _help_each_other(people)


async def members(most: int) -> list[Member]:
    """Adults of households in good standing, the same on each machine, no star among them."""
    rows = await fetch(
        "SELECT DISTINCT ON (m.household) m.person FROM household_member m"
        " JOIN household h ON h.id = m.household JOIN period q ON q.household = h.id"
        " WHERE m.adult AND m.left_on IS NULL AND h.ended_at IS NULL AND q.cancelled_at IS NULL"
        " AND q.provisional_until IS NULL AND q.during @> $1::date AND h.public_id <> ALL($2)"
        " ORDER BY m.household, m.id LIMIT $3",
        clock.today(),
        [star.household for star in STARS],
        most,
    )
    found = [await find_member(row["person"]) for row in rows]
    return [member for member in found if member is not None]


async def _put_up(member: Member, number: int, dice: Dice) -> None:
    """Two offers for one request; one in nine was told at the counter; some days old."""
    offers = number % 3 != 2
    said = OFFERS if offers else REQUESTS
    category = dice.pick(tuple(said))
    words = Words(
        kind=ListingKind.OFFER if offers else ListingKind.REQUEST,
        category=category,
        title=dice.pick(said[category]),
        place=dice.pick(tuple(Place)),
        slots=dice.pick(SLOTS),
    )
    public_id = await _enter(member, words, told=number % 9 == 4)
    await fetch(
        "UPDATE listing SET created_at = created_at - $2::interval, expires_on = expires_on - $3::int"
        " WHERE public_id = $1",
        public_id,
        timedelta(days=number % 58, hours=dice.below(9)),
        number % 58,
    )


def _words(title: str, category: Category) -> Words:
    return Words(kind=ListingKind.OFFER, category=category, title=title)


async def _enter(member: Member, words: Words, *, told: bool = False) -> str:
    entry = Entry(words=words, source=Source.DESK if told else Source.ONLINE)
    by = await _clerk() if told else person(member.person_id)
    return await skills.enter(by, member, entry, codes.random_id())


async def _clerk() -> By:
    clerk: int = await fetch_value(
        "SELECT c.person FROM contact_point c WHERE c.value = $1 AND c.ended_at IS NULL",
        STAFF[0].address,
    )
    return person(clerk)


async def _talk(people: list[Member]) -> None:
    """The first demo tenant has a listing that a neighbour answered, and one exchange behind her."""
    first = await find_member(
        await fetch_value(
            "SELECT m.person FROM household_member m JOIN household h ON h.id = m.household"
            " WHERE h.public_id = $1 AND m.left_on IS NULL AND m.adult ORDER BY m.id LIMIT 1",
            STARS[0].household,
        )
    )
    if first is None:
        return
    mine = await _enter(first, _words("Je fais des gâteaux d'anniversaire", Category.COOKING))
    await _ask(people[3], mine, "Bonjour, ma fille a six ans samedi. Vous auriez le temps ?")
    for other, reports in ((people[12], False), (people[20], True)):
        theirs: str | None = await fetch_value(
            "SELECT public_id FROM listing WHERE person = $1 AND review = 'free'", other.person_id
        )
        if theirs is None:
            continue
        if reports:
            by = person(first.person_id)
            await skills.report(by, first, Wrong.SELLING, "On m'a demandé 20 €.", listing=theirs)
            continue
        exchange = await _ask(first, theirs, "Bonjour, est-ce que mercredi vous irait ?")
        await skills.accept(person(other.person_id), other, exchange, shares=True)
        await skills.finish(person(first.person_id), first, exchange)


async def _help_each_other(people: list[Member]) -> None:
    """Each third listing that is older than a month led to something: most of it is done."""
    rows = await fetch(
        "SELECT public_id, person, kind, created_at FROM listing WHERE review = 'free'"
        " AND created_at < $1 ORDER BY id",
        clock.now() - timedelta(days=31),
    )
    owners = {one.person_id: one for one in people}
    for number, row in enumerate(rows[::3]):
        owner, asker = owners[row["person"]], people[(number * 7 + 40) % len(people)]
        helped = asker if row["kind"] == ListingKind.OFFER else owner
        with suppress(DomainError):  # the dues of one of the two had not been paid that day
            await _meet(row, asker, owner, helped if number % 4 else None)


async def _meet(listing: Any, asker: Member, owner: Member, helped: Member | None) -> None:
    """Asked, agreed and done within a week; where nobody was helped yet they have only agreed."""
    with clock.frozen(listing["created_at"] + timedelta(days=2)):
        exchange = await _ask(asker, listing["public_id"], "Bonjour, vous auriez le temps mardi ?")
    with clock.frozen(listing["created_at"] + timedelta(days=3)):
        await skills.accept(person(owner.person_id), owner, exchange, shares=True)
    if helped is not None:
        with clock.frozen(listing["created_at"] + timedelta(days=7)):
            await skills.finish(person(helped.person_id), helped, exchange)
            await skills.thank(person(helped.person_id), helped, exchange)


async def _ask(member: Member, listing: str, said: str) -> str:
    by = person(member.person_id)
    return await skills.ask(by, member, listing, said, codes.random_id(), shares=True)
