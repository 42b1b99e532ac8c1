"""The club, its landlords and sites, as screens read them."""

from backend.kit.database import fetch_value


async def club_name() -> str:
    """The club's name; before one is set up, the software's."""
    name: str | None = await fetch_value("SELECT name FROM club")
    return name or "Palier"
