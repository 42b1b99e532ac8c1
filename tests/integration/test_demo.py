"""The demo club: filled once, of the size it promises, and true to every rule although written in bulk."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pyotp
import pytest

from backend.billing import books, differences, gateway, lines, reconciliations
from backend.billing import queries as billing
from backend.billing import receipts as numbered
from backend.identity.rules import SessionKind
from backend.insight import signals
from backend.insight.thresholds import SignalKind
from backend.jobs.reconciliation import reconcile
from backend.kit import clock, tile
from backend.kit.database import fetch, fetch_value
from backend.kit.text import fold
from backend.membership import queries as membership
from backend.membership.rules import CardKind, Category, Proof, Status
from backend.merchants import changes
from backend.merchants import queries as merchants
from backend.offers import proposals
from backend.offers.rules import Delivery, LimitPer, OfferKind, OfferState
from backend.sandbox.demo import cast, fill_once, ground, introduction, market
from backend.sandbox.demo.people import families
from backend.sandbox.stripe.store import load
from backend.sandbox.stripe.world import World
from backend.settings import Settings
from backend.vouchers import contests, savings
from backend.vouchers import queries as vouchers
from tests import factories, sign_in
from tests.application import browser_of
from tests.conftest import Database, empty_tables
from tests.in_process import gateway_to

LIVING = {Status.CURRENT, Status.PROVISIONAL}


@pytest.fixture(scope="module")
async def club(open_database: Database, settings: Settings) -> AsyncIterator[Settings]:
    here = replace(settings, database_url=open_database.app_url)
    await fill_once(here)
    yield here
    await empty_tables(open_database.owner_url)


@pytest.fixture
async def browser(club: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(club) as client:
        yield client


async def counts() -> dict[str, int]:
    tables = await fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'audit_entry'"
    )
    return {
        row["tablename"]: await fetch_value(f'SELECT count(*) FROM "{row["tablename"]}"')
        for row in tables
    }


async def test_club_has_the_true_orders_of_magnitude_when_it_is_filled(club: Settings) -> None:
    landlords = {
        row["name"]: row["count"]
        for row in await fetch(
            "SELECT l.name, count(*) FROM landlord l JOIN dwelling d ON d.landlord = l.id GROUP BY l.name"
        )
    }
    assert landlords == {"Orme Habitat": 17_986, "Logis du Vallon": 2_400}
    assert await fetch_value("SELECT sum(jsonb_array_length(rejected)) FROM dwelling_batch") == 14
    assert await fetch_value("SELECT count(*) FROM household WHERE ended_at IS NULL") == 900
    assert await fetch_value("SELECT count(*) FROM partner WHERE closed_at IS NULL") == 25
    trades = "SELECT count(*) FROM partner WHERE kind = 'firm' AND category = 'trades'"
    assert await fetch_value(trades) >= 6


async def test_sites_say_where_they_are_and_when_they_open(club: Settings) -> None:
    rows = await fetch(
        "SELECT s.latitude, array_agg(DISTINCT h.weekday ORDER BY h.weekday) AS days FROM site s"
        " JOIN site_hours h ON h.site = s.id GROUP BY s.id ORDER BY s.id"
    )
    assert [row["days"] for row in rows] == [[1, 2, 3, 4, 5], [2, 4]]
    assert all(row["latitude"] for row in rows)
    assert not await fetch_value("SELECT count(*) FROM residence WHERE latitude IS NULL")


async def test_catalogue_holds_every_kind_of_offer(club: Settings) -> None:
    rows = await fetch("SELECT * FROM offer")
    assert {row["kind"] for row in rows} == {kind.value for kind in OfferKind}
    assert {row["delivery"] for row in rows} == {way.value for way in Delivery}
    assert {row["state"] for row in rows} == {state.value for state in OfferState}
    assert {row["limit_per"] for row in rows} == {per.value for per in LimitPer}
    assert any(row["stock"] for row in rows)
    assert any(row["priority_district_only"] for row in rows)
    assert any(row["landlord_ids"] for row in rows)
    assert any(row["site_ids"] for row in rows)


async def test_every_shop_has_hours_coordinates_and_a_living_till(club: Settings) -> None:
    for partner in await merchants.partners():
        shops = await merchants.shops_of(partner.id)
        assert shops
        assert all(shop.hours and shop.latitude and shop.longitude for shop in shops)
        used = [till for till in await merchants.tills_of(partner.id) if till.seen_at]
        assert len(used) == len(shops)


async def test_households_are_in_every_state_when_a_year_has_passed(club: Settings) -> None:
    """M1: nothing is stored; the states follow from the periods that were written."""
    rows = await fetch("SELECT id FROM household ORDER BY id")
    states = [(await membership.standing(row["id"])).status for row in rows]
    assert {Status.CURRENT, Status.GRACE, Status.LAPSED, Status.PROSPECT} <= set(states)
    assert sum(state in LIVING for state in states) > 700
    assert await fetch_value("SELECT count(*) FROM staff_check WHERE closed_at IS NULL") == 6


async def test_books_are_in_balance_when_they_were_written_at_once(club: Settings) -> None:
    """B8: the journal sums to zero, and says what the payments say."""
    differences = await fetch(
        "SELECT entry FROM journal_line GROUP BY entry"
        " HAVING sum(debit_cents - credit_cents) <> 0 OR count(*) < 2"
    )
    assert differences == []
    assert not await fetch_value(
        "SELECT count(*) FROM payment p WHERE NOT EXISTS"
        " (SELECT 1 FROM journal_entry e WHERE e.payment = p.id)"
    )
    earned = await fetch_value(
        "SELECT sum(credit_cents - debit_cents) FROM journal_line"
        " WHERE account IN ('756', '706', '7062', '7088')"
    )
    kept = await fetch_value(
        "SELECT sum(CASE kind WHEN 'payment' THEN amount_cents ELSE -amount_cents END) FROM payment"
    )
    assert earned == kept > 0
    assert {row["way"] for row in await fetch("SELECT DISTINCT way FROM payment")} == {
        "online",
        "monthly",
        "cash",
        "cheque",
        "transfer",
    }


async def test_drawers_cheques_and_bank_say_what_the_books_say(club: Settings) -> None:
    """B9, B10: every day's cash was counted, and each account is what its papers say."""
    today = clock.today()
    found = await books.reconciliation(today - timedelta(days=800), today)
    assert found.whole
    recent = {each.what: each.difference_cents for each in found.balances}
    assert 0 <= recent.pop("transfer") < 20_000  # last week's, not on the statement yet
    assert set(recent.values()) == {0}
    assert all(gap.whole for gap in await books.gaps())
    assert len(await lines.waiting()) == 2
    assert await fetch_value("SELECT count(*) FROM drawer_session WHERE closed_at IS NULL") == 2


async def test_counter_took_money_only_while_it_was_open(club: Settings) -> None:
    """And it has a day to show: somebody paid there since the last morning it was open."""
    taken = [
        clock.paris(row["received_at"])
        for row in await fetch("SELECT received_at FROM payment WHERE way IN ('cash', 'cheque')")
    ]
    assert {at.isoweekday() for at in taken} == {2, 3, 4, 5, 6}
    assert {at.hour for at in taken} <= {10, 11, 12, 14, 15, 16, 17, 18}
    assert max(taken) > clock.paris(clock.now() - timedelta(days=4))


async def test_receipts_have_no_gap_and_follow_time(club: Settings) -> None:
    """M9: numbered without gaps per year and series, whatever wrote them."""
    rows = await fetch("SELECT series, year, number, issued_at FROM receipt ORDER BY year, number")
    for series, year in {(row["series"], row["year"]) for row in rows}:
        of_year = [row for row in rows if (row["series"], row["year"]) == (series, year)]
        assert [row["number"] for row in of_year] == list(range(1, len(of_year) + 1))
        assert sorted(row["issued_at"] for row in of_year) == [row["issued_at"] for row in of_year]
        last = await fetch_value(
            "SELECT last FROM receipt_counter WHERE series = $1 AND year = $2", series, year
        )
        assert last == len(of_year)
    paid = await fetch_value(
        "SELECT count(*) FROM payment p JOIN pay_order o ON o.id = p.pay_order"
        " WHERE p.kind = 'payment' AND o.kind <> 'partner_dues'"
    )
    assert len(rows) == paid


async def test_demo_receipt_says_what_a_real_one_says(club: Settings) -> None:
    """M9: the next number, the same lines, and a paper that can be printed."""
    lapsed = await membership.search_people("Bruno Tellier")
    household = await membership.household(lapsed[0].household_public_id)
    old, *_ = await billing.receipts_of(household.payer_id)
    taken = await factories.pay_dues(household.id)
    new = await billing.get_receipt(taken.receipt_public_id)
    assert new.printed.keys() == old.printed.keys()
    assert new.printed["club"] == old.printed["club"]
    newest = await fetch_value(
        "SELECT max(number) FROM receipt WHERE series = $1 AND year = $2", new.series, new.year
    )
    assert new.number == newest
    assert (await numbered.render(old)).startswith(b"%PDF")


async def test_vouchers_add_up_when_they_were_written_at_once(club: Settings) -> None:
    """V4, V5: created is the sum of what they are, and counters say what rows say."""
    assert [balance for balance in await vouchers.balances() if balance.difference] == []
    assert await vouchers.counter_faults() == []
    states = {row["state"] for row in await fetch("SELECT DISTINCT state FROM voucher")}
    assert states == {"issued", "redeemed", "cancelled", "revoked"}
    assert await fetch_value("SELECT count(*) FROM voucher WHERE valid_until < now()") > 50
    assert await fetch_value("SELECT count(*) FROM reversal") > 5
    assert await fetch_value("SELECT count(*) FROM refused_attempt") > 20


async def test_uses_are_what_the_rules_allow(club: Settings) -> None:
    """A redeemed voucher has one use that stands, an issued one none; shops were open."""
    odd = await fetch(
        "SELECT v.id FROM voucher v LEFT JOIN redemption r ON r.voucher = v.id AND NOT EXISTS"
        "  (SELECT 1 FROM reversal u WHERE u.redemption = r.id)"
        " GROUP BY v.id, v.state HAVING count(r.id) <> (v.state = 'redeemed')::int"
    )
    assert odd == []
    odd = await fetch(
        "SELECT r.id FROM redemption r JOIN voucher v ON v.id = r.voucher WHERE r.at < v.issued_at"
        " OR r.at > v.valid_until OR r.household <> v.household OR r.offer <> v.offer"
    )
    assert odd == []
    closed = await fetch(
        "SELECT r.id FROM redemption r WHERE NOT EXISTS (SELECT 1 FROM shop_hours h"
        "  WHERE h.shop = r.shop AND h.weekday = extract(isodow FROM r.at AT TIME ZONE 'Europe/Paris') - 1"
        "  AND (r.at AT TIME ZONE 'Europe/Paris')::time BETWEEN h.opens AND h.closes + interval '5 min')"
    )
    assert closed == []


async def test_members_were_paid_up_when_they_took_a_voucher(club: Settings) -> None:
    """V14: grace and what follows it refuse new claims; V20: no voucher outlives the dues."""
    unpaid = await fetch(
        "SELECT v.id FROM voucher v WHERE NOT EXISTS (SELECT 1 FROM period q"
        "  WHERE q.household = v.household AND q.cancelled_at IS NULL"
        "  AND q.during @> (v.issued_at AT TIME ZONE 'Europe/Paris')::date"
        "  AND (v.valid_until AT TIME ZONE 'Europe/Paris')::date <= upper(q.during) - 1 + 30)"
    )
    assert unpaid == []


async def test_nothing_lies_in_the_future(club: Settings) -> None:
    now = clock.now()
    columns = await fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND data_type = 'timestamp with time zone' AND column_name NOT IN"
        " ('valid_until', 'enrol_until', 'expires_at', 'leased_until', 'ends_at', 'until',"
        " 'due_at', 'planned_at', 'offered_until', 'about', 'cutoff_at', 'link_until', 'starts_at')"
    )
    ahead = {
        (row["table_name"], row["column_name"]): newest
        for row in columns
        if (newest := await _newest(row["table_name"], row["column_name"])) is not None
        and newest > now
    }
    assert ahead == {}


async def _newest(table: str, column: str) -> Any:
    return await fetch_value(f'SELECT max("{column}") FROM "{table}"')


async def test_story_is_the_same_when_it_is_told_again(club: Settings) -> None:
    """What a person reads does not depend on the machine or the hour."""
    told = [family for family in await families() if family.joined_at < clock.now()]
    there = {
        row["public_id"]: row["names"]
        for row in await fetch(
            "SELECT h.public_id, array_agg(p.search ORDER BY p.search) AS names FROM household h"
            " JOIN household_member m ON m.household = h.id JOIN person p ON p.id = m.person"
            " GROUP BY h.public_id"
        )
    }
    assert there == {
        family.public_id: sorted(
            fold(f"{human.given_name} {human.family_name}") for human in family.people
        )
        for family in told
    }


async def test_tiles_are_all_different(club: Settings) -> None:
    rows = await fetch("SELECT public_id, tile FROM household")
    assert all(tile.tile_number(row["public_id"]) == row["tile"] for row in rows)
    assert len({row["tile"] for row in rows}) == 900


async def test_nothing_is_added_when_it_starts_again(club: Settings) -> None:
    """Nor when the first start was interrupted after the lists and the partners."""
    before = await counts()
    await fill_once(club)
    await market.open_market()
    await ground.lay()
    after = await counts()
    assert after.pop("dwelling_batch") == before.pop("dwelling_batch") + 2  # looked at, nothing new
    assert after == before


async def test_people_are_invented(club: Settings) -> None:
    """Addresses at example.org, numbers of the range kept for fiction: no message can reach anybody."""
    values = [row["value"] for row in await fetch("SELECT value FROM contact_point")]
    assert all(value.endswith("@example.org") or value.startswith("+3363998") for value in values)
    without = (
        "SELECT count(*) FROM person p WHERE NOT EXISTS"
        " (SELECT 1 FROM contact_point c WHERE c.person = p.id)"
    )
    assert await fetch_value(without) > 0


async def test_person_without_a_phone_has_a_paper_card(club: Settings) -> None:
    """M6: joining works without e-mail or phone."""
    (odette,) = await membership.search_people("Odette Marchal")
    person_id = await fetch_value(
        "SELECT id FROM person WHERE public_id = $1", odette.person_public_id
    )
    assert await membership.card_of(person_id, CardKind.PAPER) is not None


async def test_first_tenant_has_vouchers_to_show_and_savings(club: Settings) -> None:
    household = await membership.household(cast.STARS[0].household)
    assert len(await vouchers.open_vouchers(household.id)) >= 3
    year = clock.now() - timedelta(days=365)
    assert (await vouchers.at_home(household.id, year)).saved_cents > 10_000
    assert (await savings.together(clock.paris(year).date())).saved_cents > 1_000_000


async def test_introduction_names_everybody(club: Settings) -> None:
    said = introduction(club)
    for person in (*cast.STARS, *cast.STAFF):
        assert person.name in said
    assert f"{club.base_url}/demo/courrier" in said


async def test_page_shows_who_to_be_and_opens_a_till(
    club: Settings, browser: httpx.AsyncClient
) -> None:
    """Each press makes a new link for the same till."""
    shown = (await browser.get("/demo")).text
    for person in (*cast.STARS, *cast.STAFF):
        assert person.name in shown
    opened = await sign_in.post(browser, club, "/demo/caisse")
    assert opened.status_code == 303
    assert opened.headers["location"].startswith("/caisse/inscription/")


async def test_second_code_of_the_page_opens_the_office(
    club: Settings, browser: httpx.AsyncClient
) -> None:
    """SEC8: staff of a demo have a second factor like all staff; its secret is no secret."""
    person_id = await fetch_value(
        "SELECT person FROM role_grant WHERE role = 'admin' AND ended_at IS NULL"
    )
    await sign_in.sign_in(browser, club, person_id, SessionKind.STAFF)
    refused = await browser.get("/gestion/imports")
    assert refused.status_code != 200
    code = pyotp.TOTP(cast.SECOND_FACTOR).at(int(time.time()))
    answer = await sign_in.post(browser, club, "/connexion/equipe/second-facteur", {"code": code})
    assert answer.status_code == 303
    assert (await browser.get("/gestion/imports")).status_code == 200


async def test_invitation_proves_a_dwelling_nobody_has_joined_for(club: Settings) -> None:
    free = cast.invitation()
    joined = await factories.add_household(
        "Nour",
        "Nouvelle",
        category=Category.TENANT,
        contract=free.contract,
        postcode=free.postcode,
        rooms=free.rooms,
    )
    household = await membership.household(joined.household_public_id)
    assert household.proof is Proof.PROVED


async def test_first_night_has_nothing_to_say_when_the_double_began_with_the_year(
    club: Settings,
) -> None:
    """B5, REL8: the double knows what runs and what may be given back; its balance is account 5125."""
    world = World(store=load(club.home / "stripe.json"), base_url="http://double")
    gateway.connect(gateway_to(world, club))
    assert await reconciliations.held() >= 0  # nothing, once Monday's payout has left
    before = await differences.waiting()
    await reconcile()
    assert await differences.waiting() == before == []
    run = await reconciliations.last()
    assert run is not None
    assert run.seen > 50
    assert run.repaired == 0
    subscriptions = list(world.store.where("subscription", status="active"))
    assert len(subscriptions) == await fetch_value(
        "SELECT count(*) FROM monthly_plan WHERE ended_at IS NULL"
    )
    assert (club.home / "stripe.json").stat().st_size < 4_000_000  # it is written at each call


async def test_payouts_of_a_year_are_in_the_books_and_on_the_statement(club: Settings) -> None:
    """B10: each Monday Stripe sent its balance; the newest wait for their line of the bank."""
    rows = await fetch(
        "SELECT b.state, e.booked_on FROM journal_entry e LEFT JOIN bank_line b ON b.entry = e.id"
        " WHERE e.key LIKE 'payout:%' ORDER BY e.id"
    )
    assert len(rows) > 40
    assert {row["state"] for row in rows[:-2]} == {"matched"}
    assert rows[-1]["state"] is None


async def test_something_waits_for_the_manager_when_the_club_is_filled(club: Settings) -> None:
    """V33, V36: a case, a signal, an offer to read and a shop's wish are there to look at."""
    assert len(await contests.open_cases()) == 1
    assert len(await contests.closed_cases()) == 1
    assert SignalKind.SELF in {signal.kind for signal in await signals.open_signals()}
    assert len(await proposals.waiting()) == 1
    assert len(await changes.waiting()) == 1
    assert await fetch_value("SELECT count(*) FROM closed_month") > 100


async def test_neighbours_and_the_counter_have_a_past_when_the_club_is_filled(
    club: Settings,
) -> None:
    """Exchanges that took place and orders that were paid, each page of which has something to show."""
    done = await fetch_value(
        "SELECT count(*) FROM exchange WHERE state = 'done' AND thanked_at IS NOT NULL"
    )
    assert done >= 10
    paid = await fetch_value(
        "SELECT count(*) FROM order_ticket WHERE state = 'collected' AND paid_cents > 0"
    )
    assert paid >= 4
