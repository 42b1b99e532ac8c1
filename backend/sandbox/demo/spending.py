"""What the demo club spent this year and last, and the sums its treasurer set (the true ones: 24,000 euros)."""

from datetime import date, timedelta

from backend.audit.service import SYSTEM
from backend.billing import costs
from backend.billing.costs import CostWish
from backend.billing.rules import Account
from backend.insight import budget
from backend.insight.rules import TargetKind
from backend.kit import clock

BUDGET_CENTS = 24_000_00
# Each month: the day, what, on which account, how much.
MONTHLY = (
    (3, "Loyer du local", Account.RENT, 420_00),
    (8, "Téléphone et internet", Account.POST, 46_90),
    (12, "Fournitures de l'atelier", Account.PURCHASES, 138_50),
    (20, "Animatrice, heures du mois", Account.WAGES, 780_00),
    (27, "Frais de tenue de compte", Account.BANK_CHARGES, 7_20),
)
# Once a year: the month, the day, what, on which account, how much.
YEARLY = (
    (1, 15, "Assurance du local et des prêts", Account.INSURANCE, 612_00),
    (3, 10, "Affiches et dépliants", Account.PUBLICITY, 384_00),
    (5, 24, "Fête des voisins", Account.PUBLICITY, 455_30),
    (6, 18, "Réparation d'une perceuse", Account.UPKEEP, 89_00),
    (9, 5, "Forum des associations", Account.TRAVEL, 64_80),
    (10, 2, "Livres pour la bibliothèque", Account.PURCHASES, 210_00),
)


async def spend() -> None:
    """Each line has its key: a start that was interrupted books none of them twice."""
    today = clock.today()
    for year in (today.year - 1, today.year):
        await budget.set_target(SYSTEM, TargetKind.BUDGET, year, BUDGET_CENTS)
        for month in range(1, 13):
            for at, line in enumerate(MONTHLY):
                await _pay(date(year, month, line[0]), *line[1:], f"demo {year} {month} {at}")
        for at, once in enumerate(YEARLY):
            await _pay(date(year, *once[:2]), *once[2:], f"demo {year} {at}")


async def _pay(on: date, label: str, account: Account, cents: int, key: str) -> None:
    if on > clock.today() - timedelta(days=1):
        return
    wish = CostWish(on=on, label=label, account=account.value, amount_cents=cents, key=key)
    await costs.enter(SYSTEM, wish)
