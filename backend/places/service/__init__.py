"""What the club decides about places: landlords' lists, its own name and texts, its sites."""

from backend.places.dwellings import Progress
from backend.places.service.lists import (
    Outcome,
    Wish,
    apply_draft,
    draft_import,
    import_dwellings,
    look_at_draft,
    undo_import,
)

__all__ = [
    "Outcome",
    "Progress",
    "Wish",
    "apply_draft",
    "draft_import",
    "import_dwellings",
    "look_at_draft",
    "undo_import",
]
