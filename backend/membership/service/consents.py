"""Which messages somebody wants: said by themselves, or written down at the desk (N1)."""

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit.database import transaction, within
from backend.kit.errors import N_
from backend.notifications import service as notifications
from backend.people import service as people
from backend.people.consents import NEWEST
from backend.people.rules import CHOSEN, Choice, Medium, Source, Subject

Wanted = frozenset[tuple[Subject, Medium]]


async def choose_messages(
    by: By, person_id: int, wanted: Wanted, source: Source, text_version: str = NEWEST
) -> int:
    """`wanted` is all that is ticked; what is not is a no. Gives how many answers changed."""
    asked = [
        Choice(subject, medium, (subject, medium) in wanted)
        for subject in CHOSEN
        for medium in Medium
    ]
    async with transaction():
        return await note_choices(by, person_id, asked, source, text_version)


async def note_choices(
    by: By, person_id: int, asked: list[Choice], source: Source, text_version: str
) -> int:
    """A contribution; gives how many answers changed. Staff leave a trace of both names (D6)."""
    within()
    for_another = None if by.id == person_id else by.id
    changed = await people.record_choices(person_id, asked, source, for_another, text_version)
    if changed:
        await audit.note(
            "consent.choose",
            by,
            subject_id=person_id,
            source=source.value,
            given=sum(each.given for each in changed),
            withdrawn=sum(not each.given for each in changed),
        )
        await notifications.tell_act(by, person_id, N_("Vos choix de messages sont notés."))
    return len(changed)
