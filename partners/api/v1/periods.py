"""Instants as a till says them: from when to when a list goes, when a device did something."""

from datetime import datetime, timedelta

from backend.kit import clock
from backend.kit.errors import N_, Invalid

EARLIEST, LATEST = 2000, 2100
WRONG = N_("Écrivez un instant avec son fuseau.")


def check(name: str, instant: datetime | None) -> datetime | None:
    """The instant itself. Raises Invalid for one without a zone, or that PostgreSQL cannot hold."""
    if instant is not None and not _is_sane(instant):
        raise Invalid({name: WRONG})
    return instant


def read(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """Today up to now where nothing is said. Raises Invalid for what is no instant of this century."""
    start = clock.start_of_day(clock.today()) if since is None else since
    end = clock.now() + timedelta(seconds=1) if until is None else until
    wrong = [name for name, at in (("from", start), ("to", end)) if not _is_sane(at)]
    if wrong:
        raise Invalid(dict.fromkeys(wrong, WRONG))
    return start, end


def _is_sane(instant: datetime) -> bool:
    return instant.tzinfo is not None and EARLIEST <= instant.year <= LATEST
