"""The trace of what is done with a household's money."""

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit.database import within
from backend.membership.queries import Household


async def note(by: By, household: Household, verb: str, **facts: object) -> None:
    """In the file of who hears of it."""
    within()
    told = household.told
    await audit.note(
        verb,
        by,
        subject_id=None if told is None else told.person_id,
        object_kind="household",
        object_id=household.public_id,
        **facts,
    )
