"""What workers do for vouchers."""

from datetime import date

import asyncpg
import pytest
from structlog.testing import capture_logs

from backend.audit.service import SYSTEM
from backend.jobs.schedule import TIMETABLE
from backend.kit import codes, outbox
from backend.kit.database import fetch, fetch_value
from backend.vouchers import jobs, savings, service
from backend.vouchers.scans import Scan
from backend.vouchers.values import Undo
from tests import factories
from tests.conftest import Database


@pytest.fixture
async def used(db: Database) -> Scan:
    """A voucher used by somebody who has an e-mail address."""
    market = await factories.add_market()
    carla = await factories.add_member("Carla", address="carla@exemple.fr")
    code = await service.claim(carla, market.offer.public_id, SYSTEM)
    scan = Scan(code=code, key=codes.random_id(), till=market.till.caller)
    await service.redeem(scan)
    return scan


async def mails() -> list[str]:
    rows = await fetch("SELECT payload FROM outbox WHERE key LIKE 'voucher.used:%:mail'")
    return [row["payload"] for row in rows]


async def test_member_is_told_once_when_a_voucher_was_used(used: Scan) -> None:
    """REL7: the message leaves by an outbox row written with the use."""
    assert await outbox.drain(jobs.SENDS) == 1
    assert await outbox.drain(jobs.SENDS) == 0
    (said,) = await mails()
    assert "carla@exemple.fr" in said
    assert "1,20" in said


async def test_nothing_is_told_of_a_use_when_it_was_undone_first(used: Scan) -> None:
    use = await service.redeem(used)
    undo = Undo(redemption=use.redemption, reason="erreur", key="u", till=used.till)
    await service.reverse(undo)
    await outbox.drain(jobs.SENDS)
    assert await mails() == []


async def test_member_without_mail_is_not_told_by_sms(db: Database) -> None:
    market = await factories.add_market()
    dede = await factories.add_member("Dédé", address="06 39 98 00 01")
    code = await service.claim(dede, market.offer.public_id, SYSTEM)
    await service.redeem(Scan(code=code, key="k", till=market.till.caller))
    await outbox.drain(jobs.SENDS)
    assert await mails() == []


async def test_alarm_is_raised_when_a_counter_differs(used: Scan) -> None:
    """V5: counters are checked nightly against rows, with an alarm on any difference."""
    await jobs.check_counters()
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb LIKE '%differs'") == 0
    await fetch("UPDATE offer SET claimed = claimed + 3")
    with capture_logs() as said:
        await jobs.check_counters()
    facts = await fetch_value("SELECT facts FROM audit_entry WHERE verb = 'offer.counter_differs'")
    assert '"claimed": 4' in facts
    assert [line["event"] for line in said] == ["counter_differs"]
    assert "vouchers.check_counters" in [task.name for task in TIMETABLE]


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE daily_savings SET saved_cents = saved_cents + 500",
        "UPDATE daily_savings SET uses = 0, paid_cents = paid_cents + 3",
        "DELETE FROM daily_savings",
        "UPDATE daily_savings SET used_on = used_on - 40, undone = true",
    ],
)
async def test_sums_are_mended_and_told_when_they_differ_from_the_uses(
    used: Scan, spoil: str
) -> None:
    """V5: sums by day are checked nightly against rows, with an alarm on any difference."""
    right = await savings.together(date(2000, 1, 1))
    await fetch(spoil)
    with capture_logs() as said:
        await jobs.check_counters()
    assert {line["event"] for line in said} == {"savings_differ"}
    assert await savings.together(date(2000, 1, 1)) == right
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'savings.differ'") > 0
    with capture_logs() as said:
        await jobs.check_counters()
    assert said == []


@pytest.mark.parametrize("column", ["uses", "paid_cents", "saved_cents"])
async def test_database_refuses_a_sum_below_zero(used: Scan, column: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await fetch(f"UPDATE daily_savings SET {column} = -1")
