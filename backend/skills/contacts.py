"""Whether words hold a way round the club: a telephone number, an e-mail, a link, however disguised (X3).

It catches who does not know better and who tries a little. Who hides a number in a riddle is for the
report button: a rule that refused riddles would refuse neighbours.
"""

import re
import unicodedata
from collections import Counter

import phonenumbers

from backend.kit import text

_PROVIDERS = "gmail|hotmail|outlook|yahoo|laposte|orange|wanadoo|icloud|proton|protonmail"
_ELSEWHERE = re.compile(
    r"@|\barr?oba[sz]e?\b|\bhttps?\b|\bwww\b"
    r"|[(\[{<]\s*(?:a|at|chez)\s*[)\]}>]"
    r"|\w\s?\.\s?(?:fr|com|org)\b|\w\.(?:net|eu|me|io|info|be|ch|app)\b|\w\.[a-z]{2,6}/\w"
    r"|\b(?:point|dot)\s(?:fr|com|net|org|eu)\b"
    rf"|\b(?:chez|at)\s(?:{_PROVIDERS})\b"
)
# A name elsewhere: a lone word after a colon, one with figures that count nothing, or a call to come
# there. "Instagram : débutants" is a course: what courses are said to be for is nobody's name.
_NETWORK = (
    r"(?:insta(?:gram)?|snap(?:chat)?|tik ?tok|telegram|whats ?app|messenger|facebook|fb|discord)"
)
_NAMED = r"(?:insta(?:gram)?|snap(?:chat)?|tik ?tok|telegram|discord)"
_COURSE = (
    r"(?:debutante?s?|initiation|bases?|niveaux?|gratuit\w*|cours|ateliers?|stages?|decouverte|aide"
    r"|photos?|videos?|messages?|stories|reglages?|securite|astuces|questions|explications?"
    r"|enfants|ados|jeunes|adultes|seniors|parents|familles?|tous|toutes|oui|non)\b"
)
_HANDLE = re.compile(
    rf"\b{_NAMED}\s*[:=]\s*(?!{_COURSE})[\w.-]+\s*(?:$|[,;.!)\n])"
    rf"|\b{_NETWORK}\s*[:=]\s*(?!{_COURSE})[a-z]\w*\.\w"
    rf"|\b{_NETWORK}\s*(?:[:=>-]|c'?est)?\s*(?!\d+(?:h|heures?|mn|min|minutes?|e|er|ere|eme|ans?|jours?|fois|euros?)\d*\b)"
    r"(?=[\w.]*[a-z])(?=[\w.]*[\d_])[\w.]{4,}"
    rf"|\b(?:ajout|contact|ecri|cherch|trouv|rejoi)\w*[- ]moi\s(?:sur|par|via)\s{_NETWORK}\b"
)
# Hours by five minutes, whole dates, and days of the year where no other figure follows: no number,
# though they begin like one.
_DAY = r"(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])(?!\d)"
_WHEN = re.compile(
    r"(?<!:)\b\d{1,2}\s?[:h]\s?[0-5][05]\b(?!:)|\b[0-3]?\d[/.-][01]?\d[/.-]20\d\d\b"
    rf"|(?<![\d/]){_DAY}(?:[\s,;]+(?:(?:et|ou|puis|le|au|du|à)\s+)*{_DAY})*+"
    r"(?!(?:\W|et|puis|point|tiret|espace|slash|x)*\d)",
    re.IGNORECASE,
)
_UNITS = "zero un deux trois quatre cinq six sept huit neuf".split()  # noqa: SIM905 - a line
_TEENS = "dix onze douze treize quatorze quinze seize".split()  # noqa: SIM905 - a line
_TENS = {"vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60}
_NUMBERS = (
    {word: value for value, word in enumerate(_UNITS)}
    | {word: 10 + value for value, word in enumerate(_TEENS)}
    | _TENS
    | {"une": 1}
)
_GLUED = re.compile(rf"(?:{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})")
# Said between the pairs of a number; any other word ends it.
_BETWEEN = frozenset(["et", "puis", "point", "tiret", "espace", "slash", "x"])
_LIKE_DIGITS = str.maketrans("oil", "011")
_FRENCH = re.compile(r"0[1-9]\d{8}|(?:00)?33[1-9]\d{8}")
_WITHOUT_ZERO = re.compile(r"[67]\d{8}")
_LONG, _PAIRS = 9, 5
_SHORT, _LAST_DAY = 6, 31


def has_contact(said: str) -> bool:
    """The club passes words on, not those."""
    plain = _plain(said)
    unaccented = _unaccented(plain)
    if _ELSEWHERE.search(unaccented) or _HANDLE.search(unaccented):
        return True
    timeless = _WHEN.sub(" heure ", plain)
    if any(phonenumbers.PhoneNumberMatcher(timeless, "FR")):
        return True
    folded = text.fold(timeless)
    return any(map(_is_number, _runs(folded))) or _is_split(folded)


def _plain(said: str) -> str:
    """Small, circled and wide figures are figures; what nobody sees is gone."""
    composed = unicodedata.normalize("NFKC", said)
    return "".join(c for c in composed if unicodedata.category(c) != "Cf")


def _unaccented(said: str) -> str:
    apart = unicodedata.normalize("NFKD", said.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


def _is_split(folded: str) -> bool:
    """Whether one word said again and again stands between the pairs of a number: "06 h 12 h 34 h ..."."""
    said = Counter(word for word in _words(folded) if word.isalpha() and len(word) <= _SHORT)
    again = (word for word, times in said.items() if times >= _PAIRS - 1)
    return any(_is_number(run) for word in again for run in _runs(folded, _BETWEEN | {word}))


def _are_days(run: list[str]) -> bool:
    """Days of a month one after the other: "le 02, le 09, le 16, le 23 et le 30"."""
    days = [int(part) for part in run]
    return days == sorted(set(days)) and max(days, default=0) <= _LAST_DAY


def _runs(folded: str, between: frozenset[str] = _BETWEEN) -> list[list[str]]:
    """What stands together as figures, in digits or in words, each part as digits."""
    runs: list[list[str]] = [[]]
    tens = False
    for word in _words(folded):
        if word.isdecimal():
            runs[-1].append(word)
            tens = False
        elif (value := _NUMBERS.get(word)) is not None:
            tens = _add(runs[-1], value, after_tens=tens)
        elif word not in between:
            runs.append([])
            tens = False
    return runs


def _words(folded: str) -> list[str]:
    """Letters apart from figures, save letters that stand for one: "O6", "l2"; and "sixdouze" in two."""
    found: list[str] = []
    for word in folded.split():
        seen = word.translate(_LIKE_DIGITS) if re.search(r"\d", word) else word
        parts = [seen] if seen.isdecimal() else re.findall(r"\d+|[^\d]+", word)
        found += [each for part in parts for each in _unglued(part)]
    return found


def _unglued(part: str) -> list[str]:
    """Its numbers, where it is nothing but numbers."""
    numbers = _GLUED.findall(part)
    return numbers if "".join(numbers) == part else [part]


def _add(run: list[str], value: int, *, after_tens: bool) -> bool:
    """One more word of a number; whether a unit may still follow it, as in "soixante-dix-huit"."""
    if after_tens and run and value < 20:
        run[-1] = str(int(run[-1]) + value)
    elif value == 20 and run and run[-1] == "4":
        run[-1] = "80"
    else:
        run.append(str(value))
    return value in _TENS.values() or value == 10


def _is_number(run: list[str]) -> bool:
    """Read from any of its parts on: what stands before may be a price."""
    if _are_days(run):
        return False
    if _WITHOUT_ZERO.fullmatch("".join(run)) or any(len(part) >= _LONG for part in run):
        return True
    return any(_FRENCH.match("".join(run[at:])) for at in range(len(run)))
