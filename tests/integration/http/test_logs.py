"""What is written down, and for how long (SEC13)."""

import json
import logging
import re

import pytest
import structlog

from backend.http import logs
from backend.identity import jobs as identity_jobs
from backend.jobs.schedule import TIMETABLE
from backend.kit import codes
from backend.kit.database import fetch, fetch_value, transaction
from backend.privacy import jobs as privacy_jobs
from tests import log_lines, sign_in
from tests.integration.identity import browser as person
from tests.integration.identity.conftest import ALICE, STAFF
from tests.integration.identity.test_second_factor import enrol

SECRETS = {
    "code": "le code 123456 est parti",
    "e-mail": "à samira.haddad+club@exemple.fr",
    "mobile": "à +33612345678",
    "mobile as typed": "à 06 12 34 56 78",
    "token": "lien dGhpcyBpcyBhIHRva2VuIG9mIDMyIGJ5dGVzIDE",
    "card": "carte 4242 4242 4242 4242",
    "typed code": "bon 7KQ2-M0XD-WB5N",
    "voucher": "PL1V6BFOXN/ABCDEFGHIJKLMNOP",
}
LEFT = re.compile(
    r"\b\d{6}\b|samira\.haddad|\+?33612345678|06 12 34 56 78|dGhpcyBpcyBh|4242 4242|M0XD|BFOXN"
)


@pytest.mark.parametrize("said", SECRETS.values(), ids=SECRETS)
def test_secret_is_taken_out_when_it_got_into_a_line(said):
    """SEC13: the last step before a line is written."""
    cleaned = logs.redact(None, "info", {"event": said, "exception": f"Traceback: {said}"})
    assert not LEFT.search(str(cleaned)), cleaned


def test_figures_of_everyday_stay_when_a_line_is_cleaned():
    line = {"id": codes.random_id(), "path": "/comptoir", "ms": 123456, "event": "in 80000 Amiens"}
    assert logs.redact(None, "info", dict(line)) == line


def test_line_of_a_library_is_cleaned_when_it_warns(capfd):
    """SEC13: libraries log too; they are heard from a warning on, and cleaned like us."""
    logs.configure()
    logging.getLogger("httpx").info("POST https://sms.example/send?text=123456")
    logging.getLogger("some.library").warning("refused for samira.haddad@exemple.fr, code 123456")
    said = capfd.readouterr().err
    assert "sms.example" not in said
    [line] = [json.loads(text) for text in said.splitlines() if "refused for" in text]
    assert not LEFT.search(line["event"])


async def test_logs_hold_no_secret_after_everything_was_done(
    client, settings, mailbox, alice, sofia, capfd
):
    """SEC13: a sign-in with a wrong and a right code, a factor, an address, a fault: nothing is left."""
    logs.configure()
    page = await person.ask(client, ALICE)
    code = mailbox.code_for(ALICE)
    await person.type_code(client, page, "000000" if code != "000000" else "111111")
    await person.type_code(client, page, code)
    session = sign_in.cookie(client, "session")
    added = await person.submit(client, "/compte/adresses/ajouter", address="neu@example.org")
    await person.type_code(client, added.headers["location"], mailbox.code_for("neu@example.org"))
    mailbox.broken = True
    await person.ask(client, STAFF, "/connexion/equipe")
    mailbox.broken = False
    await person.sign_in(client, mailbox, STAFF, "/connexion/equipe")
    phone, recovery = await enrol(client)
    structlog.get_logger("t").error("failed", exc_info=ValueError(f"{ALICE} typed {code}"))
    said = capfd.readouterr().err.replace("\\u2026", "…")
    assert said.count('"event": "request"') > 10
    # The microseconds of a line may be those six digits.
    assert code not in re.sub(r'"timestamp": "[^"]*"', "", said)
    secrets = [
        session,
        sign_in.cookie(client, "csrf"),
        person.ticket_of(page),
        phone.machine.secret,
        *recovery,
        *(one.replace("-", "") for one in recovery),
    ]
    assert [one for one in secrets if one in said] == []
    assert log_lines.leaks(said) == []


LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"  # a code that no pattern knows


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (f"/caisse/inscription/{LETTERS}", "/caisse/inscription/{code}"),
        (f"/bons/{LETTERS}/etat", "/bons/{code}/etat"),
        (f"/caisse/inscriptions/{LETTERS}", "-"),
        (f"/{LETTERS}", "-"),
        ("/caisse/inscription", "/caisse/inscription"),
    ],
)
async def test_secret_in_an_address_is_not_written_when_it_looks_like_a_word(
    client, capfd, path, written
):
    """SEC13: a line names the route; what a link carries, or what somebody mistyped, stays out."""
    logs.configure()
    await client.get(path)
    said = capfd.readouterr().err
    lines = [json.loads(line) for line in said.splitlines() if '"event": "request"' in line]
    assert [line["path"] for line in lines] == [written]
    assert LETTERS not in said


async def test_lines_of_the_record_go_when_a_year_is_over(db):
    """SEC13: the purge job deletes after 12 months, and the database lets nothing younger go."""
    for months in (14, 13, 11, 0):
        await fetch(
            "INSERT INTO audit_entry (at, actor, verb, facts)"
            " VALUES (now() - make_interval(months => $1), 'system', 'old', '{}')",
            months,
        )
    await privacy_jobs.retain()
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'old'") == 2
    async with transaction():
        await fetch("SELECT purge_audit('2999-01-01')")
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'old'") == 2


async def test_codes_and_sessions_go_when_their_time_is_over(client, settings, mailbox, alice):
    """SEC13: an address is not kept in codes that are over; a live session stays."""
    await person.sign_in(client, mailbox, ALICE)
    await fetch(
        "UPDATE sign_in_code SET created_at = now() - interval '4 days',"
        " expires_at = now() - interval '3 days'"
    )
    await fetch(
        "INSERT INTO session (public_id, token_hash, person, kind, device, created_at, seen_at,"
        " revoked_at) SELECT 'old', 'x', person, kind, '', created_at, seen_at,"
        " now() - interval '400 days' FROM session"
    )
    await identity_jobs.purge()
    assert await fetch_value("SELECT count(*) FROM sign_in_code") == 0
    assert await fetch_value("SELECT count(*) FROM session") == 1


def test_purges_are_in_the_timetable():
    """SEC13: they run every night without anybody thinking of them."""
    jobs = {task.job for task in TIMETABLE}
    assert {privacy_jobs.retain, identity_jobs.purge} <= jobs
