"""A member who pays by transfer: one reference, by which the line of the bank finds the order by itself."""

from datetime import timedelta

from httpx import AsyncClient

from backend.audit.service import SYSTEM
from backend.billing import bank, lines
from backend.billing.bank import BankWish
from backend.billing.statements import Entry
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Status
from backend.settings import Settings
from tests import factories, sign_in
from tests.integration.desk.conftest import words

HERE = "/compte/cotisation"


async def test_line_finds_the_order_when_the_member_wrote_the_reference_of_the_page(
    client: AsyncClient, settings: Settings
) -> None:
    """B10: asked for by a press, the same however often; the suggestion comes by reference alone."""
    await bank.set_account(SYSTEM, BankWish("Le Club", "FR1420041010050500013M02606", "AGRIFRPP"))
    joined = await factories.add_household("Alice", "Martin", address="alice@example.org")
    await sign_in.as_tenant(client, settings, joined.person_id)
    before = words((await client.get(f"{HERE}/payer")).text)
    assert "Payer par virement" in before
    assert "AGRIFRPP" not in before  # nothing to send money to without a reference
    for _ in range(2):
        answer = await sign_in.post(client, settings, f"{HERE}/virement", {})
        assert answer.status_code == 303
    assert await fetch_value("SELECT count(*) FROM pay_order") == 1
    reference = await fetch_value("SELECT reference FROM pay_order")
    page = words((await client.get(f"{HERE}/payer")).text)
    assert reference in page
    assert "AGRIFRPP" in page
    await lines.add_lines(SYSTEM, [Entry(clock.today(), 6000, f"VIR M X {reference}")], "x")
    [line] = await lines.waiting()
    [found] = await lines.candidates(line)
    assert found.why == "reference"
    assert found.order is not None
    await membership.match_transfer(SYSTEM, line.public_id, found.order)
    assert (await queries.standing(joined.household_id)).status is Status.CURRENT
    early = await sign_in.post(client, settings, f"{HERE}/virement", {})
    assert early.status_code in {409, 422}
    with clock.travel(timedelta(days=300)):
        await sign_in.as_tenant(client, settings, joined.person_id)
        later = await sign_in.post(client, settings, f"{HERE}/virement", {})
        assert later.status_code == 303
    assert await fetch_value("SELECT count(*) FROM pay_order") == 2
