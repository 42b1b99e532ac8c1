"""What messages say.

`<kind>.txt.jinja`: the first line is the subject, then an empty line, then the words. The HTML part is
made of the same words: a paragraph each, an address alone on its line is a button, a line that
begins with two spaces stands out. `<kind>.sms.jinja` is the SMS; without it the subject is sent.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
from markupsafe import Markup, escape

from backend.kit import formats
from backend.kit.translations import FRENCH, translated

LINK = re.compile(r"https?://[^\s<>]+")


class Words(NamedTuple):
    subject: str
    text: str
    html: str


def render_mail(kind: str, values: dict[str, Any]) -> Words:
    subject, _, text = _render(f"{kind}.txt.jinja", values).partition("\n\n")
    html = ENVIRONMENT.get_template("_mail.html.jinja").render(
        subject=subject, parts=[_part(part) for part in text.split("\n\n")], **values
    )
    return Words(" ".join(subject.split()), text + "\n", html)


def render_sms(kind: str, values: dict[str, Any]) -> Words:
    if f"{kind}.sms.jinja" in ENVIRONMENT.list_templates():
        text = " ".join(_render(f"{kind}.sms.jinja", values).split())
    else:
        text = render_mail(kind, values).subject
    return Words("", text, "")


def _render(name: str, values: dict[str, Any]) -> str:
    return ENVIRONMENT.get_template(name).render(**values).strip()


class _Part(NamedTuple):
    kind: str
    body: Markup


def _part(text: str) -> _Part:
    if LINK.fullmatch(text.strip()):
        return _Part("link", escape(text.strip()))
    if text.startswith("  "):
        return _Part("big", escape(text.strip()))
    lines = [_linked(line) for line in text.strip().split("\n")]
    return _Part("words", Markup("<br>").join(lines))


def _linked(line: str) -> Markup:
    linked = LINK.sub(r'<a href="\g<0>">\g<0></a>', str(escape(line)))
    return Markup(linked)  # noqa: S704 - escaped just before


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=lambda name: name is not None and ".html" in name,  # noqa: S701 - plain words are none
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
