"""Each sentence of the code has its words in each language, with the same facts in braces.

French is written in the code; web/translations holds the others, once there are any.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tools.setup import ROOT

CATALOGUES = ROOT / "web" / "translations"
FOLDERS = ("backend", "web", "partners")
METHODS = [
    ("**.jinja", "jinja2"),
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
OPTIONS = {
    pattern: {"extensions": "jinja2.ext.i18n,jinja2.ext.do", "silent": "false"}
    for pattern, kind in METHODS
    if kind == "jinja2"
}
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
FACT = re.compile(r"\{\w*\}|%\(\w+\)[sd]")


def main() -> None:
    wanted = {sentence for folder in FOLDERS for sentence in sentences(folder)}
    faults = [
        fault for path in CATALOGUES.glob("*/LC_MESSAGES/*.po") for fault in faults_of(path, wanted)
    ]
    if faults:
        sys.exit("\n".join(faults))


def sentences(folder: str) -> Iterator[str]:
    for _, _, message, _, _ in extract_from_dir(ROOT / folder, METHODS, OPTIONS, KEYWORDS):
        yield message if isinstance(message, str) else message[0]


def faults_of(path: Path, wanted: set[str]) -> Iterator[str]:
    with path.open("rb") as file:
        catalogue = read_po(file)
    language = path.parts[-3]
    for sentence in sorted(wanted):
        if fault := fault_of(sentence, catalogue):
            yield f"{language}: {fault}: {sentence}"


def fault_of(sentence: str, catalogue: Catalog) -> str | None:
    found = catalogue.get(sentence)
    if found is None or not all(words(found)):
        return "not translated"
    if found.fuzzy:
        return "marked as a guess"
    if any(facts(text) != facts(sentence) for text in words(found)):
        return "other facts in braces"
    return None


def words(message: Message) -> list[str]:
    string = message.string or ""
    return [string] if isinstance(string, str) else list(string)


def facts(text: str) -> set[str]:
    return set(FACT.findall(text))


if __name__ == "__main__":
    main()
