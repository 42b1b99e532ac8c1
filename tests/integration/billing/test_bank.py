"""The account that transfers go to: checked, dated, told to whoever answers for money."""

import pytest

from backend.audit.service import SYSTEM, person
from backend.billing import bank, errors
from backend.billing.bank import BankWish
from backend.identity.rules import Role
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import Invalid
from tests.conftest import Database
from tests.factories import add_person, add_role

WISH = BankWish("Club de l'Orme", "fr76 3000 6000 0112 3456 7890 189", "agrifrpp")


async def test_an_account_holds_until_the_next_when_it_is_set(db: Database) -> None:
    treasurer = await add_person("Théo", "Roux")
    assert await bank.account() is None
    await bank.set_account(person(treasurer), WISH)
    found = await bank.account()
    assert found is not None
    assert (found.iban, found.bic) == ("FR7630006000011234567890189", "AGRIFRPP")
    assert found.said == "FR76 3000 6000 0112 3456 7890 189"
    await bank.set_account(person(treasurer), WISH)
    await bank.set_account(person(treasurer), BankWish())
    assert await bank.account() is None
    rows = await fetch("SELECT iban, person FROM bank_account ORDER BY id")
    assert [tuple(row) for row in rows] == [(found.iban, treasurer), ("", treasurer)]


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        (BankWish("Club", "FR7630006000011234567890188", "AGRIFRPP"), errors.IbanWrong),
        (BankWish("Club", "", "AGRIFRPP"), errors.IbanWrong),
        (BankWish("Club", WISH.iban, "AGRI"), errors.BicWrong),
        (BankWish("", WISH.iban, WISH.bic), errors.BankIncomplete),
    ],
)
async def test_an_account_is_refused_when_a_transfer_would_be_lost(
    db: Database, wish: BankWish, refusal: type[Invalid]
) -> None:
    with pytest.raises(refusal):
        await bank.set_account(SYSTEM, wish)
    assert await fetch_value("SELECT count(*) FROM bank_account") == 0


async def test_guardians_are_told_when_the_account_changes(db: Database) -> None:
    """Whoever took over one person's session cannot lead the club's money away in silence."""
    for name, role in (("Ada", Role.ADMIN), ("Théo", Role.TREASURER), ("Dora", Role.DESK)):
        await add_role(await add_person(name, "Roux", f"{name[0].lower()}@example.org"), role)
    await bank.set_account(SYSTEM, WISH)
    rows = await fetch("SELECT payload ->> 'to' AS to FROM outbox ORDER BY 1")
    assert [row["to"] for row in rows] == ["a@example.org", "t@example.org"]
    facts = await fetch_value("SELECT facts #>> '{changes,iban,0}' FROM audit_entry")
    assert facts == ""
