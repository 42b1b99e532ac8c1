"""staff and till: giving people and devices their way in."""

import click
import msgspec

from backend.audit.service import SYSTEM
from backend.identity import service as identity
from backend.identity.rules import Role
from backend.merchants import queries as merchants
from backend.merchants import service as tills
from backend.merchants.errors import ShopUnknown
from web.commands import base

ROLES = (Role.DESK, Role.TREASURER, Role.MANAGER, Role.ADMIN)


@click.group()
def staff() -> None:
    """L'équipe du club."""


@staff.command("create")
@click.option("--given-name", required=True, help="Prénom.")
@click.option("--family-name", required=True, help="Nom.")
@click.option("--email", required=True)
@click.option("--role", type=click.Choice([role.value for role in ROLES]), required=True)
def create(given_name: str, family_name: str, email: str, role: str) -> None:
    """Crée un compte d'équipe. Donnez-lui ensuite un lien avec `staff login-link`."""
    with base.database_of(base.load()) as urls:
        work = identity.create_staff(given_name, family_name, email, Role(role), by=SYSTEM)
        base.run(work, urls.app)
    click.echo(f"{given_name} {family_name} : {role}.")


@staff.command("login-link")
@click.option("--email", required=True)
def login_link(email: str) -> None:
    """Imprime un lien qui ouvre une seule fois, pour une première connexion ou un facteur perdu."""
    settings = base.load()
    with base.database_of(settings) as urls:
        path = base.run(identity.login_link(email, by=SYSTEM), urls.app)
    click.echo(f"{settings.base_url}{path}")


@click.group()
def till() -> None:
    """Les caisses des commerces."""


@till.command("enrol")
@click.option("--shop", required=True, help="Nom court de la boutique.")
@click.option("--name", required=True, help="Nom de la caisse.")
@click.option("--json", "as_json", is_flag=True, help="Pour un programme.")
def enrol(shop: str, name: str, as_json: bool) -> None:
    """Crée une caisse : un lien à ouvrir une fois sur son téléphone, et un jeton pour l'API."""
    settings = base.load()
    with base.database_of(settings) as urls:
        made = base.run(_make(shop, name), urls.app)
    address = f"{settings.base_url}/caisse/inscription/{made.enrol_code}"
    facts = {
        "id": made.public_id,
        "shop": shop,
        "name": name,
        "token": made.token,
        "enrol_url": address,
        "expires_at": made.enrol_until,
    }
    if as_json:
        click.echo(msgspec.json.encode(facts))
        return
    click.echo(f"Caisse « {name} ». Ouvrez ce lien une fois sur le téléphone :\n  {address}")
    click.echo(f"Jeton pour l'API, montré une seule fois :\n  {made.token}")


async def _make(shop: str, name: str) -> tills.NewTill:
    found = await merchants.find_shop(shop)
    if found is None:
        raise ShopUnknown
    return await tills.make_till(SYSTEM, found.id, name)


COMMANDS = (staff, till)
