"""Who may call which route: the one table of the authorisation matrix (SEC11).

A new route in a space of `SPACES` needs nothing when it allows whom its space allows. Any other needs
a line in `ROUTES`, and without one the matrix is red. Say who may come in:

    "GET /gestion/caisse": TREASURERS,
    "POST /gestion/prix": MANAGERS & WITH_SUDO,

The callers are those of `CALLERS`. `with_sudo` has given the second factor within ten minutes,
`enrolling` has no second factor yet, `entering` has one and has not given it.
"""

NOBODY = "nobody"
PERSON = "person"  # signed in, in no household
MEMBER = "member"
MERCHANT = "merchant"
INSURER = "insurer"
REFERENT = "referent"
DESK = "desk"
TREASURER = "treasurer"
MANAGER = "manager"
ADMIN = "admin"
ENTERING = "desk entering"
ENROLLING = "desk enrolling"
SUDO = "manager with sudo"
ADMIN_SUDO = "admin with sudo"
TILL = "till"
PROGRAM = "program"  # a till's bearer token

ANYBODY = frozenset(
    {
        NOBODY,
        PERSON,
        MEMBER,
        MERCHANT,
        INSURER,
        REFERENT,
        DESK,
        TREASURER,
        MANAGER,
        ADMIN,
        ENTERING,
        ENROLLING,
        SUDO,
        ADMIN_SUDO,
        TILL,
        PROGRAM,
    }
)
SIGNED_IN = ANYBODY - {NOBODY, TILL, PROGRAM}
MEMBERS = frozenset({MEMBER})
MANAGERS = frozenset({MANAGER, ADMIN, SUDO, ADMIN_SUDO})
STAFF = MANAGERS | {DESK, TREASURER}
DESKS = MANAGERS | {DESK}
TREASURERS = MANAGERS | {TREASURER}
TILLS = frozenset({TILL})
PROGRAMS = frozenset({PROGRAM})
STAFF_ENTERING = STAFF | {ENTERING, ENROLLING}
STAFF_ENROLLING = STAFF | {ENROLLING}
WITH_SUDO = frozenset({SUDO, ADMIN_SUDO})

FACTORS = "/connexion/equipe/facteurs"
SECOND = "/connexion/equipe/second-facteur"

# What a whole space allows; the longest beginning counts.
SPACES: dict[str, frozenset[str]] = {
    "/static/": ANYBODY,
    "/health": ANYBODY,
    "/demo": ANYBODY,
    "/adherer": ANYBODY,
    "/devenir-partenaire": ANYBODY,
    "/certificats/": ANYBODY,
    "/conciergeries": ANYBODY,
    "/desabonnement/": ANYBODY,
    "/connexion": ANYBODY,
    SECOND: STAFF_ENTERING,
    FACTORS: STAFF_ENROLLING,
    "/connexion/equipe/codes-de-secours": STAFF_ENROLLING,
    "/accueil": MEMBERS,
    "/avantages": MEMBERS,
    "/bons": MEMBERS,
    "/reserver": MEMBERS,
    "/entraide": MEMBERS,
    "/agenda": ANYBODY,
    "/agenda/mes-places": MEMBERS,
    "/services": MEMBERS,
    "/livraisons/": ANYBODY,
    "/points-de-vente": MEMBERS,
    "/carte": MEMBERS,
    "/compte": SIGNED_IN,
    "/compte/cotisation": MEMBERS,
    "/compte/demandes": MEMBERS,
    "/compte/attestation": MEMBERS,
    "/comptoir": DESKS,
    "/gestion": MANAGERS,
    "/gestion/tresorerie": TREASURERS,
    "/gestion/cotisations": TREASURERS,
    "/gestion/ecarts": TREASURERS,
    "/gestion/listes": TREASURERS,
    "/gestion/remboursements": WITH_SUDO,
    "/caisse": TILLS,
    "/caisse/inscription": ANYBODY,
    "/partenaire": frozenset({MERCHANT}),
    "/bailleur": frozenset({REFERENT}),
    "/assureur": frozenset({INSURER}),
    "/api/v1/": PROGRAMS,
}
# Single routes; each goes before its space.
ROUTES: dict[str, frozenset[str]] = {
    "GET /": ANYBODY,
    "GET /logo": ANYBODY,
    "GET /sw.js": ANYBODY,
    "GET /api/v1": ANYBODY,
    "GET /api/v1/openapi.json": ANYBODY,
    "POST /hooks/stripe": ANYBODY,
    # By their own secret, and this club has given none.
    "POST /hooks/sms": frozenset(),
    "POST /hooks/mail": frozenset(),
    **{
        f"GET /{page}": ANYBODY
        for page in (
            "accessibilite",
            "aide",
            "assurance",
            "conditions",
            "confidentialite",
            "convention",
            "ecoconception",
            "mentions-legales",
            "retractation",
        )
    },
    "POST /deconnexion": SIGNED_IN,
    # Everybody reads the agenda; seats are a household's, and who comes is its leader's to read.
    "POST /agenda/{public_id}/places": MEMBERS,
    "POST /agenda/{public_id}/paiement": MEMBERS,
    "GET /agenda/{public_id}/paiements/{pay_order}": MEMBERS,
    "GET /agenda/{public_id}/liste": MEMBERS,
    "GET /agenda/{public_id}/liste.pdf": MEMBERS,
    # Money is also the treasurer's; another account for transfers asks for the second factor again.
    "GET /gestion/club/cotisations": TREASURERS,
    "POST /gestion/club/prix": TREASURERS,
    "POST /gestion/club/moyens": TREASURERS,
    "GET /gestion/club/historique": TREASURERS,
    "GET /gestion/club/banque": TREASURERS,
    "GET /gestion/club/banque/changement": WITH_SUDO,
    "POST /gestion/club/banque": WITH_SUDO,
    # Whom the team has and what they may do: with the second factor just given.
    "GET /gestion/equipe": MANAGERS,
    "POST /gestion/equipe": WITH_SUDO,
    "GET /gestion/equipe/invitation": WITH_SUDO,
    "GET /gestion/equipe/{public_id}": WITH_SUDO,
    **{
        f"POST /gestion/equipe/{{public_id}}/{act}": WITH_SUDO
        for act in ("roles", "lieu", "invitation", "suspension", "retour", "second-code")
    },
    "GET /accueil": SIGNED_IN,
    f"POST {FACTORS}/{{public_id}}/fin": WITH_SUDO,
    "POST /connexion/equipe/codes-de-secours": WITH_SUDO,
    "GET /gestion/bailleurs/{slug}/referents": WITH_SUDO,
    "POST /gestion/bailleurs/{slug}/referents": WITH_SUDO,
    "POST /gestion/bailleurs/{slug}/referents/retrait": WITH_SUDO,
    "GET /bons/{code}/etat": SIGNED_IN,
    # Who sees what members hand over: with the second factor just given.
    "GET /gestion/assurance/assureurs/{public_id}/agents": WITH_SUDO,
    "POST /gestion/assurance/assureurs/{public_id}/agents": WITH_SUDO,
    "POST /gestion/assurance/assureurs/{public_id}/agents/retrait": WITH_SUDO,
    # What cannot be taken back asks for the second factor again.
    **{
        f"{method} /comptoir/personnes/{{public_id}}/effacement": WITH_SUDO
        for method in ("GET", "POST")
    },
    # What undoes money or a use is the manager's.
    **{
        f"{method} /comptoir/personnes/{{public_id}}/{what}/annulation": MANAGERS
        for method in ("GET", "POST")
        for what in ("paiements/{order}", "utilisations/{redemption}")
    },
    **{
        f"{method} /comptoir/personnes/{{public_id}}/bons/{{voucher}}/retrait": MANAGERS
        for method in ("GET", "POST")
    },
    "POST /comptoir/sommes/{public_id}/reponse": MANAGERS,
    "POST /comptoir/sommes/{public_id}/annulation": MANAGERS,
}

# Routes that change something and prove themselves otherwise than by a cookie and a form (SEC10).
WITHOUT_CSRF = {"signed_hook", "till_bearer", "sms_provider", "mail_provider"}


def allowed(method: str, path: str) -> frozenset[str] | None:
    """Who may come in; None where nobody has said so yet."""
    if (line := ROUTES.get(f"{method} {path}")) is not None:
        return line
    begins = [start for start in SPACES if path.startswith(start)]
    return SPACES[max(begins, key=len)] if begins else None
