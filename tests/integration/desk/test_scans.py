"""One field: a card, a voucher, a code or a name leads to its page (V40)."""

from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.codes import PaperCard
from backend.kit.codes.human import check_symbol
from backend.kit.codes.layouts import misread
from backend.membership import queries as membership_queries
from backend.membership import service as membership
from backend.membership.rules import CardKind
from backend.vouchers import queries, service
from tests.factories import add_household, add_market, add_member
from tests.integration.desk.conftest import Counter, words

CODE_LIKE = "Ama Branwenn"  # 12 letters of the alphabet of typed codes


async def scanned(desk: Counter, text: str) -> str:
    return await desk.done("/comptoir/scan", code=text)


async def refused(desk: Counter, text: str) -> str:
    answer = await desk.send("/comptoir/scan", code=text)
    assert answer.status_code in {409, 422, 404}, answer.headers
    return words(answer.text)


async def test_paper_card_leads_to_its_person_until_it_is_revoked(desk: Counter, odette):
    """M6, L33: its own token, online only; a new card voids the one before."""
    card = await membership.make_paper_card(SYSTEM, odette.person_id)
    text = codes.text_of(PaperCard(card.token))
    assert await scanned(desk, text) == f"/comptoir/personnes/{odette.person_public_id}?par=carte"
    await membership.make_paper_card(SYSTEM, odette.person_id)
    assert "Cette carte ne marche plus." in await refused(desk, text)


async def test_card_of_a_phone_asks_to_look_at_an_identity_when_it_is_old(desk: Counter):
    """M7, V23: a photo of an earlier screen is not taken silently."""
    alice = await add_member("Alice", "Martin", "alice@example.org")
    held = await membership_queries.card_of(alice.person_id, CardKind.PHONE)
    assert held is not None
    text = codes.show_card(held.card_public_id, held.secret, clock.now())
    at = f"/comptoir/personnes/{alice.person_public_id}"
    assert await scanned(desk, text) == f"{at}?par=carte"
    with clock.travel(timedelta(minutes=5)):
        assert await scanned(desk, text) == f"{at}?par=carte&fait=carte-ancienne"
        assert "Vérifiez l'identité" in await desk.open(f"{at}?fait=carte-ancienne")


async def test_card_of_a_phone_is_refused_when_its_proof_is_not_ours(desk: Counter):
    """M7: who knows a card's number has not the card."""
    alice = await add_member()
    held = await membership_queries.card_of(alice.person_id, CardKind.PHONE)
    assert held is not None
    forged = codes.show_card(held.card_public_id, codes.draw_secret(), clock.now())
    assert "n'a pas été fait par le club" in await refused(desk, forged)


async def test_voucher_leads_to_its_claimant_by_its_picture_and_by_its_letters(desk: Counter):
    alice = await add_member("Alice", "Martin")
    market = await add_market()
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    voucher = await queries.voucher_page(alice.household_id, code)
    at = f"/comptoir/personnes/{alice.person_public_id}/bons?bon={voucher.id}&par=bon"
    assert voucher.payload is not None
    assert await scanned(desk, voucher.payload) == at
    assert await scanned(desk, voucher.grouped.lower()) == at
    forged = voucher.payload[:-3] + ("000" if voucher.payload[-3:] != "000" else "111")
    assert "Rien trouvé" in await refused(desk, forged)


@pytest.mark.parametrize("typed", ["odette", "LEROY odette", "Odétte"])
async def test_name_leads_straight_to_the_file_when_only_one_has_it(desk: Counter, odette, typed):
    assert (
        await scanned(desk, typed) == f"/comptoir/personnes/{odette.person_public_id}?par=recherche"
    )


async def test_name_leads_to_a_list_when_several_have_it(desk: Counter, odette):
    await add_household("Odile", "Leroy")
    to = await scanned(desk, "leroy")
    assert to == "/comptoir/personnes?q=leroy"
    page = await desk.open(to)
    assert "Odette Leroy" in page
    assert "Odile Leroy" in page


async def test_name_is_searched_when_it_has_the_letters_of_a_code(desk: Counter):
    """V40: a name that could be a code is looked up as a name before anything is refused."""
    ama = await add_household("Ama", "Branwenn")
    assert isinstance(codes.understand("AMABRANWENN0"), codes.CodeUnreadable | codes.TypedCode)
    for typed in (CODE_LIKE, "ama branwenn"):
        assert (
            await scanned(desk, typed)
            == f"/comptoir/personnes/{ama.person_public_id}?par=recherche"
        )
    right = "ZACKERYBRAN" + check_symbol("ZACKERYBRAN")  # one with seven figures is nobody's name
    assert "Aucun bon du club n'a ce code." in await refused(desk, right)
    named = await add_household(right, "Martin")
    assert (
        await scanned(desk, right) == f"/comptoir/personnes/{named.person_public_id}?par=recherche"
    )


async def test_code_with_a_slip_is_said_when_nobody_has_that_name(desk: Counter):
    right = codes.draw_code()
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    assert "faute de frappe" in await refused(desk, wrong)


async def test_scanner_on_another_layout_is_undone_or_named(desk: Counter, odette):
    """V40: undone where the code's own structure proves it, otherwise named."""
    card = await membership.make_paper_card(SYSTEM, odette.person_id)
    text = codes.text_of(PaperCard(card.token))
    garbled = misread(text, frozenset())
    assert (
        await scanned(desk, garbled) == f"/comptoir/personnes/{odette.person_public_id}?par=carte"
    )
    assert "Réglez le lecteur en français" in await refused(desk, garbled[:-4] + "ééé")


async def test_unit_and_nothing_at_all_lead_nowhere_new(desk: Counter):
    assert "Nous ne trouvons pas cet exemplaire." in await refused(desk, f"PL1U{codes.draw_code()}")
    assert await scanned(desk, "") == "/comptoir"


@pytest.mark.parametrize(
    "typed", ["06 12 34 56 78", "+33612345678", "Alice@Example.org", "l/01 oo206"]
)
async def test_person_is_found_by_what_staff_are_told(desk: Counter, typed):
    """Telephone, e-mail, contract: whole, and forgiving as everywhere else."""
    address = "0612345678" if "12" in typed else "alice@example.org"
    alice = await add_household("Alice", "Martin", address, contract="L/01 00206")
    assert (
        await scanned(desk, typed) == f"/comptoir/personnes/{alice.person_public_id}?par=recherche"
    )


async def test_household_number_finds_everybody_in_it(desk: Counter, odette):
    await membership.add_adult(SYSTEM, odette.household_id, "Paul", "Leroy")
    page = await desk.open(f"/comptoir/personnes?q={odette.household_public_id.lower()}")
    assert "Odette Leroy" in page
    assert "Paul Leroy" in page


async def test_joining_is_offered_with_the_name_when_nobody_is_found(desk: Counter):
    page = await desk.browser.get("/comptoir/personnes?q=Zoé+Durand")
    assert "Personne ne s’appelle ainsi" in page.text
    assert "/comptoir/adhesions/nouvelle?nom=Zo%C3%A9%20Durand" in page.text
