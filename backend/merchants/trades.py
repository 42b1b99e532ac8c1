"""Building trades: the sub-classes of divisions 41 to 43 of the French NAF, revision 2 (Insee, 2008).

A fixed list, so that "one firm per trade" means the same thing for everybody: nobody types a trade.
"""

from typing import NamedTuple


class Trade(NamedTuple):
    """`number` is what the database knows it by; `plain` is the word people use, "" without one."""

    code: str
    label: str
    plain: str = ""

    @property
    def number(self) -> int:
        return number_of(self.code)

    @property
    def said(self) -> str:
        return f"{self.plain} ({self.label})" if self.plain else self.label


def number_of(code: str) -> int:
    """43.22A is 432201: its digits, then the place of its letter in the alphabet."""
    return int(code[:2] + code[3:5]) * 100 + ord(code[5]) - ord("A") + 1


TRADES = (
    Trade("41.10A", "Promotion immobilière de logements"),
    Trade("41.10B", "Promotion immobilière de bureaux"),
    Trade("41.10C", "Promotion immobilière d'autres bâtiments"),
    Trade("41.10D", "Supports juridiques de programmes"),
    Trade("41.20A", "Construction de maisons individuelles"),
    Trade("41.20B", "Construction d'autres bâtiments"),
    Trade("42.11Z", "Construction de routes et autoroutes"),
    Trade("42.12Z", "Construction de voies ferrées de surface et souterraines"),
    Trade("42.13A", "Construction d'ouvrages d'art"),
    Trade("42.13B", "Construction et entretien de tunnels"),
    Trade("42.21Z", "Construction de réseaux pour fluides"),
    Trade("42.22Z", "Construction de réseaux électriques et de télécommunications"),
    Trade("42.91Z", "Construction d'ouvrages maritimes et fluviaux"),
    Trade("42.99Z", "Construction d'autres ouvrages de génie civil n.c.a."),
    Trade("43.11Z", "Travaux de démolition"),
    Trade("43.12A", "Travaux de terrassement courants et travaux préparatoires"),
    Trade("43.12B", "Travaux de terrassement spécialisés ou de grande masse"),
    Trade("43.13Z", "Forages et sondages"),
    Trade("43.21A", "Travaux d'installation électrique dans tous locaux", "Électricien"),
    Trade("43.21B", "Travaux d'installation électrique sur la voie publique"),
    Trade("43.22A", "Travaux d'installation d'eau et de gaz en tous locaux", "Plombier"),
    Trade(
        "43.22B",
        "Travaux d'installation d'équipements thermiques et de climatisation",
        "Chauffagiste",
    ),
    Trade("43.29A", "Travaux d'isolation", "Isolation"),
    Trade("43.29B", "Autres travaux d'installation n.c.a."),
    Trade("43.31Z", "Travaux de plâtrerie", "Plâtrier"),
    Trade("43.32A", "Travaux de menuiserie bois et PVC", "Menuisier"),
    Trade("43.32B", "Travaux de menuiserie métallique et serrurerie", "Serrurier"),
    Trade("43.32C", "Agencement de lieux de vente"),
    Trade("43.33Z", "Travaux de revêtement des sols et des murs", "Carreleur, solier"),
    Trade("43.34Z", "Travaux de peinture et vitrerie", "Peintre, vitrier"),
    Trade("43.39Z", "Autres travaux de finition"),
    Trade("43.91A", "Travaux de charpente", "Charpentier"),
    Trade("43.91B", "Travaux de couverture par éléments", "Couvreur"),
    Trade("43.99A", "Travaux d'étanchéification", "Étanchéité"),
    Trade("43.99B", "Travaux de montage de structures métalliques"),
    Trade("43.99C", "Travaux de maçonnerie générale et gros œuvre de bâtiment", "Maçon"),
    Trade("43.99D", "Autres travaux spécialisés de construction"),
    Trade("43.99E", "Location avec opérateur de matériel de construction"),
)
BY_NUMBER = {trade.number: trade for trade in TRADES}
BY_CODE = {trade.code: trade for trade in TRADES}
