"""Every layout and every macro renders, strictly, and keeps what every page owes to people."""

import re
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from markupsafe import Markup

from backend.kit import charts
from backend.kit.errors import Denied, Missing
from tests.unit.gallery import (
    ACCESS,
    BILLS,
    CARD,
    FORM,
    OPTIONS,
    PLACES,
    PROSE,
    THINGS,
    TICKET,
    USES,
    WORDS,
    YEAR,
)
from tests.unit.look import SPACES, TEMPLATES, context, environment

ENV = environment()
LEGAL = (
    "/aide",
    "/accessibilite",
    "/ecoconception",
    "/mentions-legales",
    "/conditions",
    "/confidentialite",
)
MACRO = re.compile(r"{%-?\s*macro ([a-z]\w*)\(")
EVENTS_AND_STYLES = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:")


class Page(HTMLParser):
    """What a test asks of a page: its tags with their attributes, and ids."""

    VOID = frozenset(("br", "hr", "img", "input", "link", "meta"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another"

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]


def render(source: str, space: str = "member", **more: Any) -> str:
    return ENV.from_string(source).render(context(space, **more))


def page_of(space: str, **more: Any) -> str:
    if space == "error":
        return render('{% extends "layouts/error.html" %}', space, **more)
    return render(
        f'{{% extends "layouts/{space}.html" %}}{{% block main %}}<h1>Essai</h1>{{% endblock %}}',
        space,
        **more,
    )


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("demo", [True, False])
@pytest.mark.parametrize("known", [True, False])
def test_page_is_whole_when_its_space_shows_it(space: str, demo: bool, known: bool) -> None:
    more: dict[str, Any] = {} if known else {"me": None, "nav": []}
    text = page_of(space, demo=demo, flash=[{"kind": "yes", "text": "C’est fait."}], **more)
    page = Page(text)
    assert page.open == []
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert page.all("a")[0] == {"class": "skip", "href": "#contenu"}
    assert "contenu" in page.ids
    assert len(page.ids) == len(set(page.ids))
    assert not EVENTS_AND_STYLES.search(text)
    assert ("/demo/courrier" in text) is demo


@pytest.mark.parametrize("space", SPACES)
def test_help_and_statements_are_linked_when_any_page_is_shown(space: str) -> None:
    """UX8: Accessibility statement, ecodesign statement and help are linked from every page."""
    linked = {link["href"] for link in Page(page_of(space)).all("a")}
    assert linked.issuperset(LEGAL)


def test_refusal_still_has_a_page_when_nothing_else_is_known() -> None:
    for refusal, way_out in ((Missing(), "/"), (Denied(), "/connexion")):
        text = ENV.get_template("layouts/error.html").render(
            refusal=refusal,
            request_id="r-1",
            csrf_token="",
            csp_nonce="n",
            url="/",
            sign_in="/connexion",
            demo=False,
        )
        assert refusal.said() in Markup(text).unescape()
        assert way_out in {link["href"] for link in Page(text).all("a")}
        assert "r-1" in text


def test_theme_and_direction_are_set_when_the_person_chose_them() -> None:
    page = SimpleNamespace(title="x", space="member", lang="ar", dir="rtl", theme="dark")
    root = Page(page_of("member", page=page)).all("html")[0]
    assert root == {"lang": "ar", "dir": "rtl", "data-theme": "dark"}


def test_scan_field_posts_its_code_when_the_desk_page_asks_for_one() -> None:
    text = page_of(
        "desk", scan={"action": "/comptoir/scans", "placeholder": "Scannez", "focus": True}
    )
    form = next(form for form in Page(text).all("form") if form["class"] == "scan")
    assert (form["method"], form["action"]) == ("post", "/comptoir/scans")
    assert "scan" not in page_of("desk").split("<main")[1].split("</main>")[0]


MACROS = [
    (file, macro, use) for file, macros in USES.items() for macro in macros for use in macros[macro]
]


def use_of(file: str, macro: str, use: str) -> str:
    return render(
        f'{{% from "ui/{file}.html" import {macro} with context %}}{use}',
        blocks=PROSE,
        form=FORM,
        options=OPTIONS,
        places=PLACES,
        ticket_of=TICKET,
        used_one=TICKET | {"used": "Aujourd’hui à 11:42", "qr": "", "until": ""},
        drawn=charts.bars([("nov", 4), ("déc", 9)]),
        document=YEAR,
        people=ACCESS,
        bills=BILLS,
        things=THINGS,
        words=WORDS,
        card=CARD,
        markup=Markup("<b>a</b>"),
    )


@pytest.mark.parametrize(("file", "macro", "use"), MACROS)
def test_macro_gives_sound_markup_when_a_page_uses_it(file: str, macro: str, use: str) -> None:
    text = use_of(file, macro, use)
    page = Page(text)
    assert text.strip()
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert not EVENTS_AND_STYLES.search(text)
    for attributes in (attributes for _, attributes in page.tags):
        described = attributes.get("aria-describedby", "").split()
        assert set(described) <= set(page.ids)


def test_every_macro_is_seen_when_the_gallery_is_rendered() -> None:
    there = {
        (path.stem, macro)
        for path in TEMPLATES.glob("ui/*.html")
        for macro in MACRO.findall(path.read_text("utf-8"))
    }
    assert there == {(file, macro) for file, macro, _ in MACROS}


def test_field_keeps_what_was_typed_and_says_what_to_do_when_it_is_refused() -> None:
    text = use_of("fields", "field", '{{ field(form, "name", "Nom", hint="Court.") }}')
    typed = Page(text).all("input")[0]
    assert typed["value"] == "Zoé <3"
    assert typed["aria-invalid"] == "true"
    assert typed["aria-describedby"] == "f-name-error f-name-hint"
    assert "Écrivez votre nom." in text


def test_choice_stays_when_the_form_comes_back() -> None:
    chosen = Page(use_of("fields", "select", USES["fields"]["select"][0])).all("option")
    picked = Page(use_of("fields", "pick", USES["fields"]["pick"][0])).all("input")
    ticked = Page(use_of("fields", "checkbox", USES["fields"]["checkbox"][0])).all("input")
    assert [option["value"] for option in chosen if "selected" in option] == ["b"]
    assert [option["value"] for option in picked if "checked" in option] == ["b"]
    assert "checked" in ticked[0]


def test_code_field_takes_a_pasted_code_when_one_was_just_sent() -> None:
    """UX7: code fields accept paste and `autocomplete="one-time-code"`."""
    field = Page(use_of("fields", "code_field", USES["fields"]["code_field"][1])).all("input")[0]
    assert field["autocomplete"] == "one-time-code"
    assert field["inputmode"] == "numeric"
    assert "maxlength" not in field


def test_voucher_shows_no_code_when_it_was_used() -> None:
    shown = use_of("objects", "ticket", "{{ ticket(ticket_of) }}")
    used = use_of("objects", "ticket", "{{ ticket(used_one) }}")
    assert "qr-code" in shown
    assert ">K7MP<" in shown
    assert "qr-code" not in used
    assert "K7MP" not in used
    assert "11:42" in used


def test_floor_has_a_new_row_when_eighteen_tiles_are_laid() -> None:
    for laid, places in ((0, 18), (14, 18), (17, 18), (18, 27), (26, 27), (27, 36)):
        page = Page(use_of("tiles", "floor", f'{{{{ floor("ORM-4488", {laid}) }}}}'))
        assert len(page.all("span")) == places
        assert len(page.all("use")) == laid + 1
