"""A slow machine is no refusal: what waits for a lock in a test waits for another's end, never for a clock."""

from collections.abc import Callable
from typing import Any

from backend.kit import database

SECONDS = 30


def be_patient(put: Callable[[Any, str, object], None] = setattr) -> None:
    """Before a pool is opened, by the tests and by each process of theirs that waits for others."""
    put(database, "ACQUIRE_SECONDS", float(SECONDS))
    put(database, "COMMAND_SECONDS", float(3 * SECONDS))
    waits = {"lock_timeout": f"{SECONDS}s", "statement_timeout": f"{2 * SECONDS}s"}
    put(database, "SERVER_SETTINGS", database.SERVER_SETTINGS | waits)
