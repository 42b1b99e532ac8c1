"""A firm asks to become a partner, and the club answers."""

from typing import Any

import msgspec
import pytest

from backend.audit.service import person
from backend.http.visits import Visit
from backend.identity.queries import roles_of
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch_value, transaction
from backend.kit.errors import Busy
from backend.merchants import applications, contracts, privacy, queries, standings
from backend.merchants import service as merchants
from backend.merchants.errors import (
    ApplicationDecided,
    RefusalUnexplained,
    SiretWrong,
    TradeMissing,
)
from backend.merchants.rules import PartnerCategory, PartnerKind, Standing
from backend.merchants.service import Application, Draft
from backend.merchants.trades import BY_CODE, BY_NUMBER, TRADES
from tests.contracts import PLUMBER
from tests.factories import add_person

pytestmark = pytest.mark.usefixtures("db")
SIRETS = ("73282932000074", "55210055400013", "44306184100047", "35600000000048")
WISH = Application(
    name="Plomberie Roux",
    siret="732 829 320 00074",
    kind=PartnerKind.FIRM,
    category=PartnerCategory.TRADES,
    street="4 rue du Puits",
    postcode="80000",
    town="Amiens",
    given_name="Yacine",
    family_name="Amrani",
    email="Yacine@example.org",
    trades=(PLUMBER,),
)


def visit(ip: str = "192.0.2.1") -> Visit:
    return Visit(
        ip=ip,
        device="",
        request_id="r",
        session_token=None,
        seals=None,  # type: ignore[arg-type]
        channels=frozenset(),
        base_url="",
    )


async def ask(ip: str = "192.0.2.1", **said: Any) -> int | None:
    return await merchants.apply(visit(ip), msgspec.structs.replace(WISH, **said))


def draft(asked: applications.ApplicationPage, **said: Any) -> Draft:
    return Draft(
        **{
            "kind": asked.kind,
            "first_day": clock.today(),
            "dues_cents": 100_000,
            "campaigns_a_year": 4,
            "name": asked.name,
            "street": asked.street,
            "postcode": asked.postcode,
            "town": asked.town,
            "trades": asked.trades,
            **said,
        }
    )


async def test_firm_has_an_account_and_a_contract_when_it_is_accepted():
    """P2: applied once, answered once; nothing is asked before the contract is accepted."""
    await ask()
    assert await ask() is None
    (asked,) = await applications.waiting()
    assert (asked.siret, asked.trades) == ("73282932000074", (PLUMBER,))
    clerk = await add_person("Nadia", "Club")
    public_id = await merchants.accept_application(person(clerk), asked.public_id, draft(asked))
    partner = await queries.find_partner(public_id)
    assert partner is not None
    (contract,) = await contracts.contracts_of(partner.id)
    assert contract.accepted_at is None
    assert contract.dues_cents == 100_000
    assert await standings.standing(partner.id, clock.today()) is Standing.PENDING
    owner = await fetch_value("SELECT person FROM role_grant WHERE role = 'merchant'")
    assert Role.MERCHANT in await roles_of(owner)
    with pytest.raises(ApplicationDecided):
        await merchants.accept_application(person(clerk), asked.public_id, draft(asked))
    kinds = "SELECT count(*) FROM message WHERE kind IN ('partner.received', 'partner.contract')"
    assert await fetch_value(kinds) == 2


async def test_firm_is_told_why_when_it_is_refused():
    await ask()
    (asked,) = await applications.waiting()
    clerk = person(await add_person("Nadia", "Club"))
    with pytest.raises(RefusalUnexplained):
        await merchants.refuse_application(clerk, asked.public_id, "  ")
    await merchants.refuse_application(clerk, asked.public_id, "Trop loin du quartier.")
    assert (await applications.decided())[0].refused_because == "Trop loin du quartier."
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'partner.refused'") == 1
    assert await ask() is not None


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"siret": "73282932000075"}, SiretWrong),
        ({"siret": ""}, SiretWrong),
        ({"trades": ()}, TradeMissing),
        ({"trades": (1,)}, TradeMissing),
    ],
)
async def test_nothing_is_kept_when_a_field_is_wrong(said, refusal):
    """P1: trades come from the fixed list; a SIRET has its check digits right."""
    with pytest.raises(refusal):
        await ask(**said)
    assert await applications.waiting() == []


async def test_door_closes_when_one_address_floods():
    """SEC6: three applications a day for an e-mail, ten for a network."""
    for at in range(3):
        await ask(siret=SIRETS[at])
    with pytest.raises(Busy):
        await ask(siret=SIRETS[3])
    assert len(await applications.waiting()) == 3


async def test_refused_firm_is_forgotten_after_some_months():
    """D2: the person behind a firm that was not taken is not kept for ever."""
    await ask()
    (asked,) = await applications.waiting()
    clerk = person(await add_person("Nadia", "Club"))
    await merchants.refuse_application(clerk, asked.public_id, "Non")
    assert await privacy.count_refused(clock.now()) == 1
    async with transaction():
        assert await privacy.purge_refused(clock.now()) == 1
    assert await applications.decided() == []


def test_trades_are_the_whole_of_divisions_41_to_43():
    """P1: a fixed list, each with a number of its own."""
    assert len(TRADES) == len(BY_NUMBER) == len(BY_CODE) == 38
    assert {code[:2] for code in BY_CODE} == {"41", "42", "43"}
    assert BY_CODE["43.22A"].number == PLUMBER == 432201
