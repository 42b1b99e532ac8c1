"""Who reads the figures of the demo club for its first landlord."""

from backend.audit.service import SYSTEM
from backend.identity.service import grant_role
from backend.kit.database import fetch_value
from backend.people import service as people
from backend.people.rules import read_address
from backend.sandbox.demo.cast import REFERENT


async def employ() -> None:
    """In the open transaction. The landlord whose list came first is the larger one."""
    person_id = await people.register(REFERENT.given_name, REFERENT.family_name)
    address = read_address(REFERENT.address)
    await people.add_contact(person_id, address.channel, address.value, verified=True)
    landlord_id = await fetch_value("SELECT id FROM landlord ORDER BY id LIMIT 1")
    await grant_role(SYSTEM, person_id, REFERENT.role, landlord_id)
