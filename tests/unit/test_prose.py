"""Long texts as staff type them."""

from backend.kit.prose import Block, BlockKind, blocks


def test_titles_lists_and_texts_are_told_apart_when_read() -> None:
    typed = "# Qui nous sommes\r\nUn club.\nDe locataires.\n\n\n- une chose\n• une autre\nFin.\n"
    assert blocks(typed) == [
        Block(BlockKind.TITLE, ("Qui nous sommes",)),
        Block(BlockKind.TEXT, ("Un club.", "De locataires.")),
        Block(BlockKind.LIST, ("une chose", "une autre")),
        Block(BlockKind.TEXT, ("Fin.",)),
    ]


def test_a_blank_line_begins_a_new_block_when_the_kind_stays() -> None:
    assert blocks("Un.\n\nDeux.") == [
        Block(BlockKind.TEXT, ("Un.",)),
        Block(BlockKind.TEXT, ("Deux.",)),
    ]
    assert blocks("\n\n") == []
