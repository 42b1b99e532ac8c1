"""Joining at the counter, then dues, then the card (M4, M6)."""

import re

import pytest

from backend.billing import queries as billing
from backend.kit import clock, codes, papers, tile
from backend.kit.codes import PaperCard
from backend.kit.database import fetch_one, fetch_value
from backend.membership import plates, queries, rules
from backend.membership.rules import CardKind, Category, Proof, Status
from tests.factories import add_dwelling, add_household, add_member
from tests.integration.desk.conftest import Counter, unpacked, words

NEW = "/comptoir/adhesions/nouvelle"


async def joined(desk: Counter, **said: str) -> tuple[str, queries.Member]:
    """Joins; gives the address of the dues that come next, and the member."""
    to = await desk.done(NEW, **{"given_name": "Odette", "family_name": "Leroy", **said})
    found = re.fullmatch(r"(/comptoir/personnes/(\w+)/cotisation)\?fait=inscrit", to)
    assert found is not None, to
    person_id = await fetch_value("SELECT id FROM person WHERE public_id = $1", found[2])
    member = await queries.find_member(person_id)
    assert member is not None
    return found[1], member


async def test_person_without_address_joins_pays_and_has_a_card(desk: Counter):
    """M4, M6: no e-mail, no phone; the dues in one screen; a card with its own token."""
    to, member = await joined(desk, home="voisin", town="Amiens", postcode="80000")
    page = await desk.open(to)
    assert "12\xa0mois, 60,00\xa0€" in page
    assert "24\xa0mois, 120,00\xa0€" in page
    key = re.search(r'name="key"\s+value="(\w+)"', (await desk.browser.get(to)).text)
    assert key is not None
    for _ in range(2):  # a second press of the button is no second payment
        assert (await desk.done(to, months="12", way="cash", key=key[1])).endswith(
            "?fait=cotisation-encaissee"
        )
    again = await queries.find_member(member.person_id)
    assert again is not None
    assert again.status() is Status.CURRENT
    assert again.paid_until == rules.last_day(clock.today(), 12)
    assert await fetch_value("SELECT count(*) FROM payment") == 1
    await desk.paper(to.replace("cotisation", "carte"))
    card = await queries.card_of(member.person_id, CardKind.PAPER)
    assert card is not None


async def test_receipt_is_printed_the_same_each_time(desk: Counter):
    """M9: numbered, says that it gives no tax reduction, prints the same twice."""
    to, member = await joined(desk, home="voisin")
    await desk.done(to, months="1", way="cheque", note="n° 12", key="a")
    receipt = (await billing.receipts_of(member.payer_id))[0]
    assert receipt.said == f"C-{clock.today().year}-00001"
    assert any("réduction d'impôt" in said for said in receipt.printed["sentences"])
    prints = [await desk.browser.get(f"/comptoir/recus/{receipt.public_id}") for _ in range(2)]
    assert prints[0].headers["content-type"] == "application/pdf"
    assert prints[0].headers["cache-control"] == "no-store"
    assert prints[0].content == prints[1].content
    page = await desk.open(to.replace("cotisation", "paiements"))
    assert receipt.said in page
    assert "Chèque" in page
    assert await fetch_value("SELECT note FROM payment") == "n° 12"


async def test_dwelling_is_proved_when_staff_pick_it_from_the_list(desk: Counter):
    """By street or by contract, accents, case and O for 0 forgiven."""
    dwelling_id = await add_dwelling("L/01 00206")
    for typed in ("Rue des tilleuls", "l/01 0o206", "TILLEULS amiens"):
        page = await desk.open(f"{NEW}?q={typed}")
        assert "2 rue des Tilleuls, 80000 Amiens" in page, typed
    assert "Aucun logement" in await desk.open(f"{NEW}?q=nulle part")
    _, member = await joined(desk, home=str(dwelling_id), address="odette@example.org")
    assert member.category is Category.TENANT
    assert member.proof is Proof.PROVED
    assert member.dwelling_id == dwelling_id
    page = await desk.open(f"{NEW}?q=tilleuls")
    assert f"déjà au foyer {member.household_public_id}" in page


async def test_staff_see_why_when_a_dwelling_is_taken_or_not_in_the_list(desk: Counter):
    dwelling_id = await add_dwelling()
    _, first = await joined(desk, home=str(dwelling_id))
    to, second = await joined(desk, home=str(dwelling_id), given_name="Paul")
    assert second.proof is Proof.TO_CHECK
    file = to.removesuffix("/cotisation")
    said = f"Le foyer {first.household_public_id} a déjà prouvé ce logement."
    assert said in await desk.open(file)
    to, _ = await joined(desk, home="inconnu", contract="L/77 12", given_name="Lou")
    file = to.removesuffix("/cotisation")
    assert "Le contrat L7712 n’est pas dans la liste." in await desk.open(file)


async def test_check_is_settled_by_who_saw_the_lease(desk: Counter):
    dwelling_id = await add_dwelling("L/01 00206")
    to, member = await joined(desk, home="inconnu", contract="L/77 12")
    check = to.replace("cotisation", "verification")
    assert "2 rue des Tilleuls" in await desk.open(f"{check}?q=tilleuls")
    assert (await desk.send(check)).status_code == 422
    await desk.done(check, outcome="proved", dwelling=str(dwelling_id))
    settled = await queries.find_member(member.person_id)
    assert settled is not None
    assert (settled.proof, settled.dwelling_id) == (Proof.PROVED, dwelling_id)
    assert "Logement à vérifier" not in await desk.open(to.removesuffix("/cotisation"))


async def test_check_is_refused_when_the_dwelling_is_anothers(desk: Counter):
    dwelling_id = await add_dwelling()
    await joined(desk, home=str(dwelling_id))
    to, member = await joined(desk, home="inconnu")
    check = to.replace("cotisation", "verification")
    answer = await desk.send(check, outcome="proved", dwelling=str(dwelling_id))
    assert answer.status_code == 409
    assert "Un autre foyer a déjà prouvé ce logement." in words(answer.text)
    await desk.done(check, outcome="neighbour")
    settled = await queries.find_member(member.person_id)
    assert settled is not None
    assert settled.category is Category.NEIGHBOUR


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"given_name": ""}, "Remplissez ce champ."),
        ({"home": "999"}, "Ce logement n'est pas dans la liste."),
        ({"home": "ici"}, "Choisissez où habite la personne."),
        ({"address": "nulle part"}, "Cette adresse ou ce numéro n'est pas juste."),
    ],
)
async def test_what_was_typed_stays_when_joining_is_refused(desk: Counter, said, sentence):
    """UX5: each refusal says what to do, and nothing typed is lost."""
    wish = {"given_name": "Odette", "family_name": "Delahaye", "home": "voisin", **said}
    answer = await desk.send(NEW, **wish)
    if wish["home"] == "999":
        assert answer.status_code == 404
    else:
        assert answer.status_code == 422
        assert 'value="Delahaye"' in answer.text
    assert sentence in words(answer.text)
    assert await fetch_value("SELECT count(*) FROM household") == 0


@pytest.mark.parametrize(("months", "status"), [("0", 422), ("25", 422), ("24", 303)])
async def test_dues_are_for_1_to_24_months(desk: Counter, odette, months, status):
    """M4: 1 to 24 months, nothing else."""
    to = f"/comptoir/personnes/{odette.person_public_id}/cotisation"
    answer = await desk.send(to, months=months, way="transfer", key="a")
    assert answer.status_code == status


async def test_dues_are_refused_when_the_way_is_not_over_the_counter(desk: Counter, odette):
    to = f"/comptoir/personnes/{odette.person_public_id}/cotisation"
    assert (await desk.send(to, months="1", way="online", key="a")).status_code == 422
    assert await fetch_value("SELECT count(*) FROM payment") == 0


async def test_more_dues_are_refused_when_paid_far_ahead(desk: Counter):
    alice = await add_member()
    to = f"/comptoir/personnes/{alice.person_public_id}/cotisation"
    await desk.done(to, months="12", way="cash", key="a")
    answer = await desk.send(to, months="12", way="cash", key="b")
    assert answer.status_code == 409
    assert "déjà payée" in words(answer.text)


async def test_paper_card_says_whose_it_is_and_holds_only_a_token(db):
    """L33, M6: 85.6 x 54 mm, tiles first, a random token and never the member's number."""
    joined = await add_household("Odette", "Leroy")
    member = await queries.find_member(joined.person_id)
    assert member is not None
    token = codes.draw_secret()[:16]
    seen: dict[str, object] = {}

    async def render(capability: str, name: str, data: object) -> bytes:
        seen.update(data)  # type: ignore[call-overload]
        return await printed(capability, name, data)

    printed = papers.render
    papers.render = render
    try:
        pdf = await plates.card("Le Club de l'Orme", member, token)
    finally:
        papers.render = printed
    assert re.search(rb"/MediaBox\s*\[0 0 242\.6\d* 153\.0\d*\]", unpacked(pdf))
    assert seen["name"] == "Odette Leroy"
    assert seen["tile_name"] == tile.tile_name(member.household_public_id)
    said = codes.understand(codes.text_of(PaperCard(token)))
    assert said == PaperCard(token)


async def test_new_card_voids_the_one_before_and_a_revoked_one_is_gone(desk: Counter, odette):
    """L33: a reprint voids the card before."""
    at = f"/comptoir/personnes/{odette.person_public_id}"
    first = await desk.paper(f"{at}/carte")
    second = await desk.paper(f"{at}/carte")
    assert first != second
    row = await fetch_one(
        "SELECT count(*) FILTER (WHERE revoked_at IS NULL) AS living, count(*) AS made"
        " FROM card WHERE kind = 'paper'"
    )
    assert row is not None
    assert (row["living"], row["made"]) == (1, 2)
    card = await queries.card_of(odette.person_id, CardKind.PAPER)
    assert card is not None
    stranger = await add_household("Eve", "Martin")
    elsewhere = at.replace(odette.person_public_id, stranger.person_public_id)
    await desk.send(f"{elsewhere}/carte/retrait", card=card.card_public_id)
    assert await queries.card_of(odette.person_id, CardKind.PAPER) is not None
    await desk.done(f"{at}/carte/retrait", card=card.card_public_id)
    assert await queries.card_of(odette.person_id, CardKind.PAPER) is None
