"""The one dress of all mails: the same words as the plain part, nothing from elsewhere."""

import re
from html.parser import HTMLParser

import pytest

from backend.notifications import texts

CODE = {"club": "Le Club", "code": "123456", "purpose": "vous connecter", "minutes": 10}
BODY = """# Les ateliers

- Réparer son vélo
- Lire sa facture, voir https://example.org/factures?a=1&b=2

Un mot & un autre.

https://example.org/agenda"""
NEWS = {
    "club": "Le Club",
    "name": "Alice",
    "partner": "Boulangerie Petit",
    "subject": "Cet hiver",
    "body": BODY,
    "unsubscribe": "https://example.org/desabonnement/abc",
}


class Read(HTMLParser):
    """Words, links, and every address that a mail program would fetch by itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.tags: set[str] = set()
        self.silent = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.silent += tag in ("style", "title")
        found = dict(attrs)
        if tag == "a":
            self.links.append(found["href"])
        self.fetched += [found[name] for name in ("src", "background", "srcset") if name in found]
        self.fetched += [found["href"]] if tag == "link" else []

    def handle_endtag(self, tag):
        self.silent -= tag in ("style", "title")

    def handle_data(self, data):
        if self.silent:
            assert not re.search(r"url\(|@import|https?:", data)
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.mark.parametrize(
    ("kind", "values"),
    [("identity.code", CODE), ("campaign.newsletter", NEWS), ("campaign.partner", NEWS)],
)
def test_mail_fetches_nothing(kind, values):
    """D4: no picture, font, style or tracker from anywhere, in service mails and campaigns alike."""
    read = Read(texts.render_mail(kind, values).html)
    assert read.fetched == []
    assert not read.tags & {"img", "script", "link", "iframe", "form", "video"}


def test_both_parts_say_the_same():
    """One source for HTML and text."""
    words = texts.render_mail("campaign.partner", NEWS)
    read = Read(words.html)
    for line in words.text.split("\n"):
        said = " ".join(line.lstrip("#- ").split())
        assert said in read.text or said in read.links, line
    assert words.subject == "Partenaire : Cet hiver"


def test_titles_lists_and_links_look_like_what_they_are():
    read = Read(texts.render_mail("campaign.newsletter", NEWS).html)
    assert "li" in read.tags
    assert read.links.count("https://example.org/agenda") == 2  # a button, and as words under it
    assert "https://example.org/factures?a=1&b=2" in read.links
    assert "https://example.org/desabonnement/abc" in read.links


def test_small_print_comes_last_whatever_the_words_hold():
    """Words that look like the sign of small print do not move it."""
    words = texts.render_mail("campaign.newsletter", {**NEWS, "body": "Un\n-- \nDeux"})
    assert Read(words.html).text.index("Deux") < Read(words.html).text.index("vous écrit car")


def test_words_of_a_campaign_bring_no_markup():
    evil = '</mj-text><mj-image src="https://evil.example/x.png"/><script>x</script>'
    read = Read(texts.render_mail("campaign.newsletter", {**NEWS, "body": evil}).html)
    assert read.fetched == []
    assert "script" not in read.tags
    assert evil in read.text


def test_mail_follows_light_and_dark():
    html = texts.render_mail("identity.code", CODE).html
    assert "prefers-color-scheme: dark" in html
    assert 'name="color-scheme" content="light dark"' in html
    assert 'lang="fr"' in html
