"""What templates may say: constants go through _(), data never does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from tests.architecture.code import ROOT, short

GETTEXT = {"_": 1, "gettext": 1, "ngettext": 2, "pgettext": 2, "npgettext": 3}
PARSER = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)
TEMPLATES = sorted(
    path
    for folder in ("backend", "web", "partners")
    for path in (ROOT / folder).rglob("*")
    if path.suffix == ".jinja" or (path.suffix == ".html" and "templates" in path.parts)
)


def spoken_data(source: str) -> Iterator[int]:
    """Lines where a sentence is no constant: _() reads its % as a format and trusts its markup."""
    for call in PARSER.parse(source).find_all(nodes.Call):
        name = call.node.name if isinstance(call.node, nodes.Name) else ""
        said = call.args[: GETTEXT.get(name, 0)]
        if not all(isinstance(sentence, nodes.Const) for sentence in said):
            yield call.lineno


def test_templates_are_found():
    assert len(TEMPLATES) > 80


@pytest.mark.parametrize("path", TEMPLATES, ids=short)
def test_template_translates_constants_only(path: Path):
    """UX5: a title with a per cent sign, or with markup, is shown as it was typed."""
    assert list(spoken_data(path.read_text())) == [], "use the filter: variable|translated"


@pytest.mark.parametrize(
    "source",
    [
        "{{ _(title) }}",
        "{{ _('Bon ' ~ title) }}",
        "{{ _('a' if one else 'b') }}",
        "{{ _(words[0], count=2) }}",
        "{{ ngettext('%(num)s bon', many, 2) }}",
        "{% do picks.append({'text': _(text)}) %}",
    ],
)
def test_sentence_is_refused_when_it_is_no_constant(source: str):
    assert list(spoken_data(source)) == [1]


def test_sentence_is_accepted_when_its_facts_vary():
    assert list(spoken_data("{{ _('Bon de %(name)s', name=person.name) }}")) == []
    assert list(spoken_data("{{ ngettext('%(num)s bon', '%(num)s bons', count) }}")) == []
