"""Days of a household that has ended, for whoever of its last people comes back (M5).

Paid days belong to the household that paid them: who leaves one that goes on takes none along; those
of one that has ended, and that nobody else has had, go to the first of its last people to come back.
"""

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit.database import fetch_one, within
from backend.kit.errors import N_
from backend.membership import former, queries
from backend.membership.service.joining import Joined
from backend.membership.service.periods import carry_days, lock_household
from backend.notifications import service as notifications
from backend.people.errors import PersonMissing


async def lock_left(person_id: int) -> list[int]:
    """Ended households that this person was in to the end, held until the commit, and so is the person.

    Raises PersonMissing for who was erased while it waited.
    """
    within()
    found = await former.left_behind(person_id)
    for household_id in found:
        await lock_household(household_id)
    here = "SELECT 1 FROM person WHERE id = $1 AND erased_at IS NULL FOR SHARE"
    if await fetch_one(here, person_id) is None:
        raise PersonMissing
    return found


async def bring_days(by: By, left: list[int], joined: Joined) -> None:
    """What is left of those goes on in the household that this person has founded now."""
    within()
    home = await queries.household_by_id(joined.household_id)
    for household_id in left:
        before = await queries.household_by_id(household_id)
        span = await carry_days(before, home)
        if span is not None:
            await audit.note(
                "days_brought",
                by,
                subject_id=joined.person_id,
                object_kind="household",
                object_id=joined.household_public_id,
                was=before.public_id,
                until=span.end,
            )
            what = N_("Vos jours déjà payés continuent dans votre nouveau foyer.")
            await notifications.tell_act(by, joined.person_id, what)
