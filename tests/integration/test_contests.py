"""« Je n'ai pas fait cet achat »: contested by the member, decided by a manager, nobody punished."""

from datetime import timedelta

import httpx
import pytest

from backend.audit.errors import OwnCase
from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.identity.rules import Role
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.membership.queries import Member
from backend.privacy import erasing
from backend.privacy.rules import ErasureWay
from backend.settings import Settings
from backend.vouchers import contests, redemptions, service
from backend.vouchers.contests import (
    ContestClosed,
    ContestOnce,
    ContestTooLate,
    OutcomeUnexplained,
    UseUndone,
)
from backend.vouchers.errors import RedemptionUnknown
from backend.vouchers.rules import Outcome
from backend.vouchers.scans import Scan
from backend.vouchers.values import Verdict
from tests import factories
from tests.conftest import Database
from tests.factories import Market
from tests.integration.portal.merchant import enter, use
from tests.sign_in import as_staff, as_tenant, post

JOIN = (
    "INSERT INTO household_member (household, person, adult, joined_on) VALUES ($1, $2, true, $3)"
)


@pytest.fixture
async def market(db: Database) -> Market:
    return await factories.add_market(limit_count=5)


@pytest.fixture
async def alice(db: Database) -> Member:
    return await factories.add_member("Alice", "Quenneville", "alice@example.org")


async def a_manager() -> By:
    return By(Actor.PERSON, await factories.add_person("Marc", "Gérant"))


async def contested(market: Market, alice: Member) -> tuple[Verdict, str]:
    made = await use(market, alice)
    return made, await contests.contest(alice, SYSTEM, made.redemption, "J'étais absente.")


async def test_member_contests_from_the_history_and_a_manager_sees_who_scanned(
    client: httpx.AsyncClient, settings: Settings, market: Market, alice: Member
) -> None:
    """V33: contested from the history; the case shows device, staff, time, channel to a manager."""
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    scan = Scan(
        code=code, key="k", till=market.till.caller, cashier="Yacine", device_at=clock.now()
    )
    made = await service.redeem(scan)
    await as_tenant(client, settings, alice.person_id)
    assert made.redemption in (await client.get("/bons")).text
    there = f"/bons/utilisations/{made.redemption}"
    assert "Je n’ai pas fait cet achat" in (await client.get(there)).text
    answer = await post(client, settings, f"{there}/contestation", {"words": "J'étais absente."})
    assert answer.status_code == 303
    assert "Le club regarde" in (await client.get("/bons")).text
    (case,) = await contests.open_cases()
    manager = await factories.add_person("Marc", "Gérant")
    await factories.add_role(manager, Role.MANAGER)
    await as_staff(client, settings, manager)
    assert case.public_id in (await client.get("/gestion/cas")).text
    page = (await client.get(f"/gestion/cas/contestations/{case.public_id}")).text
    for shown in (
        "Caisse 1",
        "Yacine",
        "Code tapé",
        "avec réseau",
        "absente",
        "Heure de l’appareil",
    ):
        assert shown in page


@pytest.mark.parametrize("role", [Role.DESK, Role.TREASURER])
async def test_case_is_hidden_from_other_staff(
    client: httpx.AsyncClient, settings: Settings, market: Market, alice: Member, role: Role
) -> None:
    """V33: to a manager or admin only."""
    _, case = await contested(market, alice)
    clerk = await factories.add_person("Nadia", "Comptoir")
    await factories.add_role(clerk, role)
    await as_staff(client, settings, clerk)
    assert (await client.get(f"/gestion/cas/contestations/{case}")).status_code == 404
    assert (await client.get("/gestion/cas")).status_code == 404


async def test_contest_is_taken_for_thirty_days(market: Market, alice: Member) -> None:
    """V33: for 30 days from the use, not a day more."""
    made, late = await use(market, alice), await use(market, alice)
    with clock.travel(timedelta(days=29, hours=23)):
        await contests.contest(alice, SYSTEM, made.redemption, "")
    with clock.travel(timedelta(days=30, minutes=1)), pytest.raises(ContestTooLate):
        await contests.contest(alice, SYSTEM, late.redemption, "")


async def test_use_is_contested_once(market: Market, alice: Member) -> None:
    """V33: a second tap opens no second case."""
    made, _ = await contested(market, alice)
    with pytest.raises(ContestOnce):
        await contests.contest(alice, SYSTEM, made.redemption, "")
    assert len(await contests.open_cases()) == 1


async def test_use_of_another_household_is_not_there(
    client: httpx.AsyncClient, settings: Settings, market: Market, alice: Member
) -> None:
    """SEC11: nobody contests, or reads, what is another's."""
    made = await use(market, alice)
    bob = await factories.add_member("Bob", "Durand")
    with pytest.raises(RedemptionUnknown):
        await contests.contest(bob, SYSTEM, made.redemption, "")
    await as_tenant(client, settings, bob.person_id)
    assert (await client.get(f"/bons/utilisations/{made.redemption}")).status_code == 404


async def test_undone_use_needs_no_contest(market: Market, alice: Member) -> None:
    made = await use(market, alice)
    await service.reverse_late(SYSTEM, made.redemption, "erreur")
    with pytest.raises(UseUndone):
        await contests.contest(alice, SYSTEM, made.redemption, "")


@pytest.mark.parametrize("outcome", list(Outcome))
async def test_member_is_told_how_it_ended_and_why(
    market: Market, alice: Member, outcome: Outcome
) -> None:
    """V33: closing with a reason (kept, reversed) tells the member."""
    made, case = await contested(market, alice)
    manager = await a_manager()
    with pytest.raises(OutcomeUnexplained):
        await contests.close(manager, case, outcome, " ")
    await contests.close(manager, case, outcome, "Vu avec le magasin.")
    told = await fetch_one("SELECT payload FROM outbox WHERE key LIKE 'contest.closed:%'")
    assert told is not None
    assert "Vu avec le magasin." in told["payload"]
    line = await redemptions.find_use(made.redemption)
    assert line is not None
    assert (line.undone_at is not None) is (outcome is Outcome.REVERSED)
    assert line.outcome == outcome
    undone = await fetch_value("SELECT count(*) FROM message WHERE kind = 'voucher.undone'")
    assert undone == 0, "one message says it all"


async def test_reversed_use_gives_the_voucher_back(market: Market, alice: Member) -> None:
    """V33, V32: what was not theirs can be used once more."""
    _, case = await contested(market, alice)
    await contests.close(await a_manager(), case, Outcome.REVERSED, "Vu avec le magasin.")
    code = await fetch_value("SELECT code FROM voucher")
    scan = Scan(code=code, key=codes.random_id(), till=market.till.caller, price_cents=1000)
    assert (await service.redeem(scan)).saving_cents == 100


async def test_words_go_with_whoever_wrote_them(market: Market, alice: Member) -> None:
    """D1, V33: who is erased has said nothing any more; the case stays for the manager."""
    await contested(market, alice)
    await erasing.erase(await a_manager(), alice.person_id, ErasureWay.DESK)
    (case,) = await contests.open_cases()
    assert (await contests.get_case(case.public_id)).words == ""


async def test_case_is_closed_once(market: Market, alice: Member) -> None:
    _, case = await contested(market, alice)
    manager = await a_manager()
    await contests.close(manager, case, Outcome.KEPT, "Vu avec le magasin.")
    with pytest.raises(ContestClosed):
        await contests.close(manager, case, Outcome.REVERSED, "Finalement non.")
    assert await fetch_value("SELECT count(*) FROM reversal") == 0


async def test_shop_undid_it_meanwhile(market: Market, alice: Member) -> None:
    made, case = await contested(market, alice)
    await service.reverse_late(SYSTEM, made.redemption, "erreur")
    await contests.close(await a_manager(), case, Outcome.REVERSED, "Le magasin l'a annulée.")
    assert await fetch_value("SELECT count(*) FROM reversal") == 1


async def test_nobody_is_punished_while_a_case_is_open(
    client: httpx.AsyncClient, settings: Settings, market: Market, alice: Member
) -> None:
    """V33: the member goes on taking, the shop goes on scanning, and does not learn who asked."""
    made, _ = await contested(market, alice)
    line = await redemptions.find_use(made.redemption)
    assert line is not None
    assert line.undone_at is None
    assert (await use(market, alice)).saving_cents == 120
    await enter(client, settings, market.partner.id)
    for path in ("/partenaire", "/partenaire/passages", "/partenaire/passages/liste"):
        text = (await client.get(path)).text
        assert "Quenneville" not in text
        assert "contest" not in text.lower()


@pytest.mark.parametrize("outcome", list(Outcome))
async def test_case_of_ones_own_home_is_decided_by_somebody_else(
    market: Market, alice: Member, outcome: Outcome
) -> None:
    """V33: a manager does not give themselves their voucher back."""
    _, case = await contested(market, alice)
    mate = await factories.add_person("Zoé", "Quenneville")
    await fetch(JOIN, alice.household_id, mate, clock.today())
    for own in (alice.person_id, mate):
        with pytest.raises(OwnCase):
            await contests.close(By(Actor.PERSON, own), case, outcome, "Vu avec le magasin.")
    await contests.close(await a_manager(), case, outcome, "Vu avec le magasin.")


async def test_manager_closes_a_case_on_its_page(
    client: httpx.AsyncClient, settings: Settings, market: Market, alice: Member
) -> None:
    """V33: the form asks for both answers, and comes back with what was typed."""
    _, case = await contested(market, alice)
    manager = await factories.add_person("Marc", "Gérant")
    await factories.add_role(manager, Role.MANAGER)
    await as_staff(client, settings, manager)
    there = f"/gestion/cas/contestations/{case}"
    answer = await post(client, settings, there, {"outcome": "kept", "reason": "ok"})
    assert answer.status_code == 422
    answer = await post(client, settings, there, {"outcome": "kept", "reason": "Vu ensemble."})
    assert answer.status_code == 303
    page = await client.get(there)
    assert "Vu ensemble." in page.text
    assert "Marc Gérant" in page.text
