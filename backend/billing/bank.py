"""The club's bank account, shown to whoever pays by transfer. Each change is a dated row, and told."""

import msgspec
from stdnum import bic as bics
from stdnum import iban as ibans
from stdnum.exceptions import ValidationError

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing.errors import BankIncomplete, BicWrong, IbanWrong
from backend.identity import staff
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch_one_as, fetch_value, transaction
from backend.kit.errors import N_
from backend.notifications import service as notifications

GUARDIANS = (Role.TREASURER, Role.MANAGER, Role.ADMIN)


class BankWish(msgspec.Struct, frozen=True):
    """As typed. All three, or none: then no account is shown."""

    holder: str = ""
    iban: str = ""
    bic: str = ""


class Account(msgspec.Struct, frozen=True):
    holder: str
    iban: str
    bic: str

    @property
    def said(self) -> str:
        """The IBAN in groups of four, as it is printed; a narrow line ends after one of them."""
        return str(ibans.format(self.iban))


async def account() -> Account | None:
    """The one that holds now; None where the club has given none."""
    return await fetch_one_as(Account, ACCOUNT)


ACCOUNT = (
    "SELECT holder, iban, bic FROM (SELECT holder, iban, bic FROM bank_account ORDER BY id DESC"
    " LIMIT 1) newest WHERE iban <> ''"
)


async def set_account(by: By, wish: BankWish) -> None:
    """From now on. Whoever answers for money hears of it: a changed account is how clubs are robbed.

    Raises IbanWrong, BicWrong and BankIncomplete at their fields.
    """
    new = read_wish(wish)
    async with transaction():
        before = await account()
        if new == before:
            return
        row: int = await fetch_value(
            "INSERT INTO bank_account (holder, iban, bic, since, person)"
            " VALUES ($1, $2, $3, $4, $5) RETURNING id",
            *(msgspec.structs.astuple(new) if new else ("", "", "")),
            clock.now(),
            by.id,
        )
        told = [each.said if each else "" for each in (before, new)]
        await audit.note("bank_set", by, object_kind="bank", object_id=row, changes={"iban": told})
        await _warn(row)


def read_wish(wish: BankWish) -> Account | None:
    """Numbers with their check digits right; None when nothing was typed."""
    holder, iban, bic = wish.holder.strip(), wish.iban.strip(), wish.bic.strip()
    if not holder and not iban and not bic:
        return None
    try:
        iban = str(ibans.validate(iban))
    except ValidationError:
        raise IbanWrong().at("iban") from None
    try:
        bic = str(bics.validate(bic))
    except ValidationError:
        raise BicWrong().at("bic") from None
    if not holder:
        raise BankIncomplete().at("holder")
    return Account(holder, iban, bic)


async def _warn(row: int) -> None:
    for each in await staff.contacts_of_staff(GUARDIANS):
        await notifications.queue(
            "identity.notice",
            f"bank:{row}:{each.contact_id}",
            person_id=each.person_id,
            channel=each.channel,
            to=each.value,
            values={
                "what": N_("Le compte bancaire du club a été changé"),
                "name": each.given_name,
            },
        )
