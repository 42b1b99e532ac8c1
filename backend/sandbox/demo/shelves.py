"""What the demo club lends: tools, appliances and toys; its books stand in titles.py.

A line is a name, how many there are, and what comes with it.
"""

from typing import NamedTuple


class Stock(NamedTuple):
    """So many copies of one thing; `pieces` come back with it, `worth` in euros is what a new one costs."""

    name: str
    copies: int
    worth: int
    pieces: tuple[str, ...] = ()


TOOLS = (
    Stock("Perceuse à percussion", 5, 90, ("12 mèches", "mallette")),
    Stock("Visseuse sans fil", 4, 80, ("2 batteries", "chargeur")),
    Stock("Ponceuse", 3, 70, ("sac à poussière",)),
    Stock("Scie sauteuse", 3, 60, ("5 lames",)),
    Stock("Scie circulaire", 2, 110),
    Stock("Caisse à outils", 5, 50, ("marteau", "pinces", "tournevis")),
    Stock("Niveau laser", 2, 75),
    Stock("Échelle 3 m", 2, 95),
    Stock("Escabeau 5 marches", 4, 55),
    Stock("Diable", 3, 60),
    Stock("Décolleuse à papier peint", 2, 45),
    Stock("Pistolet à peinture", 2, 65, ("2 buses",)),
    Stock("Agrafeuse murale", 3, 25),
    Stock("Détecteur de métaux et de câbles", 2, 40),
    Stock("Coffret de clés à douille", 3, 55),
    Stock("Nettoyeur haute pression", 2, 130, ("lance", "tuyau")),
    Stock("Tondeuse à main", 2, 70),
    Stock("Taille-haie", 2, 90),
    Stock("Bêche et râteau", 4, 30),
    Stock("Brouette", 2, 60),
)
APPLIANCES = (
    Stock("Appareil à raclette", 6, 45, ("8 poêlons",)),
    Stock("Appareil à fondue", 3, 40, ("6 fourchettes",)),
    Stock("Crêpière", 4, 35),
    Stock("Gaufrier", 3, 40),
    Stock("Machine à pain", 2, 80),
    Stock("Robot pâtissier", 2, 150, ("fouet", "crochet")),
    Stock("Extracteur de jus", 2, 90),
    Stock("Grande marmite", 3, 45),
    Stock("Percolateur 40 tasses", 2, 85),
    Stock("Shampouineuse", 3, 180, ("2 brosses",)),
    Stock("Nettoyeur vapeur", 3, 95),
    Stock("Aspirateur eau et poussière", 2, 100),
    Stock("Machine à coudre", 4, 160, ("pédale", "boîte de pieds")),
    Stock("Ventilateur", 5, 40),
    Stock("Chauffage d'appoint", 3, 60),
    Stock("Lit bébé pliant", 3, 70, ("matelas",)),
    Stock("Vidéoprojecteur", 2, 250, ("câble", "télécommande")),
    Stock("Enceinte sans fil", 3, 90),
    Stock("Guirlande de fête", 4, 20),
    Stock("Table et deux bancs", 4, 110),
)
TOYS = (
    Stock("Jeu de quilles", 3, 35, ("9 quilles", "2 boules")),
    Stock("Mölkky", 4, 30, ("12 quilles", "lanceur")),
    Stock("Circuit de train en bois", 3, 45, ("32 rails", "4 wagons")),
    Stock("Grande boîte de briques", 4, 50),
    Stock("Jeu de dames", 3, 15),
    Stock("Jeu d'échecs", 4, 20, ("32 pièces",)),
    Stock("Jeu de petits chevaux", 3, 15),
    Stock("Loto des animaux", 4, 15),
    Stock("Puzzle 500 pièces, le port", 2, 15),
    Stock("Puzzle 48 pièces, la ferme", 3, 12),
    Stock("Marionnettes à doigts", 4, 20, ("6 marionnettes",)),
    Stock("Cuisine d'enfant", 2, 60),
    Stock("Draisienne", 4, 55),
    Stock("Trottinette", 4, 45),
    Stock("Casque d'enfant", 6, 20),
    Stock("Cerf-volant", 3, 25),
    Stock("Badminton", 4, 25, ("4 raquettes", "3 volants")),
)
