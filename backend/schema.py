"""Every table of the house in one place, for migrations and the drift test."""

from importlib import import_module

import sqlalchemy as sa
from piccolo.table import Table

from backend.kit import bridge
from backend.kit.rows import Row

CAPABILITIES = (
    "kit",
    "people",
    "places",
    "notifications",
    "audit",
    "identity",
    "billing",
    "membership",
    "merchants",
    "offers",
    "vouchers",
    "insurance",
    "lending",
    "campaigns",
    "privacy",
    "insight",
)
# Rows nobody changes or deletes: the app role may only INSERT and SELECT (DESIGN, 4).
APPEND_ONLY = (
    "audit_entry",
    "payment",
    "journal_entry",
    "journal_line",
    "receipt",
    "invoice",
    "issued_paper",
    "offer_version",
    "redemption",
    "reversal",
    "refused_attempt",
    "way_switch",
    "bank_account",
    "text_agreed",
    "drawer_deposit",
    "cheque_deposit",
    "cheque",
    "deposited_cheque",
    "consent",
    "erasure",
    "certificate_consent",
    "retention_run",
    "target",
    "closed_month",
    "shop_freedom",
    "unmet_wish",
)


def tables() -> list[type[Table]]:
    """Every table class, in the order of the layers."""
    found: list[type[Table]] = []
    for name in CAPABILITIES:
        module = import_module(f"backend.{name}.tables")
        found += [
            value
            for value in vars(module).values()
            if isinstance(value, type)
            and issubclass(value, Row)
            and value is not Row
            and value.__module__ == module.__name__
        ]
    return found


def metadata() -> sa.MetaData:
    return bridge.metadata(tables())
