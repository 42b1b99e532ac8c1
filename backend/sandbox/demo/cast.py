"""Who a newcomer can be, and how they come in."""

from typing import NamedTuple

from backend.billing.rules import PayWay
from backend.identity.rules import Role
from backend.membership.rules import Category
from backend.sandbox.demo import export
from backend.settings import Settings

# One secret for all the staff of a demo, in an application or by the page /demo. Base 32 (RFC 4648).
SECOND_FACTOR = "PALIERDEMO234567PALIERDEMO234567"
DEMO_SHOP = "Le Fournil des Carreaux"
DEMO_TILL = "Caisse de démonstration"


class Kin(NamedTuple):
    given_name: str
    family_name: str
    age: int


class Star(NamedTuple):
    """Somebody with a household, told instead of rolled. `stops`: the last period is not renewed."""

    words: str
    given_name: str
    family_name: str
    age: int
    address: str | None
    household: str
    way: PayWay
    joined_ago: int
    kin: tuple[Kin, ...] = ()
    stops: bool = False
    busy: bool = False
    category: Category = Category.TENANT

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"


class Employee(NamedTuple):
    words: str
    given_name: str
    family_name: str
    address: str
    role: Role

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"


STARS = (
    Star(
        "locataire, à jour, avec des bons", "Samira", "Belkacem", 38, "samira@example.org",
        "ORM-4488", PayWay.ONLINE, 345, busy=True,
        kin=(Kin("Mehdi", "Belkacem", 41), Kin("Lina", "Belkacem", 11), Kin("Adam", "Belkacem", 7)),
    ),
    Star(
        "locataire qui paie chaque mois, par SMS", "Awa", "Diabaté", 29, "06 39 98 01 02",
        "ORM-2051", PayWay.MONTHLY, 160, kin=(Kin("Moussa", "Diabaté", 3),),
    ),
    Star(
        "adhésion finie depuis trois mois", "Bruno", "Tellier", 52, "bruno@example.org",
        "ORM-7316", PayWay.CHEQUE, 460, stops=True,
    ),
    Star(
        "voisine, pas locataire", "Inès", "Ferrand", 33, "voisine@example.org",
        "VOI-1203", PayWay.ONLINE, 40, category=Category.NEIGHBOUR,
    ),
    Star(
        "sans téléphone ni e-mail, carte papier", "Odette", "Marchal", 81, None,
        "ORM-0917", PayWay.CASH, 300, busy=True,
    ),
    Star(
        "boulanger, et locataire aussi", "Yacine", "Amrani", 44, "boulanger@example.org",
        "ORM-5590", PayWay.TRANSFER, 330, kin=(Kin("Nour", "Amrani", 15),),
    ),
)  # fmt: skip
MERCHANT = STARS[5]
STAFF = (
    Employee("comptoir", "Nadia", "Kessaci", "comptoir@example.org", Role.DESK),
    Employee("responsable du club", "Claire", "Montagne", "responsable@example.org", Role.MANAGER),
    Employee("trésorier", "Henri", "Vasseur", "tresorier@example.org", Role.TREASURER),
    Employee("administratrice", "Lucie", "Arnaud", "admin@example.org", Role.ADMIN),
)

AGENT = Employee(
    "agente du courtier en assurance", "Sylvie", "Parapluie", "assureur@example.org", Role.INSURER
)
REFERENT = Employee(
    "référente d'un bailleur", "Odile", "Mansard", "bailleur@example.org", Role.REFERENT
)


class Invitation(NamedTuple):
    """A dwelling nobody has joined for yet: what a newcomer types to join."""

    contract: str
    postcode: str
    rooms: int


def invitation() -> Invitation:
    line = export.free_line(export.ESTATES[0])
    return Invitation(line["NUM_CONTRAT"], line["CODE_POSTAL"], int(line["NB_PIECES"][1:]))


def introduction(settings: Settings) -> str:
    """The demo people and their doors, for a terminal."""
    base, free = settings.base_url, invitation()
    members = [
        f"    {star.address or '(au comptoir)':<26}{star.name}, {star.words}" for star in STARS
    ]
    staff = [f"    {one.address:<26}{one.name}, {one.words}" for one in STAFF]
    lines = [
        "  Le Club de l'Orme est un club inventé. Aucun message ne part, aucun argent ne bouge.",
        f"  Tout est expliqué ici : {base}/demo",
        "",
        f"  Adhérents         {base}/connexion",
        *members,
        f"  Équipe            {base}/connexion/equipe   (second code : {base}/demo)",
        *staff,
        f"  Assureur          {base}/connexion/partenaire",
        f"    {AGENT.address:<26}{AGENT.name}, {AGENT.words}",
        f"    {REFERENT.address:<26}{REFERENT.name}, {REFERENT.words}",
        f"  Caisse            {base}/demo ouvre celle d'une boulangerie",
        "",
        f"  Les codes de connexion arrivent dans {base}/demo/courrier",
        f"  Pour adhérer : contrat {free.contract}, code postal {free.postcode}, {free.rooms} pièces",
    ]
    return "\n".join(lines) + "\n"
