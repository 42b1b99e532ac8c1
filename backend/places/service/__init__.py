"""What the club decides about places: landlords' lists, its own name and texts, its sites."""

from backend.places.dwellings import Progress
from backend.places.rules import Outcome
from backend.places.service.closures import (
    ClosureWish,
    ExtraWish,
    add_extra,
    close_days,
    open_days_again,
    take_back_extra,
)
from backend.places.service.club import (
    ClubWish,
    SenderWish,
    remove_logo,
    save_club,
    save_senders,
    set_logo,
)
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
    before_close,
    change_residence,
    change_site,
    close_site,
    open_site,
    place_residences,
    rename_landlord,
    reopen_site,
    set_closed,
    set_site,
    stays_open,
)
from backend.places.service.texts import publish_text

__all__ = [
    "ClosureWish",
    "ClubWish",
    "ExtraWish",
    "Outcome",
    "Progress",
    "ResidenceWish",
    "SenderWish",
    "SiteWish",
    "Wish",
    "add_extra",
    "apply_draft",
    "before_close",
    "change_residence",
    "change_site",
    "close_days",
    "close_site",
    "draft_import",
    "import_dwellings",
    "look_at_draft",
    "open_days_again",
    "open_site",
    "place_residences",
    "publish_text",
    "remove_logo",
    "rename_landlord",
    "reopen_site",
    "save_club",
    "save_senders",
    "set_closed",
    "set_logo",
    "set_site",
    "stays_open",
    "take_back_extra",
    "undo_import",
]
