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
    "skills",
    "orders",
    "activities",
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
    "certificate_count",
    "retention_run",
    "target",
    "closed_month",
    "closed_report",
    "shop_freedom",
    "unmet_wish",
    "lending_entry",
    "hours_move",
    "seat_payment",
    "ticket_payment",
)
# What a trigger alone writes: the app role may only look.
BY_TRIGGER = ("hours_account", "register_entry", "ticket_move")


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
            and value.__module__.startswith(f"backend.{name}.")
        ]
    return found


def metadata() -> sa.MetaData:
    return bridge.metadata(tables())
