"""On a phone a row of a table is a list: each cell says its column."""

from markupsafe import Markup

from backend.http.labels import labelled

HEADINGS = ("Foyer", (Markup('<a href="/">L’été &amp; l’hiver</a>'), "e"), "Reste <1", "Où", "")


def test_cells_say_their_column_when_a_table_folds() -> None:
    """D5: the first names the row, a gesture has no name, and what was escaped stays so."""
    row = Markup(
        '<tr class="cur"><th scope="row">A</th><td class="e">1</td><td>2</td><td>3</td>'
        '<td class="do">4</td></tr>'
    )
    assert labelled(row, HEADINGS) == (
        '<tr class="cur"><th scope="row">A</th><td data-label="L’été &amp; l’hiver" class="e">1</td>'
        '<td data-label="Reste &lt;1">2</td><td data-label="Où">3</td><td class="do">4</td></tr>'
    )


def test_cells_keep_their_column_when_one_is_wide_or_empty() -> None:
    """D5: a sum over two columns stands under neither, and nothing is said of nothing."""
    rows = Markup(
        '<tr><td class="b7" colspan="2">Ensemble</td><td>\n </td><td>Ici</td></tr><tr><td>B</td></tr>'
    )
    assert labelled(rows, HEADINGS) == (
        '<tr><td class="b7" colspan="2">Ensemble</td><td>\n </td><td data-label="Où">Ici</td></tr>'
        "<tr><td>B</td></tr>"
    )


def test_nothing_is_said_when_a_table_has_no_headings() -> None:
    """D5: its cells stand one under the other as they are."""
    assert labelled(Markup("<tr><td>A</td><td>B</td></tr>"), ()) == "<tr><td>A</td><td>B</td></tr>"
