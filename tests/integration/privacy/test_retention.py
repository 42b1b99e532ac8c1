"""Retention: who is away for years and what is old goes by night, dry runs count the same (D2)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from backend.audit import service as audit
from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.jobs import schedule
from backend.kit import clock
from backend.kit.database import fetch, fetch_one, fetch_value, transaction
from backend.membership import service as membership
from backend.merchants.rules import PartnerKind
from backend.privacy import jobs, retention
from backend.privacy.parts import TRAILS
from backend.privacy.rules import BOUNDS, MonthsOutOfRange, Retention, check_retention
from backend.settings import Settings
from tests import sign_in
from tests.conftest import Database
from tests.contracts import add_contract, add_firm, add_waiting
from tests.factories import add_household, add_member, add_person, add_role
from tests.integration.desk.conftest import words

NOTHING = dict.fromkeys(("prospects", "lapsed", "held", *(trail.name for trail in TRAILS)), 0)
HERE = "/gestion/donnees"
SHOP: dict[str, Any] = {"kind": PartnerKind.SHOP, "dues_cents": 10_000}
APPLIED = (
    "INSERT INTO partner_application (public_id, siret, name, kind, category, trades, story, hours,"
    " street, postcode, town, given_name, family_name, email, phone, asked_at, decided_at,"
    " decided_by, partner) VALUES ($1, $1, $1, 'shop', 'trades', '{}', '', '[]', '4 rue du Puits',"
    " '80000', 'Amiens', 'Yacine', 'Amrani', $2, '+33639981234', $3, $3, $4, $5)"
)


async def erased(person_id: int) -> bool:
    return await fetch_value("SELECT erased_at IS NOT NULL FROM person WHERE id = $1", person_id)


async def age(person_id: int, months: int) -> None:
    """As if the person had come, and paid, so many months earlier."""
    await fetch(
        "UPDATE person SET created_at = created_at - make_interval(months => $2) WHERE id = $1",
        person_id,
        months,
    )
    await fetch(
        "UPDATE period SET during = daterange((lower(during) - make_interval(months => $2))::date,"
        " (upper(during) - make_interval(months => $2))::date) WHERE household IN"
        " (SELECT household FROM household_member WHERE person = $1)",
        person_id,
        months,
    )


async def test_who_is_away_for_three_years_is_erased_and_nobody_sooner(db: Database):
    """D2: prospects 36 months after they came, lapsed members 36 months after their last paid day."""
    people = {}
    for name, months in (("old", 37), ("young", 35)):
        prospect = await add_household("Prospect", name)
        await age(prospect.person_id, months)
        people[f"{name} prospect"] = prospect.person_id
    # Twelve months are paid: the last paid day is a year after the first.
    for name, months in (("old", 49), ("young", 47)):
        lapsed = await add_member("Lapsed", name)
        await age(lapsed.person_id, months)
        people[f"{name} lapsed"] = lapsed.person_id
    people["member"] = (await add_member()).person_id
    counts = await retention.run()
    assert {name for name, each in people.items() if await erased(each)} == {
        "old prospect",
        "old lapsed",
    }
    assert (counts["prospects"], counts["lapsed"], counts["held"]) == (1, 1, 0)
    ways = await fetch("SELECT DISTINCT way FROM erasure")
    assert [row["way"] for row in ways] == ["retention"]


async def test_a_visit_or_a_role_keeps_somebody(db: Database):
    """D2: who still comes is not away; staff are no prospects."""
    came, clerk = await add_household("Alice", "Martin"), await add_person("Nadia", "Comptoir")
    for person_id in (came.person_id, clerk):
        await age(person_id, 40)
    await add_role(clerk, Role.DESK)
    await fetch(
        "INSERT INTO session (public_id, token_hash, person, kind, device, created_at, seen_at)"
        " VALUES ('s', 's', $1, 'tenant', '', $2, $2)",
        came.person_id,
        clock.now() - timedelta(days=90),
    )
    assert await retention.run() == {**NOTHING}
    assert not await erased(came.person_id)


async def test_who_left_a_household_that_goes_on_is_away_from_that_day(db: Database):
    """D2: the others' payments are not theirs."""
    alice = await add_member()
    bob = await membership.add_adult(SYSTEM, alice.household_id, "Bob", "Martin")
    await age(bob, 50)
    await fetch(
        "UPDATE household_member SET joined_on = joined_on - 1500, left_on = $2 WHERE person = $1",
        bob,
        clock.today() - timedelta(days=1200),
    )
    await fetch("UPDATE period SET during = daterange(lower(during), '2999-01-01')")
    counts = await retention.run()
    assert counts["prospects"] + counts["lapsed"] == 1
    assert await erased(bob)
    assert not await erased(alice.person_id)


async def test_children_go_with_the_last_adult_once(db: Database):
    """D2, D1: the same code as an erasure that was asked for."""
    alice = await add_household()
    lou = await membership.add_child(SYSTEM, alice.household_id, "Lou", "Martin")
    for person_id in (alice.person_id, lou):
        await age(person_id, 40)
    counts = await retention.run()
    assert counts["prospects"] == 2
    assert await fetch_value("SELECT count(*) FROM erasure") == 2


async def test_what_is_open_holds_the_night_too(db: Database):
    """D2, D1: a hold is a hold; it is counted and looked at again."""
    alice = await add_member()
    await age(alice.person_id, 60)
    order = await fetch_value("SELECT id FROM pay_order")
    await fetch(
        "INSERT INTO monthly_plan (household, pay_order, stripe_subscription, started_at)"
        " VALUES ($1, $2, 'sub_1', $3)",
        alice.household_id,
        order,
        clock.now(),
    )
    assert (await retention.run(dry=True))["held"] == 1
    assert (await retention.run())["held"] == 1
    assert not await erased(alice.person_id)


async def test_what_fails_stops_nothing_else(db: Database, monkeypatch: pytest.MonkeyPatch):
    """D2: one person, or one kind of rows: the others go in the same night."""
    people = [(await add_household("Prospect", name)).person_id for name in ("first", "second")]
    for person_id in people:
        await age(person_id, 37)
    await old_rows()
    real = retention.erasing.erase

    async def erase(by: audit.By, person_id: int, *args: object, **more: object) -> str:
        if person_id == people[0]:
            raise RuntimeError("one that cannot be erased")
        return await real(by, person_id, *args, **more)  # type: ignore[arg-type]

    async def purge(_before: datetime) -> int:
        raise RuntimeError("rows that cannot go")

    monkeypatch.setattr(retention.erasing, "erase", erase)
    broken = TRAILS[0]._replace(purge=purge)
    monkeypatch.setattr(retention, "TRAILS", (broken, *TRAILS[1:]))
    counts = await retention.run()
    assert [await erased(each) for each in people] == [False, True]
    assert (counts["prospects"], counts["held"], counts["messages"] > 0) == (1, 1, True)
    assert broken.name not in counts


async def old_rows() -> None:
    for months in (14, 13, 11):
        at = retention.months_ago(months)
        await fetch(
            "INSERT INTO message (way, kind, key, queued_at) VALUES ('email', 'old', $1, $2)",
            f"old:{months}",
            at,
        )
        await fetch(
            "INSERT INTO audit_entry (at, actor, verb, facts) VALUES ($1, 'system', 'old', '{}')",
            at,
        )
        await fetch(
            "INSERT INTO refused_attempt (at, reason, channel, facts)"
            " VALUES ($1, 'unknown_code', 'typed', '{}')",
            at,
        )


async def test_logs_and_messages_go_after_twelve_months(db: Database):
    """D2, SEC13: what is older goes, what is younger stays."""
    await old_rows()
    assert await retention.run() == {**NOTHING, "audit": 2, "refused": 2, "messages": 2}
    for table in (
        "message WHERE kind = 'old'",
        "audit_entry WHERE verb = 'old'",
        "refused_attempt",
    ):
        assert await fetch_value(f"SELECT count(*) FROM {table}") == 1, table


async def test_a_signal_set_aside_goes_after_a_year_and_an_open_one_stays(db: Database):
    """D2, V36: what was looked at of somebody's uses is not kept for ever."""
    alice = await add_household()
    clerk = await add_person("Marc", "Gérant")
    for months in (13, 11, None):
        await fetch(
            "INSERT INTO signal (public_id, kind, subject, person, facts, until_at, found_at,"
            " closed_at, closed_by, reason) VALUES ($1, 'burst', $1, $2, '{}', $3, $3, $4, $5, $6)",
            f"signal-{months}",
            alice.person_id,
            retention.months_ago(14),
            months and retention.months_ago(months),
            months and clerk,
            months and "Une fête de quartier",
        )
    assert await retention.run(dry=True) == {**NOTHING, "signals": 1}
    assert await retention.run() == {**NOTHING, "signals": 1}
    left = await fetch("SELECT public_id FROM signal ORDER BY id")
    assert [row["public_id"] for row in left] == ["signal-11", "signal-None"]
    assert await retention.run() == NOTHING


async def test_who_asked_for_a_firm_is_forgotten_three_years_after_its_last_contract(db: Database):
    """D2: the firm stays; a firm that is still there, or has just left, keeps who asked."""
    clerk = await add_person("Nadia", "Comptoir")
    asked = retention.months_ago(60)
    for name, left_months in (("Roux", 37), ("Blanc", 35), ("Vert", None)):
        firm = await add_firm(name)
        contract = await add_contract(firm.id, **SHOP)
        until = None if left_months is None else retention.months_ago(left_months).date()
        await fetch(
            "UPDATE contract SET during = daterange($2, $3) WHERE public_id = $1",
            contract.public_id,
            asked.date(),
            until or clock.today() + timedelta(days=90),
        )
        await fetch(APPLIED, name, f"{name}@example.org", asked, clerk, firm.id)
    assert await retention.run(dry=True) == {**NOTHING, "applicants": 1}
    assert await retention.run() == {**NOTHING, "applicants": 1}
    rows = await fetch(
        "SELECT name, given_name, family_name, email, phone FROM partner_application ORDER BY id"
    )
    assert tuple(rows[0].values()) == ("Roux", "", "", "", None)
    assert [(row["name"], row["email"]) for row in rows[1:]] == [
        ("Blanc", "Blanc@example.org"),
        ("Vert", "Vert@example.org"),
    ]
    assert await retention.run() == NOTHING


async def test_who_asked_for_a_firm_that_waits_for_its_place_is_kept(db: Database):
    """D2, P1: its first contract has no year yet, however long ago it was drawn."""
    clerk = await add_person("Nadia", "Comptoir")
    await add_contract((await add_firm("Roux")).id)
    waiting = await add_waiting("Gris")
    asked = retention.months_ago(60)
    firm = await fetch_value(
        "UPDATE contract SET during = daterange($2, $3) WHERE public_id = $1 RETURNING partner",
        waiting,
        asked.date(),
        retention.months_ago(48).date(),
    )
    await fetch(APPLIED, "Gris", "gris@example.org", asked, clerk, firm)
    assert await retention.run(dry=True) == NOTHING
    assert await retention.run() == NOTHING
    assert await fetch_value("SELECT email FROM partner_application") == "gris@example.org"
    await fetch("UPDATE trade_wait SET ended_at = $1, end_reason = 'left'", clock.now())
    assert await retention.run() == {**NOTHING, "applicants": 1}


async def test_database_lets_no_younger_refusal_go(db: Database):
    """D2, V2: append-only; only the purge may delete, and only what is a year old."""
    await old_rows()
    async with transaction():
        await fetch("SELECT purge_refused_attempts('2999-01-01')")
    assert await fetch_value("SELECT count(*) FROM refused_attempt") == 1
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch("DELETE FROM refused_attempt")


async def test_dry_run_counts_the_same_and_takes_nothing(db: Database):
    """D2: dry-runnable; both runs are logged with what and how many."""
    alice = await add_household()
    await age(alice.person_id, 40)
    await old_rows()
    tried = await retention.run(dry=True)
    assert not await erased(alice.person_id)
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'old'") == 3
    done = await retention.run()
    assert done == tried
    assert done["prospects"] == 1
    assert [(each.dry, each.counts) for each in await retention.runs()] == [
        (False, done),
        (True, tried),
    ]
    assert await retention.run() == NOTHING


async def test_the_clubs_own_limits_count(db: Database):
    """D2: all settings; a change is on record with what was before."""
    by = audit.person(await add_person("Hélène", "Vasseur"))
    alice = await add_household()
    await age(alice.person_id, 13)
    assert (await retention.run(dry=True))["prospects"] == 0
    await retention.set_retention(by, Retention(prospects_months=12))
    assert (await retention.run(dry=True))["prospects"] == 1
    line = await fetch_one("SELECT * FROM audit_entry WHERE verb = 'retention.set'")
    assert line["actor_id"] == by.id
    assert line["facts"] == '{"changes": {"prospects_months": [36, 12]}}'


@pytest.mark.parametrize("name", BOUNDS)
def test_limit_out_of_bounds_is_refused(name: str):
    """D2: never longer than the law says, logs never shorter than the database keeps them."""
    least, most = BOUNDS[name]
    for months in (least - 1, most + 1):
        with pytest.raises(MonthsOutOfRange):
            check_retention(Retention(**{name: months}))
    check_retention(Retention(**{name: least}))


@pytest.mark.parametrize(
    ("today", "months", "wanted"),
    [
        ("2026-03-31", 1, "2026-02-28"),
        ("2028-02-29", 12, "2027-02-28"),
        ("2026-01-15", 36, "2023-01-15"),
    ],
)
def test_months_are_counted_back_to_a_day_that_is(today: str, months: int, wanted: str):
    """D2: 31 March and 29 February too, on the calendar of Paris."""
    noon = datetime.fromisoformat(today).replace(hour=12, tzinfo=UTC)
    with clock.frozen(noon):
        assert clock.paris(retention.months_ago(months)).date().isoformat() == wanted


def test_it_is_in_the_timetable():
    """D2: every night, without anybody thinking of it."""
    assert jobs.retain in {task.job for task in schedule.TIMETABLE}


async def test_manager_sets_tries_and_reads(client: httpx.AsyncClient, settings: Settings):
    """D2, D3: the office's page: limits, a try that takes nothing, runs, lists that left."""
    manager = await add_person("Hélène", "Vasseur")
    await add_role(manager, Role.MANAGER)
    await sign_in.as_staff(client, settings, manager)
    alice = await add_household("Alice", "Martin")
    await age(alice.person_id, 40)
    assert "Pas encore de passage." in words((await client.get(HERE)).text)
    wrong = dict.fromkeys(BOUNDS, "99")
    answer = await sign_in.post(client, settings, HERE, wrong)
    assert answer.status_code == 422
    assert "de 1 à 36" in answer.text
    right = {**dict.fromkeys(BOUNDS, "24")}
    assert (await sign_in.post(client, settings, HERE, right)).status_code == 303
    assert await retention.get_retention() == Retention(**dict.fromkeys(BOUNDS, 24))
    assert (await sign_in.post(client, settings, f"{HERE}/essais", {})).status_code == 303
    page = words((await client.get(HERE)).text)
    assert "Essai" in page
    assert "Personnes qui n’ont jamais payé : 1" in page
    assert not await erased(alice.person_id)
