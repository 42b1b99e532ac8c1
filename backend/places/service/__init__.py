"""What the club decides about places: landlords' lists, its own name and texts, its sites."""

from backend.places.dwellings import Progress
from backend.places.rules import Outcome
from backend.places.service.club import ClubWish, publish_text, save_club
from backend.places.service.lists import (
    Wish,
    apply_draft,
    draft_import,
    import_dwellings,
    look_at_draft,
    undo_import,
)
from backend.places.service.sites import (
    ResidenceWish,
    SiteWish,
    change_residence,
    change_site,
    close_site,
    open_site,
    place_residences,
    rename_landlord,
    reopen_site,
)

__all__ = [
    "ClubWish",
    "Outcome",
    "Progress",
    "ResidenceWish",
    "SiteWish",
    "Wish",
    "apply_draft",
    "change_residence",
    "change_site",
    "close_site",
    "draft_import",
    "import_dwellings",
    "look_at_draft",
    "open_site",
    "place_residences",
    "publish_text",
    "rename_landlord",
    "reopen_site",
    "save_club",
    "undo_import",
]
