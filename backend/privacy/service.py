"""Use cases: the file that a person takes away, how long things are kept."""

from datetime import timedelta

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit.database import transaction
from backend.kit.limits import Limit, spend
from backend.privacy import queries
from backend.privacy.queries import Dossier

TAKEN = Limit("privacy.dossier", 20, timedelta(days=1))


async def take_dossier(by: By, person_id: int) -> Dossier:
    """Everything about the person, on record that it was taken (D1). Raises Busy after 20 a day."""
    await spend(TAKEN, str(person_id))
    async with transaction():
        await audit.note("dossier.take", by, subject_id=person_id)
        return await queries.dossier(person_id)
