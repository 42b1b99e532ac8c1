"""The club's name and address as they head a paper today."""

from typing import Any

from backend.kit.database import fetch_one


async def club() -> dict[str, Any]:
    row = await fetch_one("SELECT name, street, postcode, town, rna, siret, logo FROM club")
    if row is None:
        return {"name": "Palier", "lines": []}
    numbers = [f"RNA {row['rna']}"] if row["rna"] else []
    numbers += [f"SIRET {row['siret']}"] if row["siret"] else []
    town = f"{row['postcode']} {row['town']}"
    picture = {"logo": row["logo"]} if row["logo"] else {}
    return {
        "name": row["name"],
        "lines": lines(row["street"], town, " · ".join(numbers)),
        **picture,
    }


def lines(*said: str) -> list[str]:
    """Those that say something."""
    return [line.strip() for line in said if line.strip()]
