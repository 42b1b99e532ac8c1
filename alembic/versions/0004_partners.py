"""Partners' contracts: trades, territories, dues, waiting lists

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Whoever adds a table adds its rights: what nobody changes or deletes stands in the second tuple.
OPEN = (
    "territory",
    "territory_residence",
    "partner_setting",
    "partner_application",
    "contract",
    "contract_trade",
    "trade_place",
    "trade_wait",
    "prepared_list",
)
APPEND_ONLY = ("invoice", "target")

# The accounts of the journal: those of 0001, what the club spends, and the money of loans.
ACCOUNTS_BEFORE = "account IN ('512', '5125', '530', '5112', '411', '467', '471', '756', '706', '627', '658', '758')"
ACCOUNTS = (
    "account IN ('512', '5125', '530', '5112', '411', '467', '471', '756', '706', '627', '658', '758',"
    " '606', '613', '615', '616', '618', '623', '625', '626', '6278', '641', '165', '7083', '7588')"
)
# The wider check replaces the narrower in one statement. Not CONCURRENTLY: it would wait for whoever
# waits for our lock to migrate too. Some hundred thousand lines are looked through in under a second.
JOURNAL = (
    "-- squawk-ignore ban-drop-constraint\n"
    "ALTER TABLE journal_line DROP CONSTRAINT journal_line_account_known,"
    f" ADD CONSTRAINT journal_line_account_known CHECK ({ACCOUNTS}) NOT VALID",
    "-- squawk-ignore constraint-missing-not-valid\n"
    "ALTER TABLE journal_line VALIDATE CONSTRAINT journal_line_account_known",
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX journal_entry_of_day ON journal_entry (booked_on, id)
    """,
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX journal_line_of_year ON journal_line (account, entry, debit_cents, credit_cents)
      WHERE left(account, 1) = '6' OR account = '706'
    """,
)
JOURNAL_DOWN = (
    "DROP INDEX journal_line_of_year",
    "DROP INDEX journal_entry_of_day",
    "ALTER TABLE journal_line DROP CONSTRAINT journal_line_account_known,"
    f" ADD CONSTRAINT journal_line_account_known CHECK ({ACCOUNTS_BEFORE}) NOT VALID",
)

# What a treasurer is shown has two more kinds, and an entry says when it was written.
KINDS = "'amount', 'object', 'order', 'balance', 'returned', 'refused', 'disputed'"
MONEY = (
    "-- squawk-ignore ban-drop-constraint\n"
    "ALTER TABLE difference DROP CONSTRAINT difference_kind_known,"
    f" ADD CONSTRAINT difference_kind_known CHECK (kind IN ({KINDS}, 'unsent', 'ended')) NOT VALID",
    "-- squawk-ignore constraint-missing-not-valid\n"
    "ALTER TABLE difference VALIDATE CONSTRAINT difference_kind_known",
    "ALTER TABLE journal_entry ADD COLUMN written_at timestamptz",
)
MONEY_DOWN = (
    "ALTER TABLE journal_entry DROP COLUMN written_at",
    "ALTER TABLE difference DROP CONSTRAINT difference_kind_known,"
    f" ADD CONSTRAINT difference_kind_known CHECK (kind IN ({KINDS})) NOT VALID",
)

# Days that were carried to another household name the period they come from, and who left before the
# others is told from who was there to the end (M5): what older code writes is known by its day.
CARRIED = (
    "ALTER TABLE household_member ADD COLUMN others_stayed boolean DEFAULT false NOT NULL",
    "ALTER TABLE period ADD COLUMN carried_from bigint",
    "ALTER TABLE period ADD CONSTRAINT period_carried_from_fkey FOREIGN KEY (carried_from)"
    " REFERENCES period (id) ON DELETE RESTRICT NOT VALID",
    "-- squawk-ignore constraint-missing-not-valid\n"
    "ALTER TABLE period VALIDATE CONSTRAINT period_carried_from_fkey",
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE UNIQUE INDEX period_carried_once ON period (carried_from)
      WHERE carried_from IS NOT NULL
    """,
    # Who never paid is read from it, without the rows.
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX period_paid ON period (household, during)
      WHERE cancelled_at IS NULL AND provisional_until IS NULL
    """,
)
CARRIED_DOWN = (
    "DROP INDEX period_paid",
    "ALTER TABLE period DROP COLUMN carried_from",
    "ALTER TABLE household_member DROP COLUMN others_stayed",
)

# The proof that a renewal was announced stands on the renewal: messages are kept for a year.
PROVED = (
    "ALTER TABLE renewal ADD COLUMN delivered_at timestamptz, ADD COLUMN delivered_by text,"
    " ADD COLUMN notice_text text",
    "ALTER TABLE renewal ADD CONSTRAINT renewal_delivered_somehow"
    " CHECK ((delivered_at IS NULL) = (delivered_by IS NULL)) NOT VALID",
    "-- squawk-ignore constraint-missing-not-valid\n"
    "ALTER TABLE renewal VALIDATE CONSTRAINT renewal_delivered_somehow",
)
PROVED_DOWN = (
    "ALTER TABLE renewal DROP COLUMN delivered_at, DROP COLUMN delivered_by, DROP COLUMN notice_text",
)


def upgrade():
    op.create_table(
        "invoice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("pay_order", sa.BigInteger(), nullable=False),
        sa.Column("cancels", sa.BigInteger(), nullable=True),
        sa.Column("follows", sa.BigInteger(), nullable=True),
        sa.Column("payment", sa.BigInteger(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("printed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name="invoice_positive"),
        sa.CheckConstraint("follows IS NULL OR cancels IS NULL", name="invoice_follows_as_invoice"),
        sa.CheckConstraint(
            "payment IS NULL OR cancels IS NOT NULL", name="invoice_refund_credited"
        ),
        sa.ForeignKeyConstraint(
            ["cancels"], ["invoice.id"], name="invoice_cancels_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["follows"], ["invoice.id"], name="invoice_follows_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["pay_order"], ["pay_order.id"], name="invoice_pay_order_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["payment"], ["payment.id"], name="invoice_payment_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="invoice_public_id_key"),
        sa.UniqueConstraint("series", "year", "number", name="invoice_once"),
    )
    op.create_index("invoice_pay_order_idx", "invoice", ["pay_order"], unique=False)
    op.create_index("invoice_cancels_idx", "invoice", ["cancels"], unique=False)
    op.create_index(
        "invoice_one_first",
        "invoice",
        ["pay_order"],
        unique=True,
        postgresql_where=sa.text("cancels IS NULL AND follows IS NULL"),
    )
    op.create_index(
        "invoice_followed_once",
        "invoice",
        ["follows"],
        unique=True,
        postgresql_where=sa.text("follows IS NOT NULL"),
    )
    op.create_index(
        "invoice_cancelled_once",
        "invoice",
        ["cancels"],
        unique=True,
        postgresql_where=sa.text("payment IS NULL"),
    )
    op.create_index(
        "invoice_refunded_once",
        "invoice",
        ["payment"],
        unique=True,
        postgresql_where=sa.text("payment IS NOT NULL"),
    )
    op.create_table(
        "territory",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name", name="territory_name_key"),
        sa.UniqueConstraint("public_id", name="territory_public_id_key"),
    )
    op.create_table(
        "territory_residence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("territory", sa.BigInteger(), nullable=False),
        sa.Column("residence", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["residence"],
            ["residence.id"],
            name="territory_residence_residence_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["territory"],
            ["territory.id"],
            name="territory_residence_territory_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("residence", name="territory_residence_residence_once"),
    )
    op.create_index(
        "territory_residence_territory_idx", "territory_residence", ["territory"], unique=False
    )
    op.create_table(
        "partner_setting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("one", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("shop_cents", sa.BigInteger(), nullable=False),
        sa.Column("firm_cents", sa.BigInteger(), nullable=False),
        sa.Column("association_cents", sa.BigInteger(), nullable=False),
        sa.Column("campaigns_a_year", sa.BigInteger(), nullable=False),
        sa.Column("grace_days", sa.BigInteger(), nullable=False),
        sa.Column("renew_days", sa.BigInteger(), nullable=False),
        sa.Column("offer_days", sa.BigInteger(), nullable=False),
        sa.Column("hold_days", sa.BigInteger(), nullable=False),
        sa.Column("vat_text", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "least(shop_cents, firm_cents, association_cents, campaigns_a_year, grace_days) >= 0 AND least(renew_days, offer_days, hold_days) >= 1",
            name="partner_setting_sane",
        ),
        sa.CheckConstraint("one = 1", name="partner_setting_single"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("one", name="partner_setting_once"),
    )
    op.create_table(
        "partner_application",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column(
            "trades",
            postgresql.ARRAY(sa.BigInteger()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("photo", sa.BigInteger(), nullable=True),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("town", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("refused_because", sa.Text(), nullable=True),
        sa.Column("partner", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "category IN ('food', 'home', 'trades', 'health', 'mobility', 'culture', 'services')",
            name="partner_application_category_known",
        ),
        sa.CheckConstraint(
            "kind IN ('shop', 'firm', 'association')", name="partner_application_kind_known"
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL) AND (decided_at IS NOT NULL) = ((refused_because IS NOT NULL) OR (partner IS NOT NULL))",
            name="partner_application_decided_whole",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["person.id"],
            name="partner_application_decided_by_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner"],
            ["partner.id"],
            name="partner_application_partner_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["photo"],
            ["stored_file.id"],
            name="partner_application_photo_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="partner_application_public_id_key"),
    )
    op.create_index(
        "partner_application_one_waiting",
        "partner_application",
        ["siret"],
        unique=True,
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_index(
        "partner_application_partner_idx", "partner_application", ["partner"], unique=False
    )
    op.create_table(
        "contract",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("partner", sa.BigInteger(), nullable=False),
        sa.Column("payer", sa.BigInteger(), nullable=False),
        sa.Column("previous", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("during", postgresql.DATERANGE(), nullable=False),
        sa.Column("dues_cents", sa.BigInteger(), nullable=False),
        sa.Column("owed_on", sa.Date(), nullable=False),
        sa.Column("campaigns_a_year", sa.BigInteger(), nullable=False),
        sa.Column("terms_version", sa.BigInteger(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by", sa.BigInteger(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_how", sa.Text(), nullable=True),
        sa.Column("accepted_by", sa.BigInteger(), nullable=True),
        sa.Column("signer", sa.Text(), nullable=True),
        sa.Column("pay_order", sa.BigInteger(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(partner, partner, '[]')"), "="),
            (sa.text("during"), "&&"),
            where=sa.text("ended_on IS NULL"),
            using="gist",
            name="contract_one_at_a_time",
        ),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (accepted_how IS NULL) AND (accepted_how IS NULL OR accepted_how IN ('online', 'paper')) AND (accepted_how IS DISTINCT FROM 'paper' OR signer IS NOT NULL)",
            name="contract_accepted_whole",
        ),
        sa.CheckConstraint("kind IN ('shop', 'firm', 'association')", name="contract_kind_known"),
        sa.CheckConstraint(
            "num_nulls(ended_on, ended_at, end_reason) IN (0, 3) AND (end_reason IS NULL OR end_reason IN ('left', 'club', 'abandoned', 'unpaid'))",
            name="contract_ended_whole",
        ),
        sa.CheckConstraint("NOT isempty(during)", name="contract_during_not_empty"),
        sa.CheckConstraint(
            "dues_cents >= 0 AND campaigns_a_year BETWEEN 0 AND 366", name="contract_sane"
        ),
        sa.CheckConstraint(
            "paid_at IS NULL OR accepted_at IS NOT NULL", name="contract_paid_after_yes"
        ),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["person.id"], name="contract_accepted_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["drawn_by"], ["person.id"], name="contract_drawn_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["person.id"], name="contract_ended_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["partner"], ["partner.id"], name="contract_partner_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["pay_order"], ["pay_order.id"], name="contract_pay_order_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["payer"], ["payer.id"], name="contract_payer_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["previous"], ["contract.id"], name="contract_previous_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="contract_public_id_key"),
    )
    op.create_index("contract_partner_idx", "contract", ["partner"], unique=False)
    op.create_index("contract_pay_order_idx", "contract", ["pay_order"], unique=False)
    op.create_index("contract_payer_idx", "contract", ["payer"], unique=False)
    op.create_index(
        "contract_renewed_once",
        "contract",
        ["previous"],
        unique=True,
        postgresql_where=sa.text("previous IS NOT NULL AND ended_on IS NULL"),
    )
    op.create_table(
        "contract_trade",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contract", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.BigInteger(), nullable=False),
        sa.Column("territory", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "trade IN (411001, 411002, 411003, 411004, 412001, 412002, 421126, 421226, 421301, 421302, 422126, 422226, 429126, 429926, 431126, 431201, 431202, 431326, 432101, 432102, 432201, 432202, 432901, 432902, 433126, 433201, 433202, 433203, 433326, 433426, 433926, 439101, 439102, 439901, 439902, 439903, 439904, 439905)",
            name="contract_trade_known",
        ),
        sa.ForeignKeyConstraint(
            ["contract"], ["contract.id"], name="contract_trade_contract_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["territory"],
            ["territory.id"],
            name="contract_trade_territory_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("contract_trade_contract_idx", "contract_trade", ["contract"], unique=False)
    op.create_index(
        "contract_trade_once",
        "contract_trade",
        ["contract", "trade", sa.literal_column("coalesce(territory, 0)")],
        unique=True,
        postgresql_where=sa.text("true"),
    )
    op.create_index("contract_trade_territory_idx", "contract_trade", ["territory"], unique=False)
    op.create_table(
        "trade_place",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contract", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.BigInteger(), nullable=False),
        sa.Column("territory", sa.BigInteger(), nullable=True),
        sa.Column("during", postgresql.DATERANGE(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("freed_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(trade, trade, '[]')"), "="),
            (sa.text("int8range(coalesce(territory, 0), coalesce(territory, 0), '[]')"), "="),
            (sa.text("during"), "&&"),
            where=sa.text("state <> 'freed'"),
            using="gist",
            name="trade_place_alone",
        ),
        sa.CheckConstraint(
            "(state IN ('held', 'offered')) = (until IS NOT NULL) AND (state = 'freed') = (freed_at IS NOT NULL)",
            name="trade_place_ends",
        ),
        sa.CheckConstraint(
            "state IN ('held', 'offered', 'taken', 'freed')", name="trade_place_state_known"
        ),
        sa.CheckConstraint("NOT isempty(during)", name="trade_place_during_not_empty"),
        sa.CheckConstraint(
            "trade IN (411001, 411002, 411003, 411004, 412001, 412002, 421126, 421226, 421301, 421302, 422126, 422226, 429126, 429926, 431126, 431201, 431202, 431326, 432101, 432102, 432201, 432202, 432901, 432902, 433126, 433201, 433202, 433203, 433326, 433426, 433926, 439101, 439102, 439901, 439902, 439903, 439904, 439905)",
            name="trade_place_known",
        ),
        sa.ForeignKeyConstraint(
            ["contract"], ["contract.id"], name="trade_place_contract_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["territory"], ["territory.id"], name="trade_place_territory_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("trade_place_contract_idx", "trade_place", ["contract"], unique=False)
    op.create_index("trade_place_territory_idx", "trade_place", ["territory"], unique=False)
    op.create_table(
        "trade_wait",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contract", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.BigInteger(), nullable=False),
        sa.Column("territory", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (end_reason IS NULL) AND (end_reason IS NULL OR end_reason IN ('taken', 'lapsed', 'left'))",
            name="trade_wait_ended_whole",
        ),
        sa.ForeignKeyConstraint(
            ["contract"], ["contract.id"], name="trade_wait_contract_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["place"], ["trade_place.id"], name="trade_wait_place_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["territory"], ["territory.id"], name="trade_wait_territory_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("trade_wait_contract_idx", "trade_wait", ["contract"], unique=False)
    op.create_index(
        "trade_wait_in_order",
        "trade_wait",
        ["trade", "since"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "trade_wait_once",
        "trade_wait",
        ["contract", "trade", sa.literal_column("coalesce(territory, 0)")],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("trade_wait_place_idx", "trade_wait", ["place"], unique=False)
    op.create_index("trade_wait_territory_idx", "trade_wait", ["territory"], unique=False)
    op.create_table(
        "prepared_list",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("back", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="prepared_list_person_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="prepared_list_public_id_key"),
    )
    op.create_index("prepared_list_asked_at_idx", "prepared_list", ["asked_at"], unique=False)
    op.create_index("prepared_list_person_idx", "prepared_list", ["person"], unique=False)
    op.create_table(
        "target",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('budget', 'ceiling')", name="target_kind_known"),
        sa.CheckConstraint("amount_cents > 0 AND year BETWEEN 2000 AND 2200", name="target_sane"),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="target_person_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("target_newest", "target", ["kind", "year", "id"], unique=False)
    for statement in (*MONEY, *JOURNAL, *CARRIED, *PROVED):
        op.execute(statement)
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO palier_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palier_app")


def downgrade():
    for statement in (*PROVED_DOWN, *CARRIED_DOWN, *JOURNAL_DOWN, *MONEY_DOWN):
        op.execute(statement)
    for table in reversed((*OPEN, *APPEND_ONLY)):
        op.drop_table(table)
