"""Pure decisions about who is calling."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backend.http.doors import is_local, onward, path_of, sign_in_address, with_return
from backend.identity import rules
from backend.identity.rules import Role, SessionKind
from backend.people.errors import AddressUnreadable, NotAMobile
from backend.people.rules import Address, Channel, read_address

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("kind", SessionKind)
def test_session_is_over_when_its_last_moment_comes(kind):
    """SEC4: the limits belong to the ended side."""
    idle, absolute = rules.LIFETIMES[kind]
    tick = timedelta(microseconds=1)
    assert rules.is_alive(kind, NOON, NOON, NOON + idle - tick)
    assert not rules.is_alive(kind, NOON, NOON, NOON + idle)
    late = NOON + absolute
    assert rules.is_alive(kind, NOON, late - tick, late - tick)
    assert not rules.is_alive(kind, NOON, late - tick, late)


def test_sudo_is_over_when_ten_minutes_are():
    assert rules.is_sudo(NOON, NOON + timedelta(minutes=9, seconds=59))
    assert not rules.is_sudo(NOON, NOON + timedelta(minutes=10))
    assert not rules.is_sudo(None, NOON)


@pytest.mark.parametrize(
    ("ip", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_addresses_count_together_when_one_line_holds_them(ip, counted):
    """SEC6: whoever has an IPv6 line has 2^64 addresses; they count as one."""
    assert rules.neighbourhood(ip) == counted


@given(some.integers(min_value=0, max_value=2**33))
def test_step_is_that_of_the_standard_at_any_time(seconds):
    """RFC 6238: the step before and the one after are accepted, no other."""
    now = datetime.fromtimestamp(seconds, UTC)
    step = seconds // 30
    assert rules.totp_step(now) == step
    assert set(rules.acceptable_steps(now)) == {step - 1, step, step + 1}


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1 Version/17.5 Safari/604.1",
            "Safari, iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/130.0 Safari/537.36 Edg/130.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
            "Firefox, Linux",
        ),
        ("curl/8.5", "Appareil inconnu"),
        ("", "Appareil inconnu"),
    ],
)
def test_device_is_known_again_by_its_owner(agent, name):
    assert rules.device_name(agent) == name


@pytest.mark.parametrize("path", ["/", "/bons/ABC", "/bons?x=1&y=%20", "/connexion/equipe"])
def test_path_is_ours_when_it_stays_here(path):
    assert is_local(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "bons",
        "//evil.example",
        "/\\evil.example",
        "/a\\b",
        "https://evil.example",
        "/a b",
        "/\n",
        "/é",
    ],
)
def test_path_is_not_ours_when_a_browser_could_leave_by_it(path):
    assert not is_local(path)
    assert with_return("/connexion", path) == "/connexion"


@given(some.text())
def test_nobody_is_led_away_whatever_was_wanted(wanted):
    """A page to go on to is a path of ours, or where the person begins."""
    assert onward(wanted, SessionKind.TENANT, []).startswith("/")
    assert not onward(wanted, SessionKind.TENANT, []).startswith(("//", "/\\"))
    assert with_return("/connexion", wanted).startswith("/connexion")


@pytest.mark.parametrize(
    ("kind", "roles", "home"),
    [
        (SessionKind.TENANT, [Role.DESK], "/accueil"),
        (SessionKind.STAFF, [Role.MANAGER, Role.DESK], "/comptoir"),
        (SessionKind.STAFF, [Role.TREASURER], "/gestion/tresorerie"),
        (SessionKind.STAFF, [Role.ADMIN, Role.MERCHANT], "/gestion"),
        (SessionKind.MERCHANT, [Role.DESK, Role.MERCHANT], "/partenaire"),
        (SessionKind.MERCHANT, [Role.REFERENT], "/bailleur"),
    ],
)
def test_everybody_begins_where_their_role_is(kind, roles, home):
    assert onward("", kind, roles) == home


@pytest.mark.parametrize(
    ("path", "door"),
    [
        ("/accueil", "/connexion"),
        ("/comptoir/prets", "/connexion/equipe"),
        ("/connexion/equipe/facteurs", "/connexion/equipe"),
        ("/partenaire", "/connexion/partenaire"),
        ("/caisse", "/caisse/inscription"),
    ],
)
def test_each_space_has_its_door(path, door):
    assert sign_in_address(path) == door


@pytest.mark.parametrize(
    ("referer", "path"),
    [
        ("https://club.example.org/gestion/prix?x=1", "/gestion/prix"),
        ("https://club.example.org", ""),
        ("http://[", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_page_before_is_read_when_a_browser_says_it(referer, path):
    assert path_of(referer) == path


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("Samira@Exemple.FR", Address(Channel.EMAIL, "samira@exemple.fr")),
        ("06 39 98 12 34", Address(Channel.SMS, "+33639981234")),
        ("+32 470 12 34 56", Address(Channel.SMS, "+32470123456")),
    ],
)
def test_address_is_read_when_it_is_an_email_or_a_mobile(typed, address):
    assert read_address(typed) == address


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [("bonjour", AddressUnreadable), ("", AddressUnreadable), ("01 42 68 53 00", NotAMobile)],
)
def test_address_is_refused_when_nothing_could_reach_it(typed, refusal):
    with pytest.raises(refusal):
        read_address(typed)


def test_address_is_masked_when_its_owner_must_know_it():
    assert Address(Channel.EMAIL, "samira@exemple.fr").masked == "s•••@exemple.fr"
    assert Address(Channel.SMS, "+33639981234").masked == "•• •• •• 12 34"
    assert Address(Channel.SMS, "+33639981234").shown == "06 39 98 12 34"
