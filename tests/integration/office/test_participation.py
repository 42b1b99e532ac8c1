"""Who takes part in what neighbours do together: counts that tell of nobody (A4)."""

from datetime import date, timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.insight import closed, document, participation, queries
from backend.insight.errors import ParticipationWrong
from backend.insight.participation import Settings, Split, Way
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership.queries import Member
from tests import factories, skills
from tests.lending import add_shelf, day

pytestmark = pytest.mark.usefixtures("db")
NOW = day("2026-11-20", 10)
LAST = date(2026, 10, 31)


async def households(count: int, residence: str = "A") -> list[int]:
    """Members since last spring, who proved where they live."""
    found = []
    for number in range(count):
        dwelling = await factories.add_dwelling(f"{residence}/{number}")
        member = await factories.add_member(f"P{number}", residence)
        found.append(member.household_id)
        await fetch(
            "UPDATE dwelling SET residence = (SELECT min(residence) FROM dwelling"
            " WHERE contract_number LIKE $2) WHERE id = $1",
            dwelling,
            f"{residence}/%",
        )
        await fetch(
            "UPDATE household SET dwelling = $2, proof = 'proved', created_at = $3 WHERE id = $1",
            member.household_id,
            dwelling,
            NOW - timedelta(days=200),
        )
    await fetch(
        "UPDATE period SET during = daterange('2026-05-01', '2027-05-01'), created_at = $1",
        NOW - timedelta(days=200),
    )
    return found


USE = (
    "INSERT INTO redemption (public_id, offer, offer_version, household, person, partner, shop, channel,"
    " mode, at, saving_cents) SELECT gen_random_uuid()::text, o.id, 1, m.household, m.person, o.partner,"
    " s.id, 'scan', 'online', $2, 100 FROM household_member m, offer o"
    " JOIN shop s ON s.partner = o.partner WHERE m.household = ANY($1)"
)


async def use(ids: list[int], on: date = LAST) -> None:
    await fetch(USE, ids, clock.start_of_day(on))


async def test_who_takes_part_in_nothing_is_a_count_by_residence():
    """A4: to the nearest five, with nothing about fewer than five, and no name anywhere."""
    with clock.frozen(NOW):
        await factories.add_market()
        large, small = await households(16, "A"), await households(8, "B")
        await use(large[:9])
        await use(small[:6])  # two take part in nothing
        found = await participation.close()
    assert found.until == LAST
    assert (found.residences, found.other_residences) == ([], 2)
    assert found.others == found.total == Split(24, 15, 10)
    assert found.ways[Way.VOUCHERS] == 15
    assert found.ways[Way.LOANS] == 0


async def test_a_report_says_the_share_that_takes_part_and_never_of_few():
    """A4: to the nearest five in a hundred, for the club and for its landlord; under twenty nothing."""
    with clock.frozen(NOW):
        await factories.add_market()
        await use((await households(20))[:15])
        await households(3, "B")
        theirs = "SELECT residence FROM dwelling WHERE contract_number LIKE 'B/%'"
        await fetch(f"UPDATE residence SET landlord = $1 WHERE id IN ({theirs})", await small())
        await participation.close()
        orme, other = await queries.landlords()
        for landlord, text in ((orme, "75\u00a0%"), (other, "non montré")):
            report = await document.of_landlord(landlord, 2026)
            assert figure(report) == text
        assert figure(await document.of_club(2026)) == "65\u00a0%"


@pytest.mark.parametrize(
    ("taking", "share"), [(4, None), (8, 50), (9, 50), (12, 50), (13, 75), (16, None)]
)
def test_a_share_of_twenty_tells_of_no_household_more(taking: int, share: int | None):
    """A4: two months, subtracted; one of twenty households would else be five in a hundred."""
    assert participation.share(taking, 20) == share


async def small() -> int:
    """Another landlord."""
    await factories.add_dwelling("Z/1", landlord="petit")
    key: int = await fetch_value("SELECT id FROM landlord WHERE slug = 'petit'")
    return key


def figure(report: document.Document) -> str:
    return next(each.text for each in report.figures if each.label == "Vie du quartier")


async def test_a_residence_in_which_nobody_takes_part_is_not_told():
    """A4: a figure about everybody tells of each of them, and so does what is left of a sum."""
    with clock.frozen(NOW):
        await factories.add_market()
        await households(7, "A")
        await use((await households(14, "B"))[:7])
        found = await participation.close()
    assert found.residences == []  # the large one, taken from the sum, would tell of the small one
    assert found.others == found.total == Split(21, 5, 15)


async def test_large_residences_are_told_and_the_others_added_up():
    """A4: what stands in a row by itself is about five at least on each side, and so is the rest."""
    with clock.frozen(NOW):
        await factories.add_market()
        for name, count, busy in (("A", 12, 6), ("B", 6, 3), ("C", 5, 2)):
            await use((await households(count, name))[:busy])
        found = await participation.close()
    assert [each.split for each in found.residences] == [Split(12, 5, 5)]
    assert (found.other_residences, found.others) == (2, Split(11, 5, 5))


async def test_what_was_counted_never_moves_when_somebody_looks_again():
    """A4: two looks at one month are the same, whatever happened or was set in between."""
    with clock.frozen(NOW):
        await factories.add_market()
        everybody = await households(12)
        await use(everybody[:6])
        before = await participation.close()
        await use(everybody[6:])
        await participation.set_settings(SYSTEM, Settings(months=1))
        assert await participation.close() == before == await participation.newest()
        assert [each.until for each in await participation.months()] == [LAST]
    with clock.frozen(day("2026-12-02", 10)):
        assert (await participation.close()).months == 1
        assert [each.until for each in await participation.months()] == [LAST, date(2026, 11, 30)]


@pytest.mark.parametrize(("months", "taking"), [(3, 5), (4, 10)])
async def test_it_looks_back_as_far_as_it_was_set_to(months: int, taking: int):
    """A4: what was before is over; what came after is not there yet."""
    with clock.frozen(NOW):
        await factories.add_market()
        everybody = await households(15)
        await use(everybody[:5], date(2026, 8, 1))
        await use(everybody[5:10], date(2026, 7, 31))
        await use(everybody[10:], date(2026, 11, 1))
        await participation.set_settings(SYSTEM, Settings(months=months))
        found = await participation.close()
    assert found.total == Split(15, taking, 15 - taking)


async def test_settings_that_make_no_sense_are_refused():
    """A4: a loan knows its household for four months (L45)."""
    for wrong in (Settings(months=5), Settings(call_days=2), Settings(weekly_calls=51)):
        with pytest.raises(ParticipationWrong):
            await participation.set_settings(SYSTEM, wrong)


async def test_every_way_to_take_part_counts():
    """A4: a voucher, a loan, an exchange, an order, a seat; one household once, however much it did."""
    with clock.frozen(day("2026-10-20", 10)):
        shelf = await add_shelf()
        members = [await factories.add_member(f"M{at}", "Petit") for at in range(12)]
        await fetch("UPDATE household SET created_at = $1", clock.now() - timedelta(days=200))
        for asker, owner in zip(members[:3], members[3:6], strict=True):
            await skills.agreed(asker, owner)
        for member in members[:6]:
            await _order_and_sit(member, shelf.site_id)
    with clock.frozen(NOW):
        found = await participation.close()
    assert found.total == Split(12, 5, 5)
    assert found.ways == {
        Way.VOUCHERS: 0,
        Way.LOANS: 0,
        Way.SKILLS: 5,
        Way.ORDERS: 5,
        Way.ACTIVITIES: 5,
    }


async def test_who_did_not_come_did_not_take_part():
    """A4: a seat on which staff noted nobody is no part in anything."""
    with clock.frozen(day("2026-10-20", 10)):
        shelf = await add_shelf()
        members = [await factories.add_member(f"M{at}", "Petit") for at in range(12)]
        await fetch("UPDATE household SET created_at = $1", clock.now() - timedelta(days=200))
        for member in members[:6]:
            await _order_and_sit(member, shelf.site_id)
        staff = await factories.add_person("Nadia", "Comptoir")
        await fetch("UPDATE seat SET attended = false, attended_by = $1", staff)
    with clock.frozen(NOW):
        found = await participation.close()
    assert (found.ways[Way.ACTIVITIES], found.ways[Way.ORDERS]) == (0, 5)


async def _order_and_sit(member: Member, site_id: int) -> None:
    """Bare rows: how an order and a seat come about is told elsewhere."""
    now = clock.now()
    await fetch(
        "INSERT INTO counter_service (public_id, slug, name, icon, words, sent_to, pay_at, created_at)"
        " VALUES ('s', 's', 'Pain', '', '', '', 'nothing', $1) ON CONFLICT DO NOTHING",
        now,
    )
    await fetch(
        "INSERT INTO order_ticket (public_id, code, service, site, household, person, channel, state,"
        " shelf, note, sender, proof, ordered_at, changed_at) SELECT $1, $1, id, $2, $3, $4, 'desk',"
        " 'ordered', '', '', '', '', $5, $5 FROM counter_service",
        f"t{member.household_id}",
        site_id,
        member.household_id,
        member.person_id,
        now,
    )
    await fetch(
        "INSERT INTO activity_session (public_id, kind, title, details, place, leader_name, material,"
        " capacity, starts_at, ends_at, created_at, changed_at, cancel_reason) VALUES ('a', 'a', 'A',"
        " '', '', '', '', 20, $1::timestamptz, $1::timestamptz + interval '1 hour', $1, $1, '') ON CONFLICT DO NOTHING",
        now,
    )
    await fetch(
        "INSERT INTO seat (public_id, session, household, person, state, asked_at, taken_at)"
        " SELECT $1, id, $2, $3, 'taken', $4, $4 FROM activity_session",
        f"p{member.household_id}",
        member.household_id,
        member.person_id,
        now,
    )


async def test_nothing_is_told_before_a_month_was_counted():
    """A4: an empty club counts too, and says so."""
    assert await participation.newest() is None
    found = await participation.close(closed.last_day(clock.today()))
    assert (found.total, found.residences) == (Split(0, 0, 0), [])
