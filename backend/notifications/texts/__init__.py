"""What messages say.

`<kind>.txt.jinja`: the first line is the subject, then an empty line, then the words. The HTML part is
made of the same words, in the one dress of `_mail.mjml.jinja`: a paragraph each, an address alone on its
line is a button, a line that begins with two spaces stands out, "# " begins a title and "- " a list, and
what comes after a line "-- " is small print. `<kind>.sms.jinja` is the SMS; without it the subject is sent.
`<kind>.push.jinja` is what a telephone shows, also locked: a title, then a line. No name of somebody
else stands in it, no code, no amount. A kind without it never goes that way: what proves something, as
a receipt, what a law wants on paper or by mail, and whatever is about the way into an account.

MJML is what mail programs of all ages can lay out; no picture, no script, nothing from elsewhere.
"""

import re
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import mjml
from markupsafe import Markup, escape

from backend.kit import formats, prose
from backend.kit.prose import Block, BlockKind
from backend.kit.translations import FRENCH, translated

LINK = re.compile(r"https?://[^\s<>]+")
SMALL_PRINT = "\n-- \n"
TITLE, LINE = 80, 200  # letters of a push
PREVIEWED = 120  # letters that a list of mails shows beside the subject


class Words(NamedTuple):
    subject: str
    text: str
    html: str


def version(kind: str) -> str:
    """Of what this kind says: another as soon as a word of it changes, so that it can be proved."""
    said = [name for name in ENVIRONMENT.list_templates() if name.startswith(f"{kind}.")]
    sources = [(Path(__file__).parent / name).read_bytes() for name in sorted(said)]
    return sha256(b"".join(sources)).hexdigest()[:12]


def render_mail(kind: str, values: dict[str, Any]) -> Words:
    subject, _, text = _render(f"{kind}.txt.jinja", values).partition("\n\n")
    said, small = _small_print(text)
    parts = [*_parts(said), *([_Part("foot", _lines(small))] if small else [])]
    source = ENVIRONMENT.get_template("_mail.mjml.jinja").render(
        club=values["club"], subject=subject, preview=_preview(said), parts=parts
    )
    return Words(" ".join(subject.split()), text + "\n", str(mjml.mjml2html(source)))


def render_sms(kind: str, values: dict[str, Any]) -> Words:
    if f"{kind}.sms.jinja" in ENVIRONMENT.list_templates():
        text = " ".join(_render(f"{kind}.sms.jinja", values).split())
    else:
        text = render_mail(kind, values).subject
    return Words("", text, "")


def has_push(kind: str) -> bool:
    return f"{kind}.push.jinja" in ENVIRONMENT.list_templates()


def render_push(kind: str, values: dict[str, Any]) -> Words:
    """On one line each, as long as a lock screen shows."""
    title, _, text = _render(f"{kind}.push.jinja", values).partition("\n")
    return Words(" ".join(title.split())[:TITLE], " ".join(text.split())[:LINE], "")


def _render(name: str, values: dict[str, Any]) -> str:
    return ENVIRONMENT.get_template(name).render(**values).strip()


class _Part(NamedTuple):
    kind: str
    body: Markup


def _small_print(text: str) -> tuple[str, str]:
    """What is said, and what the last such line sets apart."""
    said, sign, small = text.rpartition(SMALL_PRINT)
    return (said, small) if sign else (text, "")


def _preview(text: str) -> str:
    """What an inbox shows of the words; never a code, which stands out in the mail itself."""
    said = [line for line in text.split("\n") if line.strip() and not line.startswith("  ")]
    return " ".join(line.lstrip("#- ") for line in said)[:PREVIEWED]


def _parts(text: str) -> list[_Part]:
    return [part for paragraph in text.split("\n\n") for part in _of(paragraph)]


def _of(paragraph: str) -> list[_Part]:
    if LINK.fullmatch(paragraph.strip()):
        return [_Part("link", escape(paragraph.strip()))]
    if paragraph.startswith("  "):
        return [_Part("big", escape(paragraph.strip()))]
    return [_block(block) for block in prose.blocks(paragraph)]


def _block(block: Block) -> _Part:
    if block.kind is BlockKind.LIST:
        items = Markup("").join(Markup("<li>{}</li>").format(_linked(line)) for line in block.lines)
        return _Part("words", Markup("<ul>{}</ul>").format(items))
    kind = "title" if block.kind is BlockKind.TITLE else "words"
    return _Part(kind, _lines("\n".join(block.lines)))


def _lines(text: str) -> Markup:
    return Markup("<br />").join(_linked(line) for line in text.strip().split("\n"))


def _linked(line: str) -> Markup:
    linked = LINK.sub(r'<a href="\g<0>">\g<0></a>', str(escape(line)))
    return Markup(linked)  # noqa: S704 - escaped just before


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=lambda name: name is not None and ".mjml" in name,  # noqa: S701 - plain words are none
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(FRENCH, newstyle=True)  # type: ignore[attr-defined]
    environment.filters["translated"] = translated
    environment.filters.update(
        euros=formats.euros, day=formats.day, hour=formats.hour, moment=formats.moment
    )
    return environment


ENVIRONMENT = _environment()
