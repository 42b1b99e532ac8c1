"""Words of a listing, what a search forgives, and the signs that staff look at."""

import re
import string
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.sandbox.demo.neighbours import OFFERS, REQUESTS
from backend.skills import law, rules, words
from backend.skills.errors import ContactInWords, DetailsTooLong, TitleUnreadable
from backend.skills.law import Sign
from backend.skills.rules import Category, ListingKind, Place, Review, Words

TODAY = date(2026, 11, 22)
KNOWN = "electricite couture reparer jardinage cuisine ordinateur bricolage poterie".split()  # noqa: SIM905 - a line


def listing(title: str, **said: object) -> Words:
    return Words(ListingKind.OFFER, Category.REPAIRS, title, **said)  # type: ignore[arg-type]


def test_accents_are_forgiven_when_a_word_is_searched():
    """X4: "electricite" finds "électricité"."""
    found = words.kept("Électricité et petits travaux")
    assert words.near(words.asked("electricite")[0], found)
    assert words.near(words.asked("ÉLECTRICITÉ")[0], words.kept("electricite"))


@given(st.sampled_from(KNOWN), st.data())
def test_one_slip_is_forgiven_when_a_word_is_searched(word: str, data: st.DataObject):
    """X4: a letter missing, added, changed, or two in the wrong order."""
    at = data.draw(st.integers(0, len(word) - 2))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    slips = {
        "missing": word[:at] + word[at + 1 :],
        "added": word[:at] + letter + word[at:],
        "changed": word[:at] + letter + word[at + 1 :],
        "swapped": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    }
    slip = slips[data.draw(st.sampled_from(sorted(slips)))]
    assert word in words.near(slip, words.kept(*KNOWN))
    fits = [pattern.replace("%", ".*") for pattern in [f"{slip}%", *words.patterns(slip)]]
    assert any(re.fullmatch(each, word) for each in fits), "what is not read cannot be found"
    shortest, longest = words.lengths(slip)
    assert shortest <= len(word) <= longest or word.startswith(slip)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("vlo", "vélo"),
        ("elo", "vélo"),
        ("bvélo", "vélo"),
        ("érparer", "réparer"),
        ("réparations", "réparer"),
        ("vélos", "vélo"),
        ("jardin", "jardinage"),
        ("cours", "cours"),
    ],
)
def test_endings_are_forgiven_when_a_word_is_searched(typed: str, written: str):
    assert words.near(words.asked(typed)[0], words.kept(written))


@pytest.mark.parametrize("typed", ["piano", "riz", "xyz"])
def test_nothing_is_found_when_no_word_is_near(typed: str):
    """X4: forgiving is not finding everything: "riz" is not "ris"."""
    assert words.near(typed, words.kept("Faire du pain", "Couture", "ris")) == []


def test_a_search_is_cut_when_it_is_huge():
    assert len(words.asked(" ".join(f"mot{number}" for number in range(5_000)))) == words.MOST_WORDS


@pytest.mark.parametrize(
    "said",
    [
        "Appelez le 06 12 34 56 78",
        "06.12.34-56/78",
        "0 6 1 2 3 4 5 6 7 8",
        "+33 6 12 34 56 78",
        "alice@exemple.fr",
        "alice @ exemple.fr",
        "voir www.exemple.fr",
        "https://exemple.fr/alice",
        "zéro six douze trente-quatre cinquante-six soixante-dix-huit",
        "zéro six, douze, quatre-vingt-deux, vingt et un, quatre-vingt-dix-neuf",
        "06 puis 12 puis 34 puis 56 puis 78",
        "O6 I2 34 56 78",
        "⁰⁶ ¹² ³⁴ ⁵⁶ ⁷⁸",
        "⓪⑥①②③④⑤⑥⑦⑧",
        "0️⃣6️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣",
        "0\u200b6\u200b1\u200b2\u200b3\u200b4\u200b5\u200b6\u200b7\u200b8",
        "06 ...... 12 ...... 34 ...... 56 ...... 78",
        "6 12 34 56 78",
        "0033 6 12 34 56 78",
        "+32 470 12 34 56",
        "alice arobase exemple",
        "alice arrobaze exemple point fr",
        "alice(at)exemple",
        "alice [ a ] exemple",
        "alice＠exemple",
        "alice at gmail",
        "alice chez hotmail",
        "alice exemple point com",
        "exemple . fr",
        "exemple.com",
        "wa.me/alice",
        "t.me/alice",
        "insta bobby80",
        "mon snap : bobby",
        "Snap: bobby_80, le soir",
        "Insta : bobby",
        "Instagram : bobbydanse",
        "Snapchat = bobby, le soir",
        "Telegram: bobby.",
        "Instagram : bobby.petit",
        "mon compte Instagram : bobby",
        "Mon compte sur Instagram : bobby",
        "Moi c'est Telegram : bobby",
        "Me joindre sur Snapchat : bobby",
        "Contact Discord : bobby",
        "Pseudo TikTok : bobby",
        "Je suis sur Discord: bobby, le soir",
        "TikTok : bobby2",
        "ajoutez-moi sur Telegram",
        "fb bob.petit80",
        "zérosixdouzetrentequatrecinquantesixsoixantedixhuit",
        "0six12trente4cinquantesix78",
        "06 h 12 h 34 h 56 h 78",
        "zéro six le douze le 34 le 56 le 78",
        "06h12h34h56h78",
        "06:10:25:30:45",
        "06/12/34/56/78",
        "06/12 34 56 78",
        "06/12 et 34/56 et 78",
    ],
)
def test_contact_is_refused_when_a_listing_holds_one(said: str):
    """X3: before both accept nobody's number stands in a page."""
    with pytest.raises(ContactInWords) as refused:
        rules.check_words(listing("Couture", details=said))
    assert list(refused.value.fields) == ["details"]
    with pytest.raises(ContactInWords):
        rules.check_message(said, shared=False)
    assert rules.check_message(said, shared=True) == said


# What neighbours write of hours, days, prices, sizes, addresses, and of the very networks.
ORDINARY = (
    "Aide pour WhatsApp, Facebook et Instagram sur téléphone ou tablette.",
    "J'apprends à envoyer des photos par WhatsApp ou Messenger",
    "Mon Facebook est bloqué, qui peut regarder ?",
    "Facebook : je vous montre comment bloquer quelqu'un",
    "Discord et Telegram, pour parler aux petits-enfants",
    "Installer Windows 11, Android 14 ou iOS 17, et Office 2021",
    "Instagram, puis iPhone 12 ou Galaxy S21",
    "Instagram: débutants",
    "Cours de Snapchat : explications, réglages",
    "Mes cours Instagram : débutants",
    "Mon atelier sur Telegram : gratuit.",
    "Facebook 2heures, deux fois ; WhatsApp 30minutes",
    "Telegram : gratuit.",
    "Discord : enfants, ados ou parents",
    "Instagram = photos ; Tik Tok = vidéos",
    "Atelier WhatsApp 14h30, chez moi",
    "Messenger : 2ème séance",
    "Le signal de la box est faible",
    "Le 2, le 9, le 16, le 23 et le 30 novembre",
    "le 02, le 09, le 16 et le 23",
    "Ouvert de 08 à 12 et de 14 à 18, du 24 au 28",
    "Entre 9 h et 10 h, ou entre 14 h et 15 h 30, ou à 18 h",
    "12 rue des Deux-Ponts, 80000 Amiens, bâtiment C, 3e gauche, porte 34",
    "24 bis, avenue du 11-Novembre-1918, 80090 Amiens",
    "Deux fois trente minutes, puis une heure, soixante-dix euros les dix",
    "Une étagère de 80 sur 120 sur 30, et quatre pieds de 45",
    "Pour 4 personnes : 500 g de farine, 3 œufs, 25 cl de lait, 100 g de sucre",
    "Taille 38, 40 ou 42, pointure 36 à 39, ourlet de 2 cm",
    "Vélo 26 pouces, 21 vitesses, roue de 700 par 28, pneu de 2,5",
    "Mes enfants ont 3, 5, 8 et 11 ans",
    "Maths de 6e, 5e, 4e et 3e, bac 2027, coefficient 16",
    "Bus 2 ou 7, arrêt à 250 m, 12 minutes de la gare",
    "Dix à quinze plants de tomates, trois à six de courges",
    "Loyer de 412,56 euros, charges de 87,30, reste 34",
    "Clé de 10, de 12, de 13, de 17 et de 19",
    "Deuxième, troisième ou cinquième étage, onzième ou douzième porte",
    "Six ou sept fois, un peu chaque jour ; une fois sur deux ou trois",
    "Vendu 15 € pièce, 25 € les deux, 40 € les quatre, 55 € les six, 70 € les huit",
    "1, 2, 3, soleil ! Et 4, 5, 6, cueillir des cerises",
    "Point de croix, 14 points au pouce, fil 310, 321, 498 et 816",
    "Le 12, 13, 14, 15 ou 16 décembre, à 18 h ou 20 h",
    "Ampoules E14 et E27, 40 ou 60 watts, piles AA et LR44",
    "Je peux venir les 02, 09, 16, 23 et 30 du mois",
    "Libre les 06/12, 13/12, 20/12 et 27/12",
    "Du 01/12 au 05/12, puis du 08/12 au 12/12",
    "Samedi 05/12 à 10h, dimanche 06/12 à 11h30, samedi 12/12 à 14h",
    "Mes heures : 08:10-09:20, 10:40-11:50",
)


@pytest.mark.parametrize(
    "said",
    [
        "De 9 h à 18 h, T3, 80 euros",
        "Taille 36 à 44, en 2026",
        "12/11/2026",
        "Du 01/12/2026 au 05/12/2026",
        "09:00-12:00, 14:00-18:30",
        "9h-12h 14h-18h30 le 6",
        "Tailles 36, 38, 40, 42, 44, 46, 48",
        "Un, deux, trois : on y va à quatre",
        "Gmail, Outlook : j'aide pour les adresses",
        "Fini. Me voici. Net et propre.",
        "Café chez moi, à deux ou trois",
        "3e étage, 2 pièces, 45 m2, 600 euros par mois",
        *ORDINARY,
    ],
)
def test_figures_are_kept_when_they_are_no_number(said: str):
    assert rules.check_words(listing("Couture", details=said)).details == said


def test_contact_is_refused_when_it_comes_in_two_pieces():
    """X3: half in the title, half in the text; or in one message after the other."""
    with pytest.raises(ContactInWords):
        rules.check_words(listing("Couture 06 12 34", details="56 78, le soir"))
    with pytest.raises(ContactInWords):
        rules.check_message("56 78", shared=False, before=["Bonjour", "06 12 34"])
    shown = ["06 12 34 56 78"]  # said while both showed theirs
    assert rules.check_message("À samedi", shared=False, before=shown) == "À samedi"


@pytest.mark.parametrize(
    ("title", "details", "refusal"),
    [
        ("", "", TitleUnreadable),
        (" !? ", "", TitleUnreadable),
        ("x" * 81, "", TitleUnreadable),
        ("Couture", "x" * 1_001, DetailsTooLong),
    ],
)
def test_words_are_refused_when_they_are_empty_or_too_long(
    title: str, details: str, refusal: type[Exception]
):
    with pytest.raises(refusal):
        rules.check_words(listing(title, details=details))


@pytest.mark.parametrize(
    ("title", "details", "trade", "signs"),
    [
        ("Je répare les vélos", "", "", []),
        ("Garder un enfant une heure", "", "", [Sign.REGULATED]),
        ("Aide aux devoirs", "", "", []),
        ("Coupe de cheveux", "chez moi", "", [Sign.REGULATED]),
        ("Poser un tableau électrique", "", "", [Sign.REGULATED]),
        ("Changer une ampoule", "", "", []),
        ("Ménage", "chaque semaine", "", [Sign.WEEKLY]),
        ("Ménage", "le lundi, toutes les semaines", "", [Sign.WEEKLY]),
        ("Peindre une chambre", "", "peintre en bâtiment", [Sign.OWN_TRADE]),
        ("Peinture à l'huile", "", "électricien", []),
        ("Plomberie", "Réparer une fuite", "plombier", [Sign.OWN_TRADE]),
        ("Une fuite, un joint", "", "plombière", [Sign.OWN_TRADE]),
        ("Mixer une soirée", "DJ amateur", "DJ", [Sign.OWN_TRADE]),
        ("Une prise à changer", "", "Électricien", [Sign.OWN_TRADE]),
        ("Étagère à poser", "", "Électricien", []),
        ("MASSAGES du dos", "", "", [Sign.REGULATED]),
        ("Masage du dos", "", "", [Sign.REGULATED]),
        ("m a s s a g e", "", "", [Sign.REGULATED]),
        ("m.a.s.s.a.g.e.s relaxants", "", "", [Sign.REGULATED]),
        ("M4ss4ge", "", "", [Sign.REGULATED]),
        ("mas-sage", "", "", [Sign.REGULATED]),
        ("Je koiffe", "koiffure à la maison", "", [Sign.REGULATED]),
        ("Pikures à domicile", "", "", [Sign.REGULATED]),
        ("Tresses pour enfants", "", "", [Sign.REGULATED]),
        ("Baby-sitting le soir", "", "", [Sign.REGULATED]),
        ("Je garde votre bébé", "", "", [Sign.REGULATED]),
        ("Infirmières à la retraite", "", "", [Sign.REGULATED]),
        ("Écrire un message, un courrier", "", "", []),
        ("Un ordinateur très lent, un cas", "", "", []),
        ("Je coiffe les dames", "", "", [Sign.REGULATED]),
        ("Courses", "tous les lundi", "", [Sign.WEEKLY]),
        ("Courses", "1 fois par semaine", "", [Sign.WEEKLY]),
        ("Ménage 2x/semaine", "", "", [Sign.WEEKLY]),
        ("Ménage", "2h la semaine", "", [Sign.WEEKLY]),
        ("Courses", "un mardi sur deux", "", [Sign.WEEKLY]),
        ("Courses", "2 h / semaine, les mardis", "", [Sign.WEEKLY]),
        ("Courses", "ttes les semaines", "", [Sign.WEEKLY]),
        ("Courses", "chaque matin", "", [Sign.WEEKLY]),
        ("Courses", "le mardi et le jeudi", "", [Sign.WEEKLY]),
        ("Courses", "mardi et jeudi, 14 h", "", [Sign.WEEKLY]),
        ("Courses", "mardi et jeudi 14h", "", [Sign.WEEKLY]),
        ("Courses", "samedi et dimanche prochains", "", []),
        ("Courses", "samedi et dimanche 12, ou ce samedi et dimanche", "", []),
        ("Courses", "un jour entre lundi et mercredi", "", []),
        ("Courses", "lundi, mercredi", "", [Sign.WEEKLY]),
        ("Ménage", "lundi matin et jeudi soir", "", [Sign.WEEKLY]),
        ("Courses", "lundi ou mardi, une fois", "", []),
        ("Courses", "le mardi 24 et le jeudi 26", "", []),
        ("Courses", "un samedi, la semaine qui vient", "", []),
        ("Marché", "le samedi", "", []),
        ("Garder mon chat une semaine", "", "", []),
    ],
)
def test_signs_are_told_when_help_may_be_work(
    title: str, details: str, trade: str, signs: list[Sign]
):
    """X8: own trade, regulated acts, repeated every week."""
    assert law.signs(listing(title, details=details), trade) == signs


def test_nobody_waits_for_staff_when_the_help_is_of_every_day():
    """X8: of the listings of a whole club none is looked at in vain."""
    titles = [each for side in (OFFERS, REQUESTS) for group in side.values() for each in group]
    assert [title for title in titles if law.signs(listing(title), "")] == []


def test_weekly_is_a_sign_when_it_is_ticked():
    """X8."""
    assert law.signs(listing("Courses", weekly=True), "") == [Sign.WEEKLY]


def test_a_listing_is_shown_until_its_last_day_when_it_is_published():
    """X2: an expired one never appears."""
    shown = [
        rules.is_listed(Review.FREE, TODAY, None, TODAY),
        rules.is_listed(Review.ALLOWED, TODAY, None, TODAY),
    ]
    hidden = [
        rules.is_listed(Review.FREE, date(2026, 11, 21), None, TODAY),
        rules.is_listed(Review.WAITING, TODAY, None, TODAY),
        rules.is_listed(Review.REFUSED, TODAY, None, TODAY),
        rules.is_listed(Review.FREE, TODAY, datetime(2026, 11, 22, tzinfo=UTC), TODAY),
    ]
    assert (shown, hidden) == ([True] * 2, [False] * 4)


@pytest.mark.parametrize(
    ("offer", "request_", "meet"),
    [
        (Place.ANYWHERE, Place.AT_DESK, True),
        (Place.AT_MINE, Place.AT_THEIRS, True),
        (Place.AT_MINE, Place.AT_MINE, False),
        (Place.AT_DESK, Place.AT_DESK, True),
        (Place.AT_DESK, Place.AT_THEIRS, False),
    ],
)
def test_places_meet_when_one_comes_to_the_other(offer: Place, request_: Place, meet: bool):
    """X5."""
    assert rules.places_meet(offer, request_) is meet


@pytest.mark.parametrize(
    ("balance", "change", "passes"),
    [(0, 1200, False), (0, 1215, True), (-1200, -15, True), (1300, 15, True), (1300, -15, False)],
)
def test_a_limit_holds_outwards_only_when_hours_move(balance: int, change: int, passes: bool):
    """X7: whoever is past a lowered limit may come back."""
    assert rules.passes_limit(balance, change, 1200) is passes
