"""A member's own certificate: theirs alone, recalled in time, counted for a landlord on a yes."""

import asyncio
import html
import re
from datetime import date, timedelta

import asyncpg
import pytest

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.insurance import certificates, jobs, rules
from backend.insurance import service as insurance
from backend.insurance.errors import CertificateWrong, EndTooFar
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.kit.files import FileRefused
from backend.membership.rules import Category
from backend.notifications.post import deliver, open_post
from backend.privacy import erasing
from backend.privacy import queries as privacy
from backend.privacy.rules import ErasureWay
from tests import factories, sign_in
from tests.conftest import Database
from tests.integration.billing.test_renewals import on
from tests.integration.insurance.conftest import PDF, add_insurance, ask_insurer
from tests.pictures import picture

JPEG = picture("JPEG", size=(40, 30))


def soon(days: int = 100):
    return clock.today() + timedelta(days=days)


async def test_member_records_reads_and_removes_their_paper(page):
    """I4: a last day and a file, visible to the member and nobody else, gone when taken away."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    await page.as_member(alice)
    sent = {"file": ("../../etc/passwd", PDF, "text/html")}
    await page.done("/compte/attestation", {"ends_on": str(soon())}, files=sent)
    mine = await page.client.get("/compte/attestation/fichier")
    assert mine.content == PDF
    assert mine.headers["content-type"] == "application/pdf"
    assert mine.headers["content-disposition"].startswith("attachment")
    assert mine.headers["cache-control"] == "no-store"
    assert "Elle est valable" in await page.words("/compte/attestation")
    await page.as_member(bob)
    assert (await page.client.get("/compte/attestation/fichier")).status_code == 404
    await page.as_member(alice)
    await page.done("/compte/attestation/fin")
    assert (await page.client.get("/compte/attestation/fichier")).status_code == 404
    assert await fetch_value("SELECT count(*) FROM stored_file") == 0


async def test_nobody_of_the_house_has_a_way_to_the_file(page):
    """I4: managers, desk, insurers and partners find no address that gives it."""
    alice, offer = await factories.add_member(), await add_insurance()
    await insurance.record(SYSTEM, alice.person_id, soon(), PDF)
    for role in (Role.MANAGER, Role.ADMIN, Role.DESK, Role.TREASURER):
        person_id = await factories.add_person()
        await factories.add_role(person_id, role)
        await sign_in.as_staff(page.client, page.settings, person_id, sudo=True)
        assert (await page.client.get("/compte/attestation/fichier")).status_code == 404
    await page.as_agent(offer.insurer_id)
    assert (await page.client.get("/compte/attestation/fichier")).status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        b"<script>alert(1)</script>",
        b"%PDF-1.4 cut off",
        b"GIF89a" + b"0" * 30,
        PDF + b"0" * (5 * 1024 * 1024),
    ],
)
async def test_file_is_refused_when_its_bytes_are_no_paper(db, content):
    """I4: the type is read from the content, 5 MB at most; the old paper stays."""
    alice = await factories.add_member()
    await insurance.record(SYSTEM, alice.person_id, soon(), PDF)
    with pytest.raises(CertificateWrong):
        await insurance.record(SYSTEM, alice.person_id, soon(200), content)
    kept = await certificates.mine(alice.person_id)
    assert (kept.ends_on, kept.has_file) == (soon(), True)
    with pytest.raises(FileRefused):
        await insurance.record(SYSTEM, alice.person_id, soon(), b"\xff\xd8\xff broken")


async def test_photo_is_drawn_anew(db):
    """I4: a picture of the paper is kept without where it was taken."""
    alice = await factories.add_member()
    await insurance.record(SYSTEM, alice.person_id, soon(), JPEG)
    file = await certificates.file_of(alice.person_id)
    assert file.media_type == "image/jpeg"
    assert file.content != JPEG


@pytest.mark.parametrize("days", [-1, 800])
async def test_last_day_is_refused_when_it_cannot_be(db, days):
    alice = await factories.add_member()
    with pytest.raises(EndTooFar):
        await insurance.record(SYSTEM, alice.person_id, soon(days), None)


async def test_newest_paper_replaces_the_one_before(db):
    """I4: one living paper a person, held by an index; the old bytes go unless somebody shares them."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    for person in (alice, bob):
        await insurance.record(SYSTEM, person.person_id, soon(), PDF)
    assert await fetch_value("SELECT count(*) FROM stored_file") == 1
    await insurance.record(SYSTEM, alice.person_id, soon(200), None)
    assert (await certificates.file_of(bob.person_id)).content == PDF
    assert await certificates.file_of(alice.person_id) is None
    await insurance.record(SYSTEM, bob.person_id, soon(200), None)
    assert await fetch_value("SELECT count(*) FROM stored_file") == 0
    living = "SELECT count(*) FROM insurance_certificate WHERE removed_at IS NULL"
    assert await fetch_value(living) == 2


async def test_two_papers_at_once_leave_one(db):
    alice = await factories.add_member()
    await asyncio.gather(
        *(insurance.record(SYSTEM, alice.person_id, soon(days), None) for days in range(50, 56))
    )
    living = "SELECT count(*) FROM insurance_certificate WHERE removed_at IS NULL"
    assert await fetch_value(living) == 1


async def test_reminders_come_45_and_15_days_before_once_each(db, settings, mailbox):
    """I4: on those days, once whoever runs and however often; no other day says anything."""
    alice = await factories.add_member("Alice", "Martin", "alice@example.org")
    ends = soon(60)
    await insurance.record(SYSTEM, alice.person_id, ends, None)
    told = []
    for left in (60, 46, 45, 45, 30, 16, 15, 15, 3, 0, -1):
        with on(ends - timedelta(days=left)):
            before = await count()
            await jobs.remind()
            told += [left] * (await count() - before)
    assert told == [45, 15]
    with on(ends):
        await deliver(open_post(settings))
    mails = mailbox.to("alice@example.org")
    assert sum("assurance" in str(mail["Subject"]) for mail in mails) == 2
    assert "/compte/attestation" in mailbox.text_to("alice@example.org")


async def count() -> int:
    found: int = await fetch_value("SELECT count(*) FROM message WHERE kind = 'certificate.ending'")
    return found


async def test_reminder_is_given_once_when_workers_run_together_or_die(db, monkeypatch):
    """I4: message and key are one transaction: who died before it said nothing, who runs after says it."""
    people = [
        await factories.add_member(f"Alice{at}", "Martin", f"alice{at}@example.org")
        for at in range(4)
    ]
    for member in people:
        await insurance.record(SYSTEM, member.person_id, soon(45), None)
    real, calls = jobs._tell, []

    async def dies_at_the_third(due, days):
        calls.append(due.id)
        if len(calls) == 3:
            raise RuntimeError("killed")
        await real(due, days)

    monkeypatch.setattr(jobs, "_tell", dies_at_the_third)
    with pytest.raises(RuntimeError):
        await jobs.remind()
    assert await count() == 2
    monkeypatch.setattr(jobs, "_tell", real)
    await asyncio.gather(jobs.remind(), jobs.remind(), jobs.remind())
    assert await count() == 4


async def test_first_reminder_is_left_out_when_the_second_is_due(db):
    """I4: after weeks without workers one message comes, not two."""
    alice = await factories.add_member()
    await insurance.record(SYSTEM, alice.person_id, soon(10), None)
    await jobs.remind()
    keys = await fetch("SELECT key FROM message WHERE kind = 'certificate.ending'")
    assert [row["key"].rpartition(":")[2] for row in keys] == ["15"]


async def test_paper_that_was_taken_away_or_replaced_reminds_of_nothing(db):
    """I4: only what still stands there is recalled."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    for person in (alice, bob):
        await insurance.record(SYSTEM, person.person_id, soon(45), None)
    await insurance.remove(SYSTEM, alice.person_id)
    await insurance.record(SYSTEM, bob.person_id, soon(300), None)
    await jobs.remind()
    assert await count() == 0


@pytest.mark.parametrize(
    ("days", "told", "due"),
    [
        (46, (), None),
        (45, (), 45),
        (44, (45,), None),
        (15, (45,), 15),
        (14, (45, 15), None),
        (-1, (), None),
    ],
)
def test_reminder_is_due_on_its_day_until_it_was_told(
    days: int, told: tuple[int, ...], due: int | None
):
    """I4: 45 and 15 days before, each once."""
    today = date(2026, 11, 22)
    assert rules.due_reminder(today + timedelta(days=days), today, told) == due


async def tenants(count: int, *, counted: bool = True) -> int:
    """So many tenants of one landlord with a paper; gives the landlord's key."""
    for at in range(count):
        contract = f"L/01 {at + 1:05d}"
        await factories.add_dwelling(contract, "80000", 3)
        member = await factories.add_member(
            "Alice", f"Martin{at}", category=Category.TENANT, contract=contract,
            postcode="80000", rooms=3,
        )  # fmt: skip
        await insurance.record(SYSTEM, member.person_id, soon(), None)
        if counted:
            await insurance.choose_counted(SYSTEM, member.person_id, given=True)
    found: int = await fetch_value("SELECT id FROM landlord WHERE slug = 'orme'")
    return found


async def test_landlord_is_told_nothing_without_consent(db):
    """I4: without a specific yes nobody is counted; with five, a number; a no takes one out again."""
    landlord = await tenants(6, counted=False)
    everyone = await people()
    assert await counted(db, landlord) is None
    for person_id in everyone[:4]:
        await insurance.choose_counted(SYSTEM, person_id, given=True)
    assert await counted(db, landlord) is None
    await insurance.choose_counted(SYSTEM, everyone[4], given=True)
    assert await counted(db, landlord) == 5
    await insurance.choose_counted(SYSTEM, everyone[0], given=False)
    assert await counted(db, landlord) is None
    assert await certificates.counted_for(landlord, soon(400)) is None


async def test_home_is_counted_when_it_is_the_landlords_by_proof(db):
    """I4: who only says that they live there is nobody's tenant yet."""
    landlord = await tenants(6)
    await fetch(
        "UPDATE household SET proof = 'to_check' WHERE id = (SELECT max(id) FROM household)"
    )
    assert await counted(db, landlord) == 5


async def test_total_is_of_the_last_day_when_a_yes_or_a_paper_comes_after_it(db):
    """I4: a sixth person between two looks would be named by the difference; each counts from its month."""
    landlord = await tenants(7)
    *_, sixth, seventh = await people()
    with on(next_month()):
        await insurance.choose_counted(SYSTEM, sixth, given=False)
        await insurance.record(SYSTEM, seventh, soon(), None)
        assert await certificates.counted_for(landlord, clock.today()) == 7
    with on(next_month() + timedelta(days=31)):
        assert await certificates.counted_for(landlord, clock.today()) == 7
    counts = await fetch('SELECT people FROM certificate_count ORDER BY "on"')
    assert [row["people"] for row in counts] == [7, 6]


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ([], None),
        ([4], None),
        ([3, 5], 5),
        ([7, 6], 7),
        ([7, 8, 11], 7),
        ([7, 8, 12], 12),
        ([7, 2], None),
    ],
)
def test_nobody_is_read_off_the_totals_of_two_months(counts: list[int], told: int | None):
    """I4: who gave notice, or has just moved in, would be known to have said yes, and to be insured."""
    assert certificates.told(counts) == told


async def test_paper_that_was_noted_after_the_last_day_is_not_of_that_month(db):
    """I4: somebody's first paper, in the middle of a month."""
    landlord = await tenants(6)
    sixth = (await people())[-1]
    await insurance.remove(SYSTEM, sixth)
    await fetch("DELETE FROM insurance_certificate WHERE person = $1", sixth)
    with on(next_month()):
        await insurance.record(SYSTEM, sixth, soon(), None)
        assert await certificates.counted_for(landlord, clock.today()) == 5


async def test_total_is_of_who_lived_there_on_the_last_day(db):
    """I4: not of who had left by then or came after it; who leaves the day after was still there."""
    landlord = await tenants(8)
    gone, going, coming, *_ = await people()
    leave = "UPDATE household_member SET left_on = $2 WHERE person = $1"
    await fetch(leave, gone, clock.today())
    await fetch(leave, going, next_month())
    await fetch(
        "UPDATE household_member SET joined_on = $2 WHERE person = $1", coming, next_month()
    )
    assert await counted(db, landlord) == 6


async def test_total_stays_within_a_month_whatever_becomes_of_its_people(db):
    """I4: a home that is proved, a person who is erased: counted by the night, or at the first look."""
    landlord = await tenants(6)
    await fetch("UPDATE household SET proof = 'to_check'")
    with on(next_month()):
        await jobs.count_certificates()
        await fetch("UPDATE household SET proof = 'proved'")
        assert await certificates.counted_for(landlord, clock.today()) is None
    with on(next_month() + timedelta(days=31)):
        assert await certificates.counted_for(landlord, clock.today()) == 6
        await erasing.erase(SYSTEM, (await people())[0], ErasureWay.DESK)
        assert await certificates.counted_for(landlord, clock.today()) == 6
        await asyncio.gather(*(jobs.count_certificates() for _ in range(3)))
    assert (
        await fetch_value("SELECT count(*) FROM certificate_count WHERE landlord = $1", landlord)
        == 2
    )


async def counted(db: Database, landlord: int) -> int | None:
    """As if its month had just ended."""
    await forget_totals(db)
    return await certificates.counted_for(landlord, next_month())


async def forget_totals(db: Database) -> None:
    """As the owner: the application itself cannot."""
    connection = await asyncpg.connect(db.owner_url)
    await connection.execute("DELETE FROM certificate_count")
    await connection.close()


async def people() -> list[int]:
    rows = await fetch("SELECT DISTINCT person FROM insurance_certificate ORDER BY person")
    return [row["person"] for row in rows]


def next_month() -> date:
    """Its first day: the total of the month that ends is read then."""
    return (clock.today().replace(day=1) + timedelta(days=32)).replace(day=1)


async def test_referent_reads_a_total_or_nothing(page, db):
    """I4: nothing under five people, never a name."""
    with clock.travel(timedelta(days=-40)):
        landlord = await tenants(5)
    person_id = await factories.add_person("Rémi", "Bailly")
    await factories.add_role(person_id, Role.REFERENT, landlord)
    await sign_in.as_merchant(page.client, page.settings, person_id)
    shown = html.unescape(await page.words("/bailleur/attestations"))
    assert re.search(r"figure num\"><bdi dir=\"ltr\">5<", shown)
    assert "Martin" not in shown
    first = await fetch_value("SELECT min(person) FROM insurance_certificate")
    with clock.travel(timedelta(days=-39)):
        await insurance.choose_counted(SYSTEM, first, given=False)
    assert "moins de 5" not in await page.words("/bailleur/attestations")
    await forget_totals(db)
    assert "moins de 5" in await page.words("/bailleur/attestations")


async def test_consent_is_kept_word_for_word_and_once(page):
    """I4: the text that was read, append-only; the same answer again adds nothing."""
    await factories.add_dwelling("L/01 00001", "80000", 3)
    alice = await factories.add_member(
        category=Category.TENANT, contract="L/01 00001", postcode="80000", rooms=3
    )
    await page.as_member(alice)
    assert rules.LANDLORD_AGREEMENT in html.unescape(await page.words("/compte/attestation"))
    for answer in ({"counted": "1"}, {"counted": "1"}, {}, {}):
        await page.done("/compte/attestation/bailleur", answer)
    rows = await fetch("SELECT given, text_shown FROM certificate_consent ORDER BY id")
    assert [row["given"] for row in rows] == [True, False]
    assert {row["text_shown"] for row in rows} == {rules.LANDLORD_AGREEMENT}


async def test_dossier_and_erasure_know_requests_and_papers(db):
    """D1: everything is told; erasing stops the call, passes it on, and takes the paper away."""
    alice, offer = await factories.add_member("Alice", "Quenneville"), await add_insurance()
    await ask_insurer(alice, offer)
    await insurance.record(SYSTEM, alice.person_id, soon(), PDF + b"\n%%EOF")
    await insurance.choose_counted(SYSTEM, alice.person_id, given=True)
    told = (await privacy.dossier(alice.person_id)).json().decode()
    for part in ("Cabinet Gouttière", "Je demande à être rappelé", "with_file", "+33639981234"):
        assert part in told
    await erasing.erase(SYSTEM, alice.person_id, ErasureWay.DESK)
    assert await fetch_value("SELECT count(*) FROM insurance_certificate") == 0
    assert await fetch_value("SELECT count(*) FROM referral WHERE name <> '' OR contact <> ''") == 0
    assert await fetch_value("SELECT state FROM referral") == "withdrawn"
    passed = "SELECT count(*) FROM message WHERE kind = 'referral.withdrawn'"
    assert await fetch_value(passed) == 1
    held = "SELECT count(*) FROM stored_file WHERE media_type = 'application/pdf'"
    assert (
        await fetch_value(held) == 1
    )  # the insurer's sheet; a certificate of erasure is printed on asking
