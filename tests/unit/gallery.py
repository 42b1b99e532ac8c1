"""Each macro as a page uses it: file, macro -> the ways to call it, and what they are called with."""

from datetime import UTC, datetime
from types import SimpleNamespace

from backend.insight.document import Figure, Picture, Table
from backend.kit import charts
from backend.kit.prose import blocks
from backend.kit.qr import qr_svg
from backend.offers.rules import Delivery, LimitPer, LimitPeriod, OfferKind

TICKET = {
    "shop": "Boulangerie des Tilleuls",
    "title": "−10 % sur le pain",
    "qr": qr_svg("CL1:K7MP3WQX9TRA"),
    "code": "K7MP3WQX9TRA",
    "name": "Samira B.",
    "tile": "ORM-4488",
    "until": "lundi 30 novembre",
    "used": "",
}
CARD = {
    "name": "Samira Belkacem",
    "household": "Foyer de 4 · n° ORM-4488",
    "tile": "ORM-4488",
    "qr": TICKET["qr"],
    "paid_until": "31 mars 2027",
    "good": True,
}
FORM = SimpleNamespace(
    values={"name": "Zoé <3", "kind": "b", "many": "1", "shop_2": "1"},
    errors={
        "name": "Écrivez votre nom.",
        "kind": "Choisissez.",
        "shop_ids": "Choisissez un point de vente ouvert.",
        "": "Revoyez la page.",
    },
)
THINGS = [{"id": 1, "name": "Rue Haute"}, {"id": 2, "name": "Rue <Basse>"}]
ACCESS = [
    SimpleNamespace(
        name="Sylvie Morel",
        email="assureur@example.org",
        since=datetime(2026, 11, 21, 9, tzinfo=UTC),
        public_id="p",
    )
]
BILLS = [
    SimpleNamespace(
        public_id=said,
        said=said,
        issued_at=datetime(2026, 11, 21, 9, tzinfo=UTC),
        amount_cents=10_000,
        credit=credit,
        credits="F-2026-1" if credit else "",
        credited_cents=credited,
        cancelled=cancelled,
        paid=paid,
    )
    for said, credit, credited, cancelled, paid in (
        ("F-2026-1", False, 2_500, False, True),
        ("A-2026-1", True, 0, False, False),
        ("F-2026-2", False, 0, True, False),
        ("F-2026-3", False, 0, False, False),
    )
]
WORDS = SimpleNamespace(
    OFFER_KINDS={OfferKind.PERCENT: ("Un pourcentage", "10 % de moins.")},
    DELIVERIES={Delivery.CARD: ("Avec la carte", "À chaque achat.")},
    PERIODS={LimitPeriod.MONTH: "par mois"},
    PER={LimitPer.ADULT: "pour chaque adulte"},
)
OPTIONS = [{"value": "a", "text": "A"}, {"value": "b", "text": "B", "detail": "d", "end": "1 €"}]
PLACES = [
    {"href": "/a", "label": "A", "icon": "house", "current": True, "count": 2, "part": "Lieux"}
]
YEAR = SimpleNamespace(
    figures=[Figure(f"Nombre {at}", str(at), "en un an") for at in range(6)],
    pictures=[Picture("Foyers", charts.line([("nov", 4), ("déc", 9)]))],
    tables=[Table("Mois", ("Mois", "Foyers"), [("nov", "4")])],
    note="« Non montré » : moins de 5 personnes.",
)
PROSE = blocks("# Adhérer <ici>\n\nUn euro.\nPar mois.\n\n- la carte\n- les bons")

USES: dict[str, dict[str, list[str]]] = {
    "icons": {
        "icon": ['{{ icon("bell") }}{{ icon("bell", "s", label="Messages", dir=True) }}'],
        "mark": ["{{ mark(28) }}"],
        "pic": ['{{ pic("bread") }}{{ pic("bread", "p48", wide=True) }}'],
        "leaf": ["{{ leaf(day) }}"],
        "sign_pic": ['{{ sign_pic("store", "p48") }}'],
        "service_pic": ['{{ service_pic("shirt") }}{{ service_pic("copy") }}'],
    },
    "buttons": {
        "button": [
            '{{ button("Payer", icon="euro", big=True, wide=True, busy="Envoi…", name="a", value="b") }}',
            '{{ button("Fermé", "line", disabled=True, trail="arrow-right", attrs={"data-x": "1"}) }}',
        ],
        "link_button": [
            '{{ link_button("Voir", "/a", "line", "eye", "arrow-right", css="gap-2") }}'
        ],
        "icon_link": ['{{ icon_link("arrow-left", "Retour", "/a", dir=True) }}'],
        "icon_button": ['{{ icon_button("x", "Fermer") }}'],
        "back": ['{{ back("Avantages", "/avantages") }}'],
        "post_button": ['{{ post_button("Annuler", "/a", "no", fields={"id": "1"}) }}'],
    },
    "fields": {
        "csrf": ["{{ csrf() }}"],
        "hidden": ['{{ hidden("a", "b") }}'],
        "field": [
            '{{ field(None, "name", "Nom", hint="Comme sur la porte.", value="x") }}',
            '{{ field(form, "name", "Nom", hint="Comme sur la porte.", autocomplete="name", optional=True) }}',
            '{{ field(None, "file", "Fichier", type="file", inputmode="text", placeholder="a", maxlength=9) }}',
        ],
        "code_field": [
            '{{ code_field(form, "code", "Code") }}',
            '{{ code_field(None, "otp", "Code reçu", groups=3, once=True, figures=True) }}',
        ],
        "money_field": ['{{ money_field(form, "price", "Prix") }}'],
        "textarea": ['{{ textarea(form, "name", "Texte", hint="Court.", maxlength=9) }}'],
        "select": [
            '{{ select(form, "kind", "Sorte", [("a", "A"), ("b", "B")], blank="Choisir") }}'
        ],
        "filter": [
            '{{ filter("status", "État", [("a", "A"), ("b", "B")], value="a", blank="Tous") }}'
        ],
        "pick": ['{{ pick(form, "kind", "Sorte", options, hint="Une seule.") }}'],
        "checkbox": [
            '{{ checkbox(form, "many", "Oui", detail="d") }}',
            '{% call checkbox(None, "other", checked=True) %}J’ai lu <a href="/a">cela</a>{% endcall %}',
        ],
        "boxes": ['{{ boxes(form, "shop_", "Où ?", things, hint="Rien de coché : partout.") }}'],
        "kept_boxes": ['{{ kept_boxes(form, "shop_", things[:1]) }}<p>a</p>'],
        "search": ['{{ search("Chercher", placeholder="Pain", action="/avantages") }}'],
        "scan_field": ['{{ scan_field("/comptoir/scans", "Scannez") }}'],
        "error_summary": ["{{ error_summary(form) }}{{ error_summary(None) }}"],
    },
    "offers": {"offer_terms": ["{{ offer_terms(form, words) }}"]},
    "access": {
        "access": ['{{ access(None, people, "Agents", "/agents", "Ajouter un agent", "Ajouter") }}']
    },
    "invoices": {"invoices": ['{{ invoices(bills, "Factures", "/gestion/factures") }}']},
    "states": {
        "tag": ['{{ tag("À jour", "yes", icon="check") }}{{ tag("Prêtée") }}'],
        "alert": [
            '{{ alert("Non.", "stop", more="Revenez.", live="alert") }}',
            '{% call alert("Oui.", "yes", icon="phone") %}<p>Plus.</p>{% endcall %}',
        ],
        "flashes": ['{{ flashes([{"kind": "mind", "text": "Attention."}]) }}{{ flashes([]) }}'],
        "empty": [
            '{% call empty("Pas encore de bon", "Choisissez.") %}<p>a</p>{% endcall %}',
            '{{ empty("Rien") }}',
        ],
        "progress": ['{{ progress("3 sur 10", 3, 10) }}'],
        "bones": ['{{ bones("Nous cherchons…") }}'],
        "toast": ['{{ toast("Bon annulé.") }}{% call toast("Fait.") %}<b>a</b>{% endcall %}'],
    },
    "money": {
        "save": [
            '{{ save("−10 %") }}{{ save(saved_cents=120) }}{{ save(saved_cents=120, words=True) }}'
        ],
        "price": ["{{ price(1080, 1200) }}{{ price(1080) }}{{ price(1080, 1200, label=False) }}"],
        "figure": ['{{ figure("148,60 €") }}'],
    },
    "prose": {"prose": ["{{ prose(blocks) }}{{ prose(blocks, level=3) }}"]},
    "lists": {
        "rows": ['{% call rows("Bons", flush=True) %}<li>a</li>{% endcall %}'],
        "row": [
            '<ul>{{ row("Pain", "/a", detail="Frais") }}{{ row("Pain", end="1 €", top=True) }}</ul>',
            '<ul>{% call row("Pain", "/a", start=markup) %}<b>plus</b>{% endcall %}</ul>',
        ],
        "facts": ["{% call facts() %}<div>a</div>{% endcall %}"],
        "fact": ['{% call fact("map-pin") %}<p>8, rue des Tilleuls</p>{% endcall %}'],
        "how": ['{{ how(["Prenez votre bon.", "Montrez-le."]) }}'],
        "pairs": ['{{ pairs([("Mobile", "06 39 98 12 34")]) }}'],
    },
    "navigation": {
        "bar_links": ["{{ bar_links(places) }}"],
        "menu_links": ["{{ menu_links(places) }}"],
        "tabs": ['{{ tabs(places, "Dossier") }}'],
        "chips": ['{{ chips(places, "Familles") }}'],
        "steps": ['{{ steps(["Vous", "Chez vous", "Cotisation"], at=2) }}'],
        "crumbs": ['{{ crumbs([("Avantages", "/avantages")], "Boulangerie") }}'],
        "pager": ['{{ pager("/a", "/b", older_text="Plus ancien") }}{{ pager() }}'],
    },
    "tables": {
        "table": [
            """{% call table("Bons", ["Jour", ("Prix", "e"), ""], tight=True) %}
            <tr><td>1</td><td>2</td><td>3</td></tr>{% endcall %}""",
            '{% call table("Bons", show_caption=True, slim=True) %}<tr><td>1</td></tr>{% endcall %}',
            """{% call table("Bons", ["Qui", ("A", "e"), ("B", "e"), ("C", "e"), ("D", "e")]) %}
            <tr><td>1</td></tr>{% endcall %}""",
        ],
    },
    "figures": {
        "kpis": [
            '{{ kpis([{"label": "Foyers", "text": "903", "detail": "en un an"}, {"label": "Bons", "text": "9", "href": "/b"}]) }}'
        ],
        "chart": ['{% call chart("Par mois", "en cours") %}<svg></svg>{% endcall %}'],
        "picture": ['{{ picture(drawn, "Par mois") }}'],
        "heading": [
            '{% call heading("Bons", "9", id="b") %}<a class="end" href="/a">Tous</a>{% endcall %}',
            '{{ heading("Bons", level=1) }}',
        ],
    },
    "report": {"report": ['{{ report(document, "/gestion/rapport/papier?annee=2026") }}']},
    "tiles": {
        "tile": ['{{ tile("ORM-4488", 56) }}'],
        "frieze": ['{{ frieze("ORM-4488", 9) }}'],
        "band": ['{{ band("ORM-4488", 48) }}'],
        "floor": ['{{ floor("ORM-4488", 14) }}'],
    },
    "objects": {
        "qr": ['{{ qr(ticket_of.qr, "Code") }}'],
        "code": ['{{ code("K7MP3WQX9TRA") }}'],
        "who": ['{{ who("Samira B.", "ORM-4488") }}'],
        "ticket": ["{{ ticket(ticket_of) }}", "{{ ticket(used_one, level=2) }}"],
        "mini_ticket": [
            '{{ mini_ticket("Pain", start=markup) }}',
            '{% call mini_ticket("Pain", href="/a") %}<p>a</p>{% endcall %}',
        ],
        "plate": ["{{ plate(card) }}"],
        "verdict": [
            '{% call verdict("yes", "Validé") %}<p>10,80 €</p>{% endcall %}',
            '{% call verdict("no", "Déjà utilisé") %}<p>À 11:42</p>{% endcall %}',
            '{% call verdict("mind", "Vérifiez") %}<p>a</p>{% endcall %}',
        ],
        "todo": ['{{ todo("Faites payer le prix normal.") }}'],
        "plaque": [
            '{% call plaque("Samira B.", "ORM-4488", yes=True) %}14:03{% endcall %}',
            '{% call plaque("Samira B.", "ORM-4488") %}14:03{% endcall %}',
        ],
    },
    "dialogs": {
        "dialog": [
            '{% call dialog("d", "Annuler ?", "Libre pour un autre.") %}<p>a</p>{% endcall %}'
        ],
        "confirm": [
            '{{ confirm("/a", "Annuler", "Garder", "/b", fields={"id": "1"}) }}',
            '{% call confirm("/a", "Annuler", "Garder", "/b", busy="Envoi…") %}<p>a</p>{% endcall %}',
        ],
    },
}
