"""The partners of the demo club: invented shops, firms and associations, and what they give."""

from datetime import time
from typing import Any, NamedTuple

from backend.merchants.rules import Hours, PartnerCategory, PartnerKind
from backend.offers.rules import Delivery, LimitPer, LimitPeriod, OfferKind
from backend.sandbox.demo import export
from backend.sandbox.demo.cast import DEMO_SHOP

FOOD, HOME, TRADES, HEALTH = (
    PartnerCategory(word) for word in ("food", "home", "trades", "health")
)
MOBILITY, CULTURE, SERVICES = (
    PartnerCategory(word) for word in ("mobility", "culture", "services")
)
SHOP, FIRM, ASSOCIATION = PartnerKind.SHOP, PartnerKind.FIRM, PartnerKind.ASSOCIATION
TOWNS = (export.ORMEVAL, export.BRAYELLE, export.VERTE_CROIX)


def _week(days: range, *ranges: tuple[str, str]) -> tuple[Hours, ...]:
    return tuple(
        Hours(day, time.fromisoformat(opens), time.fromisoformat(closes))
        for day in days
        for opens, closes in ranges
    )


BAKERY = _week(range(1, 7), ("06:45", "13:00"), ("15:30", "19:30"))
STORE = _week(range(1, 6), ("09:30", "12:30"), ("14:00", "19:00"))
LATE = _week(range(7), ("08:00", "21:00"))
OFFICE = _week(range(5), ("08:00", "12:00"), ("13:30", "17:30"))
EVENINGS = _week(range(2, 7), ("14:00", "22:30"))

Deal = dict[str, Any]
CARD: Deal = {"delivery": Delivery.CARD, "limit_count": 31}
ONCE: Deal = {"limit_period": LimitPeriod.ONCE}
YEARLY: Deal = {"limit_period": LimitPeriod.YEAR, "voucher_days": 60}
WEEKLY: Deal = {"limit_period": LimitPeriod.WEEK, "voucher_days": 7}
PER_ADULT: Deal = {"limit_per": LimitPer.ADULT}


def percent(title: str, off: int, typical: int, *more: Deal, **wish: Any) -> Deal:
    return _deal(title, OfferKind.PERCENT, *more, percent=off, typical_cents=typical, **wish)


def amount(title: str, off: int, *more: Deal, **wish: Any) -> Deal:
    return _deal(title, OfferKind.AMOUNT, *more, amount_cents=off, **wish)


def fixed(title: str, price: int, public: int, *more: Deal, **wish: Any) -> Deal:
    terms = {"price_cents": price, "public_price_cents": public}
    return _deal(title, OfferKind.FIXED, *more, **terms, **wish)


def gift(title: str, worth: int, *more: Deal, **wish: Any) -> Deal:
    return _deal(title, OfferKind.GIFT, *more, public_price_cents=worth, **wish)


def _deal(title: str, kind: OfferKind, *more: Deal, **wish: Any) -> Deal:
    made: Deal = {"title": title, "kind": kind}
    for each in (*more, wish):
        made |= each
    return made


class Firm(NamedTuple):
    """A partner with its shops: one street a shop, in the towns from `town` on."""

    name: str
    kind: PartnerKind
    category: PartnerCategory
    picture: str
    town: int
    streets: tuple[str, ...]
    hours: tuple[Hours, ...]
    story: str
    deals: tuple[Deal, ...]
    cashiers: tuple[str, ...] = ()


FIRMS = (
    Firm(
        DEMO_SHOP, SHOP, FOOD, "bread", 0, ("3 rue des Vieux Fours", "22 avenue du Beau Temps"), BAKERY,
        "Yacine pétrit la nuit et ouvre à 6 h 45.",
        (
            percent("10 % sur toute la boulangerie", 10, 640, CARD),
            gift("Une baguette tradition", 130, summary="Pour deux pains achetés."),
            fixed("Le petit déjeuner du samedi", 390, 550, WEEKLY, conditions="Le samedi matin."),
        ),
        ("Yacine", "Lise", "Omar"),
    ),
    Firm(
        "L'Épicerie du Lavoir", SHOP, FOOD, "basket", 0, ("8 place des Sept Fontaines",), LATE,
        "Ouverte tous les jours, on y trouve de tout.",
        (
            amount("5 € dès 30 € d'achats", 500, conditions="Hors alcool et presse."),
            percent("5 % avec la carte", 5, 2400, CARD),
        ),
        ("Sonia", "Marc"),
    ),
    Firm(
        "Les Paniers de Zélie", ASSOCIATION, FOOD, "basket", 1, ("2 chemin de l'Alouette",), STORE,
        "Des légumes cueillis le matin même.",
        (
            fixed("Le panier de saison", 900, 1300, WEEKLY, summary="Six kilos de légumes."),
            fixed("Le panier solidaire", 500, 1300, WEEKLY, priority_district_only=True),
        ),
    ),
    Firm(
        "Boucherie Tournelune", SHOP, FOOD, "basket", 1, ("17 rue du Grand Pétrin",), STORE,
        "Trois générations derrière le même billot.",
        (percent("10 % le mercredi", 10, 2200, conditions="Le mercredi seulement."),),
    ),
    Firm(
        "La Ferme des Trois Lunes", FIRM, FOOD, "basket", 2, ("Route des Trois Lunes",), STORE,
        "Des œufs, du lait, et des ânes à caresser.",
        (gift("Six œufs", 220, stock=300, conditions="Dès 15 € d'achats."),),
    ),
    Firm(
        "Quincaillerie Clouvis", SHOP, HOME, "key", 0, ("31 avenue des Quatre Saisons",), STORE,
        "La vis qu'il vous faut, à l'unité.",
        (percent("15 % sur l'outillage", 15, 3800), percent("5 % avec la carte", 5, 1900, CARD)),
        ("Clovis",),
    ),
    Firm(
        "Literie Plumedoux", SHOP, HOME, "umbrella", 1, ("5 place du Hérisson",), STORE,
        "On s'allonge avant de choisir.",
        (amount("80 € sur un matelas", 8000, YEARLY, conditions="Dès 400 € d'achats."),),
    ),
    Firm(
        "La Deuxième Vie", ASSOCIATION, HOME, "drill", 2, ("40 rue des Pas Perdus",), STORE,
        "Une ressourcerie : meubles et appareils réparés.",
        (
            percent("30 % sur les meubles", 30, 6500, priority_district_only=True),
            percent("15 % sur tout le magasin", 15, 2800),
        ),
    ),
    Firm(
        "Plomberie Fildeau", FIRM, TRADES, "tap", 0, ("12 impasse du Hérisson",), OFFICE,
        "Une fuite ? Il passe dans la journée.",
        (fixed("Le déplacement et une heure", 5900, 8900, summary="Pièces en plus, devis avant."),),
    ),
    Firm(
        "Électricité Voltigeur", FIRM, TRADES, "drill", 1, ("9 rue de la Marelle",), OFFICE,
        "Des prises sûres et des lampes qui durent.",
        (amount("40 € sur une intervention", 4000, YEARLY, conditions="Dès 150 €."),),
    ),
    Firm(
        "Peinture Clairemur", FIRM, TRADES, "paint", 0, ("27 rue des Cerfs-Volants",), OFFICE,
        "Une pièce par jour, propre le soir.",
        (percent("12 % sur une pièce repeinte", 12, 82000, YEARLY),),
    ),
    Firm(
        "Menuiserie Copeau", FIRM, TRADES, "key", 2, ("3 chemin des Grillons",), OFFICE,
        "Étagères, placards, portes qui ferment.",
        (percent("10 % sur mesure", 10, 54000, YEARLY),),
    ),
    Firm(
        "Serrurerie Passe-Porte", FIRM, TRADES, "key", 0, ("6 rue du Carillon",), LATE,
        "Porte claquée ? Prix connu avant d'ouvrir.",
        (fixed("L'ouverture d'une porte claquée", 6900, 12000),),
    ),
    Firm(
        "Vitrerie Beaujour", FIRM, TRADES, "glasses", 1, ("15 avenue du Cadran",), OFFICE,
        "Carreaux cassés, double vitrage.",
        (percent("15 % sur un vitrage", 15, 24000, YEARLY),),
    ),
    Firm(
        "Chauffage Bonne-Bise", FIRM, TRADES, "tap", 2, ("1 rue du Beau Temps",), OFFICE,
        "L'entretien annuel sans y penser.",
        (fixed("L'entretien de chaudière", 9500, 13500, YEARLY, landlords=("logis-du-vallon",)),),
    ),
    Firm(
        "Optique Claire-Vue", SHOP, HEALTH, "glasses", 0, ("19 place des Sept Fontaines",), STORE,
        "Des lunettes bien réglées, même un an après.",
        (amount("60 € sur une monture", 6000, YEARLY, PER_ADULT),),
    ),
    Firm(
        "Audition Fine-Oreille", SHOP, HEALTH, "glasses", 1, ("4 rue de la Noria",), OFFICE,
        "Un test, un conseil, pas de promesse.",
        (gift("Le bilan et une boîte de piles", 1500, YEARLY, PER_ADULT),),
    ),
    Firm(
        "Auto-école Bel-Air", FIRM, MOBILITY, "wheel", 0, ("50 avenue des Quatre Saisons",), OFFICE,
        "Le permis, calmement.",
        (amount("100 € sur le permis", 10000, ONCE, PER_ADULT, voucher_days=90),),
    ),
    Firm(
        "Cycles Pédaline", SHOP, MOBILITY, "bike", 2, ("11 place du Palier",), STORE,
        "Réparer plutôt que jeter.",
        (
            percent("20 % sur une réparation", 20, 4500),
            fixed("La révision de printemps", 2500, 3900, YEARLY),
        ),
        ("Suzie", "Paco"),
    ),
    Firm(
        "Cinéma Le Carillon", SHOP, CULTURE, "books", 0, ("2 rue du Carillon",), EVENINGS,
        "Deux salles, et des films en version originale.",
        (
            fixed("La place à 5 €", 500, 850, PER_ADULT, limit_count=2),
            percent("10 % au bar", 10, 600, CARD),
        ),
        ("Ava", "Théo"),
    ),
    Firm(
        "Librairie La Marelle", SHOP, CULTURE, "books", 1, ("7 rue de la Marelle",), STORE,
        "Des livres neufs, et une table d'occasion.",
        (percent("5 % sur les livres", 5, 1800, CARD), gift("Un album d'occasion", 400)),
    ),
    Firm(
        "Théâtre de la Noria", ASSOCIATION, CULTURE, "books", 2, ("33 allée de la Noria",), EVENINGS,
        "Soixante places, un piano, des voisins sur scène.",
        (fixed("Une place le jeudi", 800, 1600, stock=40, summary="Quarante places par saison."),),
    ),
    Firm(
        "Laverie Bulle d'Air", SHOP, SERVICES, "laundry", 0, ("26 rue des Pas Perdus",), LATE,
        "Sept machines et un canapé.",
        (gift("Une lessive", 520), percent("10 % avec la carte", 10, 700, CARD)),
    ),
    Firm(
        "Salon Mèche Folle", SHOP, SERVICES, "sewing", 1, ("13 avenue du Beau Temps",), STORE,
        "Coupe, couleur, et des nouvelles du quartier.",
        (percent("20 % le mardi", 20, 3200, PER_ADULT, conditions="Le mardi seulement."),),
    ),
    Firm(
        "L'Aiguille d'Or", SHOP, SERVICES, "sewing", 2, ("8 allée des Mûriers",), STORE,
        "Ourlets, fermetures, rideaux.",
        (percent("15 % sur les retouches", 15, 1600, sites=("Conciergerie des Lanternes",)),),
    ),
)  # fmt: skip
