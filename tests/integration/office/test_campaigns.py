"""Campaigns in the office: written, looked at, launched, counted; STOP and returns written down."""

import re
from datetime import timedelta

import httpx
import pytest

from backend.campaigns import queries
from backend.campaigns import service as campaigns
from backend.campaigns.queries import Rules
from backend.campaigns.rules import Draft, State, Way
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.settings import Settings
from tests import factories
from tests.conftest import Database
from tests.integration.office.conftest import Post
from tests.readers import NEWS, OFFERS, OFFERS_POST, OFFERS_SMS, add_reader, manager
from tests.sign_in import as_merchant, csrf_token

HERE = "/gestion/campagnes"
WORDS = {"subject": "Au club", "body": "# Titre\n\n- un\n- deux\n\nUn mot.", "way_0": "email"}


async def test_manager_writes_looks_and_launches(office: httpx.AsyncClient, send: Post):
    """N6: the page says the exact audience and who is left out with the reason, then launches that."""
    await add_reader("Alice", "alice@example.org")
    await add_reader("Bob", "bob@example.org", yes=[])
    made = await send(HERE, WORDS)
    assert made.status_code == 303
    path = made.headers["location"].split("?")[0]
    page = (await office.get(path)).text
    assert "Lancer\xa0: 1 personne" in page
    assert "N’a pas dit oui à ces messages" in page
    assert "<li>un</li>" in page
    assert (await send(f"{path}/lancement", {"seen": "2"})).status_code == 409
    assert (await send(f"{path}/lancement", {"seen": "1"})).status_code == 303
    [campaign] = await queries.campaigns()
    assert campaign.state is State.LAUNCHED
    page = (await office.get(path)).text
    assert "Arrêter la campagne" in page
    assert (await send(f"{path}/arret")).status_code == 303
    assert (await queries.campaigns())[0].state is State.STOPPED
    assert "Au club" in (await office.get(HERE)).text


async def test_manager_plans_an_hour_and_cancels_it(office: httpx.AsyncClient, send: Post):
    """N6, N3: said plainly until it leaves; an hour that is none stays in its form with what to do."""
    await add_reader("Alice", "alice@example.org")
    path = (await send(HERE, WORDS)).headers["location"].split("?")[0]
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    for day, hour in (("2020-01-01", "10:00"), (tomorrow, "03:00"), ("", "10:00")):
        answer = await send(f"{path}/depart", {"day": day, "hour": hour})
        assert answer.status_code == 422
        assert re.search(r'<details class="step gap-4"\s+open>', answer.text)
    planned = await send(f"{path}/depart", {"day": tomorrow, "hour": "10:30"})
    assert planned.status_code == 303
    page = (await office.get(path)).text
    assert "Elle partira toute seule le" in page
    assert "Annuler ce départ" in page
    assert "Lancer\xa0:" not in page
    assert f"{path}/modifier" not in page
    assert "Départ prévu" in (await office.get(HERE)).text
    assert (await send(f"{path}/lancement", {"seen": "1"})).status_code == 409
    assert (await send(f"{path}/depart/annulation")).status_code == 303
    assert "Lancer\xa0: 1 personne" in (await office.get(path)).text
    assert (await send(f"{path}/depart/annulation")).status_code == 409


async def test_what_was_typed_stays_when_it_is_refused(office: httpx.AsyncClient, send: Post):
    """UX5: a newsletter that names a partner is refused at its field, with what to do."""
    await factories.add_partner("Boulangerie Petit")
    answer = await send(HERE, {**WORDS, "body": "La boulangerie Petit ouvre."})
    assert answer.status_code == 422
    assert "La boulangerie Petit ouvre." in answer.text
    assert "Retirez son nom, ou faites sa campagne." in answer.text


async def test_segment_is_kept_and_shown(office: httpx.AsyncClient, send: Post):
    await factories.add_dwelling()
    landlord = await fetch_value("SELECT id FROM landlord")
    made = await send(HERE, {**WORDS, f"landlord_{landlord}": "1", "with_children": "1"})
    path = made.headers["location"].split("?")[0]
    page = (await office.get(path)).text
    assert "orme, Foyers avec enfants" in page
    edit = (await office.get(f"{path}/modifier")).text
    assert re.search(rf'name="landlord_{landlord}"\s+value="1" checked', edit)
    assert (await send(f"{path}/modifier", {**WORDS, "subject": "Autre"})).status_code == 303
    [campaign] = await queries.campaigns()
    assert (campaign.subject, campaign.segment.landlords) == ("Autre", ())


async def test_partners_campaign_asks_why_when_its_rights_are_used(
    office: httpx.AsyncClient, send: Post
):
    """P4: sending beyond the contract needs a staff reason."""
    partner = await factories.add_partner("Boulangerie Petit")
    await add_reader("Alice", "alice@example.org", yes=[OFFERS])
    assert (
        "Boulangerie Petit"
        in (await office.get(f"{HERE}/nouvelle?partenaire={partner.public_id}")).text
    )
    made = await send(f"{HERE}?partenaire={partner.public_id}", WORDS)
    path = made.headers["location"].split("?")[0]
    assert "Pourquoi une de plus\u202f?" in (await office.get(path)).text
    assert (await send(f"{path}/lancement", {"seen": "1"})).status_code == 422
    again = await send(f"{path}/lancement", {"seen": "1", "reason": "Fête du quartier"})
    assert again.status_code == 303
    assert "Fête du quartier" in (await office.get(path)).text


async def test_letters_are_printed_then_posted(office: httpx.AsyncClient, send: Post):
    """N4, SEC10: who has no e-mail gets it on paper, once; the print is on record, and no mere look."""
    partner = await factories.add_partner("Boulangerie Petit")
    await add_reader("Odette", None, yes=[OFFERS_POST], street="3 rue Haute")
    by = await manager()
    wish = Draft(subject="La galette", body="À moitié prix.", ways=(Way.EMAIL, Way.PRINT))
    public_id = await campaigns.draft(by, wish, partner.public_id)
    await campaigns.launch(by, public_id, 1, "essai")
    page = (await office.get(f"{HERE}/{public_id}")).text
    assert "Imprimer 1 lettre" in page
    assert (await office.get(f"{HERE}/{public_id}/lettres")).status_code == 405
    assert await fetch_value("SELECT count(printed_at) FROM campaign_recipient") == 0
    paper = await send(f"{HERE}/{public_id}/lettres")
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'campaign.print'") == 1
    assert (await send(f"{HERE}/{public_id}/poste")).status_code == 303
    assert (await queries.get_campaign(public_id)).results.sent == 1
    assert (await send(f"{HERE}/{public_id}/poste")).status_code == 409
    assert (await send(f"{HERE}/{public_id}/lettres")).status_code == 409


async def test_trial_goes_to_whoever_asks(office: httpx.AsyncClient, send: Post):
    by = await manager()
    public_id = await campaigns.draft(by, Draft(subject="Au club", body="Un mot."))
    assert (await send(f"{HERE}/{public_id}/essai")).status_code == 303
    payload = await fetch_value(
        "SELECT payload::text FROM outbox WHERE kind = 'message.email' AND key LIKE 'campaign.trial%'"
    )
    assert "helene@example.org" in payload


async def test_rules_stop_and_returns_are_written_down(office: httpx.AsyncClient, send: Post):
    """N3, N6: the cap and the STOP number are settings; a STOP or a return is one field."""
    await add_reader("Alice", "0639981111", yes=[OFFERS_SMS])
    await add_reader("Bob", "bob@example.org")
    rules = f"{HERE}/reglages"
    assert (await send(rules, {"partner_messages": "2", "stop_number": "36105"})).status_code == 303
    assert await queries.rules() == Rules(2, "36105")
    assert (await send(rules, {"partner_messages": "9"})).status_code == 422
    assert "36105" in (await office.get(rules)).text
    history = (await office.get("/gestion/club/historique")).text
    assert "Les règles des campagnes" in history
    assert "Numéro STOP" in history
    assert (await send(f"{rules}/stop", {"address": "06 39 98 11 11"})).status_code == 303
    assert (await send(f"{rules}/retours", {"address": "bob@example.org"})).status_code == 303
    assert (await send(f"{rules}/stop", {"address": "06 00 00 00 00"})).status_code == 422
    assert await fetch_value("SELECT count(*) FROM dead_address") == 1


async def test_partner_proposes_and_reads_counts_only(
    office: httpx.AsyncClient, send: Post, client: httpx.AsyncClient, settings: Settings
):
    """P4, P5: unused rights are visible to the partner; figures under five are not; no name ever."""
    partner = await factories.add_partner("Boulangerie Petit")
    for number in range(3):
        await add_reader("Alice", f"alice{number}@example.org", yes=[OFFERS, NEWS])
    person = await factories.add_person("Yacine", "Amrani", "boulanger@example.org")
    await factories.add_role(person, Role.MERCHANT, partner.id)
    await as_merchant(client, settings, person)
    here = "/partenaire/campagnes"
    token = await csrf_token(client, settings)
    answer = await client.post(
        here, data={"csrf_token": token, "subject": "Galette", "body": "À moitié prix."}
    )
    assert answer.status_code == 303
    [campaign] = await queries.campaigns()
    assert (campaign.state, campaign.partner_id) == (State.PROPOSED, partner.id)
    await campaigns.launch(await manager(), campaign.public_id, 3, "essai")
    await fetch_value("UPDATE campaign_recipient SET outcome = 'sent', left_at = now()")
    page = (await client.get(here)).text
    assert "moins de 5" in page
    assert not [each for each in ("Alice", "alice", "Martin") if each in page]
    empty = await client.post(here, data={"csrf_token": token, "subject": "", "body": ""})
    assert empty.status_code == 422


@pytest.mark.parametrize("path", [HERE, f"{HERE}/nouvelle", f"{HERE}/reglages"])
async def test_pages_open_on_an_empty_club(office: httpx.AsyncClient, db: Database, path: str):
    assert (await office.get(path)).status_code == 200
