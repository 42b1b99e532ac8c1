"""The pages of the club's settings: changed, refused, told in the history."""

from datetime import timedelta
from io import BytesIO

import httpx
import pytest
from PIL import Image

from backend.billing import bank, ways
from backend.billing.ways import Way
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership import choices
from backend.membership.reminders import FIRST_LADDER, Channel, Step
from backend.places import queries
from backend.settings import Settings
from tests.conftest import Database
from tests.factories import add_person, add_role
from tests.integration.office.conftest import Post
from tests.integration.places.test_club_settings import picture
from tests.sign_in import as_staff, post

Browser = httpx.AsyncClient
CLUB = "/gestion/club"
NAMED = {"name": "Le Club de l'Orme", "grace_days": "30"}
BANK = {"holder": "Club", "iban": "FR76 3000 6000 0112 3456 7890 189", "bic": "AGRIFRPP"}


async def test_the_logo_is_on_every_page_when_it_is_sent(office: Browser, send: Post) -> None:
    await send(CLUB, NAMED)
    assert (await office.get("/logo")).status_code == 404
    sent = await send(f"{CLUB}/logo", files={"logo": ("logo.png", picture())})
    assert sent.status_code == 303
    address = (await queries.face()).logo
    for path in ("/", CLUB, "/connexion"):
        assert f'src="{address}"' in (await office.get(path)).text
    shown = await office.get(address)
    assert shown.headers["content-type"] == "image/png"
    with Image.open(BytesIO(shown.content)) as drawn, Image.open(BytesIO(picture())) as given:
        assert drawn.size == given.size
    assert "immutable" in shown.headers["cache-control"]
    assert (await send(f"{CLUB}/logo/retrait")).status_code == 303
    assert "/logo?v=" not in (await office.get("/")).text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choisissez une image."),
        (b"MZ\x90 not a picture", "Cette image ne convient pas."),
        (picture()[:50], "Cette image ne convient pas."),
    ],
    ids=["none", "program", "cut"],
)
async def test_the_logo_is_refused_with_words_when_it_is_no_picture(
    send: Post, content: bytes, said: str
) -> None:
    await send(CLUB, NAMED)
    refused = await send(f"{CLUB}/logo", files={"logo": ("logo.png", content)})
    assert refused.status_code == 422
    assert said in refused.text


async def test_the_club_says_when_it_is_open(office: Browser, send: Post) -> None:
    await send(CLUB, {**NAMED, "opening_text": "Fermé en <août>."})
    assert "Fermé en &lt;août&gt;." in (await office.get("/")).text


async def test_the_senders_are_kept_or_refused(office: Browser, send: Post) -> None:
    await send(CLUB, NAMED)
    path = f"{CLUB}/messages"
    assert (await send(path, {"mail_name": "Club", "sms_sender": "ORME"})).status_code == 303
    assert 'value="ORME"' in (await office.get(path)).text
    wrong = await send(path, {"mail_name": "Autre", "sms_sender": "L'Orme"})
    assert wrong.status_code == 422
    assert "3 à 11 lettres" in wrong.text
    assert 'value="Autre"' in wrong.text


async def test_the_account_changes_only_after_the_second_factor(
    office: Browser, settings: Settings, send: Post
) -> None:
    """SEC8: a dangerous act asks again; a session that was left open is not enough."""
    door = await office.get(f"{CLUB}/banque/changement")
    assert door.headers["location"].startswith("/connexion/equipe/second-facteur")
    assert (await send(f"{CLUB}/banque", BANK)).status_code == 403
    assert await bank.account() is None
    manager = await fetch_value("SELECT person FROM session ORDER BY id DESC LIMIT 1")
    await as_staff(office, settings, manager, sudo=True)
    wrong = await post(office, settings, f"{CLUB}/banque", {**BANK, "iban": "FR76 0000"})
    assert wrong.status_code == 422
    assert "IBAN n&#39;est pas juste" in wrong.text
    assert (await post(office, settings, f"{CLUB}/banque", BANK)).status_code == 303
    assert "FR76 3000" in (await office.get(f"{CLUB}/banque")).text


async def test_the_ways_are_switched_on_their_page(office: Browser, send: Post) -> None:
    """B1: the office switches each way of paying."""
    page = (await office.get(f"{CLUB}/cotisations")).text
    assert page.count(" checked") == len(Way)
    assert (await send(f"{CLUB}/moyens", {"online": "1", "cash": "1"})).status_code == 303
    assert await ways.ways() == {Way.ONLINE, Way.CASH}
    refused = await send(f"{CLUB}/moyens", {"sepa": "1"})
    assert refused.status_code == 422
    assert "Plus personne ne pourrait payer." in refused.text
    assert await ways.ways() == {Way.ONLINE, Way.CASH}


async def test_past_present_and_coming_prices_are_told(office: Browser, send: Post) -> None:
    """M10: every price has its days."""
    today = clock.today()
    for month, since in (("1", today), ("1,50", today + timedelta(days=30))):
        wish = {"category": "tenant", "month": month, "since": since.isoformat()}
        assert (await send(f"{CLUB}/prix", wish)).status_code == 303
    page = (await office.get(f"{CLUB}/cotisations")).text
    assert "À venir" in page
    assert "1,50" in page
    assert page.count("Prix de départ") == 3


LADDER = {
    "days_0": "10",
    "side_0": "avant",
    "way_0_0": "sms",
    "way_0_1": "print",
    "days_1": "0",
    "side_1": "apres",
    "way_1_0": "email",
    "way_1_1": "email",
}


async def test_the_reminders_are_set_on_their_page(office: Browser, send: Post) -> None:
    """N5: the ladder is configurable, from a day on."""
    path = f"{CLUB}/rappels"
    today = clock.today().isoformat()
    assert (await office.get(path)).text.count("<fieldset") == len(FIRST_LADDER) + 2
    assert (await send(path, {**LADDER, "since": today})).status_code == 303
    assert await choices.ladder() == (
        Step(-10, (Channel.SMS, Channel.PRINT)),
        Step(0, (Channel.EMAIL,)),
    )
    assert "10 jours avant la fin" in (await office.get(path)).text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"days_0": "dix"}, "Écrivez un nombre"),
        ({"days_1": "10", "side_1": "avant"}, "tombent le même jour"),
        ({"way_0_1": ""}, "Gardez une lettre ou une visite"),
        ({"days_0": "", "days_1": ""}, "Gardez au moins un rappel"),
        ({"days_0": "91"}, "de 90 jours avant"),
        ({"since": "2020-01-01"}, "un jour à venir"),
    ],
)
async def test_the_reminders_stay_when_the_form_is_wrong(
    send: Post, changed: dict[str, str], said: str
) -> None:
    """N5: what was typed stays on the page, and nothing is set."""
    form = {**LADDER, "since": clock.today().isoformat(), **changed}
    refused = await send(f"{CLUB}/rappels", form)
    assert refused.status_code == 422
    assert said in refused.text
    assert 'name="way_0_0"' in refused.text
    assert await choices.ladder() == FIRST_LADDER


async def test_the_history_tells_who_changed_what(office: Browser, send: Post) -> None:
    await send(CLUB, {**NAMED, "town": "Orme"})
    await send(CLUB, {**NAMED, "town": "Ormeval"})
    await send(f"{CLUB}/moyens", {"cash": "1"})
    await send("/gestion/textes/aide", {"title": "Aide", "body": "Appelez.", "after": "0"})
    page = (await office.get(f"{CLUB}/historique")).text
    assert "Hélène Vasseur" in page
    assert "<del>Orme</del> → <ins>Ormeval</ins>" in page
    assert "Les moyens de payer" in page
    assert "Un texte, nouvelle version" in page


async def test_older_changes_are_on_the_next_page(office: Browser, send: Post) -> None:
    for number in range(52):
        await send(CLUB, {**NAMED, "town": f"Ville {number}"})
    first = (await office.get(f"{CLUB}/historique")).text
    older = first.partition(f'href="{CLUB}/historique?avant=')[2].partition('"')[0]
    second = (await office.get(f"{CLUB}/historique?avant={older}")).text
    assert "Ville 51" in first
    assert "Ville 0<" not in first
    assert "Ville 0<" in second
    assert "Ville 51" not in second


async def test_the_treasurer_sees_money_and_nothing_else(
    client: Browser, settings: Settings, db: Database
) -> None:
    """SEC11: dues, account and history; neither the club nor its reminders."""
    treasurer = await add_person("Théo", "Roux")
    await add_role(treasurer, Role.TREASURER)
    await as_staff(client, settings, treasurer)
    page = (await client.get(f"{CLUB}/cotisations")).text
    assert f'href="{CLUB}/banque"' in page
    assert f'href="{CLUB}/rappels"' not in page
    assert 'href="/gestion/partenaires"' not in page
    for path in (CLUB, f"{CLUB}/rappels", f"{CLUB}/messages"):
        assert (await client.get(path)).status_code == 404
