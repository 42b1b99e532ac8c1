"""What places keeps of one person: the name of who of the house applied a landlord's list."""

from backend.kit.database import fetch, within
from backend.kit.dossier import Gone


async def forget(gone: Gone) -> None:
    """Dwellings name nobody; the list of imports does."""
    within()
    await fetch(
        "UPDATE dwelling_batch SET applied_by = CASE WHEN applied_by = $1 THEN '' ELSE applied_by"
        " END, undone_by = nullif(undone_by, $1) WHERE applied_by = $1 OR undone_by = $1",
        gone.name,
    )
