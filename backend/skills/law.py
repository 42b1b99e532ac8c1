"""What mutual help may be without becoming work: signs that staff look at, never a verdict (X8).

Help between neighbours stays outside labour law and trade while it is occasional, not repeated and
not in one's own trade (undeclared work: Code du travail L8221-1 to L8221-5). Regulated acts need a
diploma or an authorisation whoever pays: health (Code de la santé publique L4161-1), legal advice
(law of 31 December 1971, art. 54), paid transport of people (Code des transports L3120-1),
hairdressing (law of 23 May 1946, art. 3), gas and electrical installations (Consuel, decree of
14 December 1972), child care for pay (Code de l'action sociale et des familles L421-1), driving
lessons (Code de la route L212-1), security (Code de la sécurité intérieure L612-20).
"""

import re
from enum import StrEnum
from itertools import pairwise

from backend.kit import text
from backend.kit.errors import N_
from backend.skills import words
from backend.skills.rules import Words


class Sign(StrEnum):
    """Why a listing waits for staff."""

    OWN_TRADE = "own_trade"
    REGULATED = "regulated"
    WEEKLY = "weekly"


NOTICES = {
    Sign.OWN_TRADE: N_("C'est votre métier : l'entraide ne peut pas remplacer un travail payé."),
    Sign.REGULATED: N_("Cet acte demande un diplôme ou une autorisation."),
    Sign.WEEKLY: N_("Un service rendu chaque semaine peut devenir un travail."),
}
# Each alone; several words of one line stand anywhere in the listing together.
_ACTS = """
piqure|injection|pansement|perfusion|vaccin|vaccination|prise sang|ordonnance|medicament
kine|kinesitherapie|osteo|osteopathe|osteopathie|chiropracteur|massage|masseur|masser|podologue
infirmier|infirmiere|medecin|dentiste|sage femme|orthophoniste|veterinaire
psy|psychologue|psychotherapie|acupuncture|tatouage|piercing
epilation|epiler|esthetique|estheticienne|manucure
coiffure|coiffeuse|coiffeur|coiffer|coiffe|coupe cheveux|couper cheveux|barbier|brushing|tresse
avocat|notaire|huissier|conseil juridique|expert comptable|comptabilite
taxi|vtc|chauffeur|transport personnes|auto ecole|lecon conduite|cours conduite|permis conduire
chaudiere|gaz|ramonage|tableau electrique|installation electrique|compteur electrique
amiante|desamiantage
assistante maternelle|nounou|nourrice|garde enfants|garder enfants|garde bebe|garder bebe
babysitting|babysitter|baby sitting|baby sitter
agent securite|vigile|gardiennage|courtier|pret argent|credit|alcool|arme
"""
_DAY = r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)s?"
_PART = r"(?: (?:matin|midi|soir|apres midi)s?)?"
_ONCE = r" prochain| \d{1,2}(?!\d| ?h)"  # of this week, or of that date
_TIME = rf"(?:{_DAY}|jours?|semaines?|week ?ends?|matins?|soirs?|midis?|apres midis?)"
_WEEKLY = re.compile(
    rf"\b(?:tous|toutes|tout|ts|tte?s?|chaques?) (?:les? )?(?:\d+ |deux |trois )?{_TIME}\b"
    r"|\bpar (?:semaine|jour)\b|(?:\b|(?<=\d))(?:fois|heures?|h|x) (?:la |a la )?semaine\b"
    rf"|\b{_TIME} sur (?:deux|trois|\d)\b"
    rf"|(?<!\bce )(?<!\bentre )\b{_DAY}{_PART} (?:et |puis )?(?:les? )?{_DAY}\b(?!{_ONCE})"
    rf"|\bhebdo\w*|\bquotidien\w*|\bregulier\w*|\bles {_DAY}\b"
)
# Beginnings of trades, then of what their work is called: a seamstress hems.
_WORK = """
cout styl tail reto modi: ourl ride reto coud cous repr bout ferm tric panta
plom: robi fuit join siph tuya sani evie cani
elec: ampo pris lamp lumi lust inte fusi
pein plat: mur endu tapi plaf chambre
menu eben char: meub etag port parq plac bois
maco carr: mur carr cime faie
meca gara: voit moto frei pneu vida
info deve prog tech: ordi inte logi appl smar wind mail virus
cuis trai pati boul rest: gate plat pain repa tart dess cuis
prof ense inst repe educ form: devo cour math fran angl lect leco dict exer
jard pays elag hort: plan haie tond pelo pota arbr tail
trad inte: trad lang lett
auxi aide mena: mena rang cour repa lave repas linge vitr
secr assi comp juri ecri: papi lett doss cour form decl cv
toil vete eleve dres: chie chat anim
musi: guit pian chan sold viol
coac spor moni entr: gym spor musc yoga fitn
livr deme chau tran: cart trans port demen traj
photo graph: photo port affi
"""
_LEET = str.maketrans("4310572", "aeiostz")
_SOUNDS = (("ph", "f"), ("k", "c"), ("q", "c"), ("y", "i"))
_ROOT, _STEM = 4, 5  # letters


def signs(listing: Words, trade: str) -> list[Sign]:
    """In the order they are told; `trade` is what the member said they do for a living, "" for none."""
    said = f"{listing.title} {listing.details}"
    heard = _heard(said)
    found = {
        Sign.OWN_TRADE: _is_its_work(said, trade),
        Sign.REGULATED: any(all(one & heard for one in phrase) for phrase in _REGULATED),
        Sign.WEEKLY: listing.weekly or _WEEKLY.search(text.fold(said)) is not None,
    }
    return [sign for sign, holds in found.items() if holds]


def _is_its_work(said: str, trade: str) -> bool:
    """Whether a word of each begins alike: a painter paints, a plumber's work is plumbing, and taps.

    It is only a sign: one too many costs staff a look, one too few the neighbour a fine.
    """
    called = {word[:_ROOT] for word in words.bare(trade)}
    begun = called.union(*(work for trades, work in _TRADES if called & trades))
    return any(word.startswith(tuple(begun)) for word in words.bare(said)) if begun else False


def _heard(said: str) -> frozenset[str]:
    """Its words and their stems as they sound, also where somebody wrote them to be overlooked:
    letter by letter, in two halves, with figures for letters, with letters too few or too many.
    """
    folded = [_without_figures(word) for word in text.fold(said).split()]
    spelt = re.findall(r"(?:\b\w )+\w\b", " ".join(folded))
    halves = [f"{one}{two}" for one, two in pairwise(folded)]
    written = [*folded, *(each.replace(" ", "") for each in spelt), *halves]
    return frozenset(_sound(way) for word in written for way in _ways(word))


def _ways(word: str) -> set[str]:
    """Itself, in the singular, and its stem where that is long enough to be no other word."""
    stems = {each for each in words.kept(word) if len(_sound(each)) >= _STEM}
    return {word, re.sub(r"[sx]$", "", word)} | stems


def _without_figures(word: str) -> str:
    return word.translate(_LEET) if re.search(r"[a-z]", word) else word


def _sound(word: str) -> str:
    for written, spoken in _SOUNDS:
        word = word.replace(written, spoken)
    return re.sub(r"(.)\1+", r"\1", word)


def _phrases(lines: str) -> tuple[tuple[frozenset[str], ...], ...]:
    """For each phrase, of each of its words the ways it is heard."""
    return tuple(
        tuple(frozenset(_sound(way) for way in _ways(word)) for word in phrase.split())
        for line in lines.split("\n")
        for phrase in line.split("|")
        if phrase
    )


_REGULATED = _phrases(_ACTS)
_TRADES = tuple(
    tuple(frozenset(side.split()) for side in line.split(":")) for line in _WORK.strip().split("\n")
)
