"""What the club spends: entries of class 6, typed by the treasurer or booked by the house itself.

Fees that Stripe keeps (627) and what lacks in a drawer (658) come by themselves. Everything else is
typed here, paid from the bank: cash leaves a drawer only to the bank (B9). Nothing is deleted; an
entry is taken back by `journal.reverse`.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import journal, rules
from backend.billing.rules import Account
from backend.kit import clock, keys
from backend.kit.database import fetch_as, fetch_value, once_more, transaction
from backend.kit.errors import N_, Invalid

TYPED: Mapping[str, str] = MappingProxyType(
    {
        Account.PURCHASES: N_("Achats et fournitures"),
        Account.RENT: N_("Locations"),
        Account.UPKEEP: N_("Entretien et réparations"),
        Account.INSURANCE: N_("Assurances"),
        Account.PUBLICITY: N_("Communication et fêtes"),
        Account.TRAVEL: N_("Déplacements et repas"),
        Account.POST: N_("Poste et téléphone"),
        Account.BANK_CHARGES: N_("Frais de banque"),
        Account.WAGES: N_("Salaires"),
        Account.SUNDRY: N_("Divers"),
    }
)
ALONE: Mapping[str, str] = MappingProxyType(
    {
        Account.FEES: N_("Frais gardés par Stripe"),
        Account.SHORT: N_("Manques dans les caisses"),
    }
)
NAMES: Mapping[str, str] = MappingProxyType({**TYPED, **ALONE})


class CostWish(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is the form's own, so that what is sent twice is booked once."""

    on: date
    label: str
    account: str
    amount_cents: int
    key: str


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """A typed cost; below zero it takes an earlier one back."""

    entry: int
    on: date
    label: str
    account: str
    amount_cents: int
    reversed: bool

    @property
    def may_reverse(self) -> bool:
        return not self.reversed and self.amount_cents > 0


class Spent(msgspec.Struct, frozen=True):
    """All costs of one account in one month."""

    first: date
    account: str
    cents: int


@once_more
async def enter(by: By, wish: CostWish) -> None:
    """Books a cost on its day, once per key.

    Raises Invalid at the field that is wrong, IdempotencyMismatch for another cost under its key.
    """
    _check(wish, clock.today())
    key = f"cost:{wish.key}"
    async with transaction():
        before = await keys.earlier("cost", wish.key, wish, int)
        if before is not None or await fetch_value(
            # Keys are thrown away one day, entries never.
            "SELECT 1 FROM journal_entry WHERE key = $1",
            key,
        ):
            return
        entry = await journal.post(
            key,
            wish.label,
            rules.transfer_lines(Account(wish.account), Account.BANK, wish.amount_cents),
            at=clock.start_of_day(wish.on),
        )
        await audit.note(
            "cost_entered",
            by,
            object_kind="journal_entry",
            object_id=entry,
            amount_cents=wish.amount_cents,
            account=wish.account,
        )
        await keys.keep("cost", wish.key, wish, entry)


def _check(wish: CostWish, today: date) -> None:
    wrong: dict[str, str] = {}
    if not date(today.year - 1, 1, 1) <= wish.on <= today:
        wrong["on"] = N_("Choisissez un jour de cette année ou de l'an dernier.")
    if wish.account not in TYPED:
        wrong["account"] = N_("Choisissez une sorte de dépense.")
    if wish.amount_cents == 0:
        wrong["amount"] = N_("Écrivez une somme au-dessus de zéro.")
    if not wish.label.strip() or len(wish.label) > LONGEST:
        wrong["label"] = N_("Dites en quelques mots ce que c'est.")
    if wrong:
        raise Invalid(wrong)


LONGEST = 120


async def costs(since: date, until: date) -> list[Cost]:
    """What was typed, and what took it back: newest first, both days included."""
    return await fetch_as(Cost, _COSTS, since, until, list(TYPED))


async def spent(since: date, until: date) -> list[Spent]:
    """Every cost by month and account, those that come by themselves too; both days included."""
    return await fetch_as(Spent, _SPENT, since, until)


_COSTS = """
SELECT e.id AS entry, e.booked_on AS "on", e.label, l.account,
  (l.debit_cents - l.credit_cents) AS amount_cents,
  EXISTS (SELECT 1 FROM journal_entry r WHERE r.reverses = e.id) AS reversed
FROM journal_line l JOIN journal_entry e ON e.id = l.entry
WHERE left(l.account, 1) = '6' AND l.account = ANY($3::text[]) AND e.booked_on BETWEEN $1 AND $2
ORDER BY e.booked_on DESC, e.id DESC
"""
_SPENT = """
SELECT date_trunc('month', booked_on::timestamp)::date AS first, account,
  sum(net_cents)::bigint AS cents
FROM daily_book WHERE left(account, 1) = '6' AND booked_on BETWEEN $1 AND $2
GROUP BY 1, 2 ORDER BY 1, 2
"""
