"""Lending: opening calendars of the sites; what is lent, bookings and custody

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Whoever adds a table adds its rights: what nobody changes or deletes stands in the second tuple.
OPEN: tuple[str, ...] = (
    "site_closure",
    "extra_opening",
    "import_draft",
    "desk_capacity",
    "lending_policy",
    "resource",
    "kit_part",
    "unit",
    "upkeep_plan",
    "upkeep_mark",
    "ticket",
    "booking",
    "booking_line",
    "custody",
    "loan_notice",
    "calendar_feed",
    "loan_month",
    "licence",
    "strike",
    "wish",
    "desk_visit",
    "closure_shift",
    "loan_debt",
    "damage_photo",
    "debt_contest",
    "card_imprint",
    "loan_deposit",
    "bulk_act",
    "member_code",
)
APPEND_ONLY: tuple[str, ...] = ("unmet_wish", "lending_entry")

# A site keeps the holidays of its zone; what runs before this revision writes none and gets the usual one.
ZONE = (
    "ALTER TABLE site ADD COLUMN holiday_zone text DEFAULT 'metropolitan' NOT NULL",
    "ALTER TABLE site ADD CONSTRAINT site_holiday_zone_known"
    " CHECK (holiday_zone IN ('metropolitan', 'alsace_moselle')) NOT VALID",
    "-- squawk-ignore constraint-missing-not-valid\n"
    "ALTER TABLE site VALIDATE CONSTRAINT site_holiday_zone_known",
)

# L3: the moves of a line, as backend/lending/rules.py has them; whatever else is refused here too.
LINE_GUARDS = (
    """
    CREATE FUNCTION line_moves() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('blocked', 'confirmed', 'held', 'waitlisted') THEN
          RAISE EXCEPTION 'a line does not begin %', NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'line_moves';
        END IF;
      ELSIF (OLD.state, NEW.state) NOT IN (
        ('cancelled_by_staff', 'confirmed'), ('cancelled_by_tenant', 'confirmed'), ('checked_out',
        'lost'), ('checked_out', 'ready'), ('checked_out', 'returned'), ('closed', 'checked_out'),
        ('closed', 'lost'), ('lost', 'closed'),
        ('confirmed', 'cancelled_by_staff'), ('confirmed', 'cancelled_by_tenant'), ('confirmed',
        'checked_out'), ('confirmed', 'no_show'), ('confirmed', 'ready'), ('held',
        'cancelled_by_staff'), ('held', 'cancelled_by_tenant'), ('held', 'confirmed'), ('held',
        'expired'), ('held', 'requested'), ('lost', 'returned'), ('no_show', 'confirmed'),
        ('offered', 'cancelled_by_staff'), ('offered', 'cancelled_by_tenant'), ('offered',
        'confirmed'), ('offered', 'expired'), ('offered', 'requested'), ('offered', 'waitlisted'),
        ('ready', 'cancelled_by_staff'), ('ready', 'cancelled_by_tenant'), ('ready', 'checked_out'),
        ('ready', 'confirmed'), ('ready', 'no_show'), ('rejected', 'confirmed'), ('requested',
        'cancelled_by_staff'), ('requested', 'cancelled_by_tenant'), ('requested', 'confirmed'),
        ('requested', 'rejected'), ('returned', 'checked_out'), ('returned', 'closed'),
        ('waitlisted', 'cancelled_by_staff'), ('waitlisted', 'cancelled_by_tenant'), ('waitlisted',
        'expired'), ('waitlisted', 'offered')
      ) THEN
        RAISE EXCEPTION 'a line does not move from % to %', OLD.state, NEW.state
          USING ERRCODE = 'check_violation', CONSTRAINT = 'line_moves';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER line_begins BEFORE INSERT ON booking_line
      FOR EACH ROW EXECUTE FUNCTION line_moves()
    """,
    """
    CREATE TRIGGER line_moves BEFORE UPDATE OF state ON booking_line
      FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION line_moves()
    """,
)

# L45: the record keeps that something was lent, and to whom; what it was goes with the loan's names.
# As with purge_audit, the application can make nothing younger go.
UNLINK = (
    """
    CREATE FUNCTION unlink_loans(bookings text[]) RETURNS bigint LANGUAGE plpgsql
      SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE gone bigint;
    BEGIN
      UPDATE audit_entry SET object_id = NULL, facts = facts - '{unit,line}'::text[]
        WHERE object_kind = 'booking' AND object_id = ANY (bookings)
        AND at < now() - interval '3 months';
      GET DIAGNOSTICS gone = ROW_COUNT;
      RETURN gone;
    END $$
    """,
    "REVOKE ALL ON FUNCTION unlink_loans(text[]) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION unlink_loans(text[]) TO palier_app",
)


def upgrade():
    for statement in ZONE:
        op.execute(statement)
    op.create_table(
        "site_closure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("site", sa.BigInteger(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("external_code", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "first_on <= last_on AND (starts IS NULL OR ends IS NULL OR starts < ends)",
            name="site_closure_in_order",
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name="site_closure_site_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="site_closure_public_id_key"),
    )
    op.create_index("site_closure_site_idx", "site_closure", ["site"])
    op.create_index(
        "site_closure_once",
        "site_closure",
        ["external_code"],
        unique=True,
        postgresql_where=sa.text("external_code IS NOT NULL AND withdrawn_at IS NULL"),
    )
    op.create_table(
        "extra_opening",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("site", sa.BigInteger(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("opens < closes", name="extra_opening_in_order"),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name="extra_opening_site_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="extra_opening_public_id_key"),
    )
    op.create_index("extra_opening_site_idx", "extra_opening", ["site"])
    make_lending()
    for statement in (*LINE_GUARDS, *UNLINK):
        op.execute(statement)
    make_owed()
    op.create_table(
        "closure_shift",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("closure", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("before", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("after", postgresql.TSTZRANGE(), nullable=True),
        sa.Column("lapses_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapses_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("NOT isempty(after)", name="closure_shift_after_not_empty"),
        sa.CheckConstraint("NOT isempty(before)", name="closure_shift_before_not_empty"),
        sa.ForeignKeyConstraint(
            ["closure"], ["site_closure.id"], name="closure_shift_closure_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["line"], ["booking_line.id"], name="closure_shift_line_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("closure", "line", name="closure_shift_once"),
    )
    op.create_index("closure_shift_line_idx", "closure_shift", ["line"])
    op.create_table(
        "desk_capacity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("site", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "minutes IN (10, 15, 20, 30, 60) AND most BETWEEN 1 AND 99", name="desk_capacity_sane"
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name="desk_capacity_site_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("site", name="desk_capacity_one"),
    )
    op.create_table(
        "desk_visit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("site", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('pickup', 'return')", name="desk_visit_kind_known"),
        sa.CheckConstraint("place BETWEEN 1 AND 99", name="desk_visit_sane"),
        sa.ForeignKeyConstraint(
            ["line"], ["booking_line.id"], name="desk_visit_line_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name="desk_visit_site_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("line", "kind", name="desk_visit_once"),
        sa.UniqueConstraint("site", "starts_at", "place", name="desk_visit_one_place"),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("resource", sa.BigInteger(), nullable=True),
        sa.Column("site", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(person, resource, site) = 1", name="calendar_feed_about_one"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="calendar_feed_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["resource"], ["resource.id"], name="calendar_feed_resource_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name="calendar_feed_site_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("secret_hash", name="calendar_feed_secret_hash_key"),
    )
    for about in ("person", "resource", "site"):
        op.create_index(
            f"calendar_feed_one_of_{about}",
            "calendar_feed",
            [about],
            unique=True,
            postgresql_where=sa.text(f"ended_at IS NULL AND {about} IS NOT NULL"),
        )
    op.create_table(
        "loan_month",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("site", sa.BigInteger(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("loans", sa.BigInteger(), nullable=False),
        sa.Column("households", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "households BETWEEN 0 AND loans AND extract(day FROM first_on) = 1",
            name="loan_month_sane",
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name="loan_month_site_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "loan_month_of_club",
        "loan_month",
        ["first_on"],
        unique=True,
        postgresql_where=sa.text("site IS NULL"),
    )
    op.create_index(
        "loan_month_of_site",
        "loan_month",
        ["site", "first_on"],
        unique=True,
        postgresql_where=sa.text("site IS NOT NULL"),
    )
    op.create_table(
        "import_draft",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("stored_file", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('items', 'copies', 'closures', 'members')", name="import_draft_kind_known"
        ),
        sa.ForeignKeyConstraint(
            ["stored_file"],
            ["stored_file.id"],
            name="import_draft_stored_file_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="import_draft_public_id_key"),
    )
    op.create_index("import_draft_created_at_idx", "import_draft", ["created_at"])
    op.create_index("import_draft_stored_file_idx", "import_draft", ["stored_file"])
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO palier_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palier_app")


def make_lending():
    op.create_table(
        "lending_policy",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slot_mode", sa.Text(), nullable=False),
        sa.Column("slot_minutes", sa.BigInteger(), server_default=sa.text("60"), nullable=False),
        sa.Column("usual_length", sa.BigInteger(), nullable=False),
        sa.Column("longest_length", sa.BigInteger(), nullable=False),
        sa.Column("due_rule", sa.Text(), nullable=False),
        sa.Column("buffer_before", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("buffer_after", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("renewals", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("hold_minutes", sa.BigInteger(), server_default=sa.text("10"), nullable=False),
        sa.Column("most_holds", sa.BigInteger(), server_default=sa.text("2"), nullable=False),
        sa.Column(
            "pickup_grace_minutes", sa.BigInteger(), server_default=sa.text("120"), nullable=False
        ),
        sa.Column(
            "offer_open_minutes", sa.BigInteger(), server_default=sa.text("240"), nullable=False
        ),
        sa.Column(
            "late_cancel_minutes", sa.BigInteger(), server_default=sa.text("120"), nullable=False
        ),
        sa.Column("household_loans", sa.BigInteger(), nullable=True),
        sa.Column("person_loans", sa.BigInteger(), nullable=True),
        sa.Column("household_bookings", sa.BigInteger(), nullable=True),
        sa.Column("person_bookings", sa.BigInteger(), nullable=True),
        sa.Column("most_days", sa.BigInteger(), nullable=True),
        sa.Column("window_days", sa.BigInteger(), server_default=sa.text("30"), nullable=False),
        sa.Column("most_peaks", sa.BigInteger(), nullable=True),
        sa.Column(
            "peak_weekdays",
            postgresql.ARRAY(sa.BigInteger()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("peak_from", sa.Time(), nullable=True),
        sa.Column("advance_days", sa.BigInteger(), nullable=True),
        sa.Column(
            "strike_advance_days", sa.BigInteger(), server_default=sa.text("7"), nullable=False
        ),
        sa.Column("deposit_mode", sa.Text(), nullable=False),
        sa.Column("deposit_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("fee_day_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("grace_days", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("price_unit", sa.Text(), server_default=sa.text("'loan'"), nullable=False),
        sa.Column(
            "late_refund_percent", sa.BigInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "approve_above_cents", sa.BigInteger(), server_default=sa.text("5000"), nullable=False
        ),
        sa.Column(
            "checklist", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("rules_text", sa.Text(), nullable=False),
        sa.Column("needs_licence", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("asks_charge", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("notice_eve", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "notice_before",
            postgresql.ARRAY(sa.BigInteger()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "notice_late",
            postgresql.ARRAY(sa.BigInteger()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "deposit_mode IN ('none', 'card_imprint', 'authorisation', 'cash_note')",
            name="lending_policy_deposit_mode_known",
        ),
        sa.CheckConstraint(
            "due_rule IN ('keep', 'next_opening', 'open_days')",
            name="lending_policy_due_rule_known",
        ),
        sa.CheckConstraint(
            "price_unit IN ('loan', 'day', 'hour')", name="lending_policy_price_unit_known"
        ),
        sa.CheckConstraint("slot_mode IN ('days', 'hours')", name="lending_policy_slot_mode_known"),
        sa.CheckConstraint(
            "coalesce(least(household_loans, person_loans, household_bookings, person_bookings, most_days, most_peaks, advance_days), 0) >= 0",
            name="lending_policy_limits",
        ),
        sa.CheckConstraint(
            "least(buffer_before, buffer_after, renewals, pickup_grace_minutes, offer_open_minutes, late_cancel_minutes, strike_advance_days, deposit_cents, fee_day_cents, grace_days, price_cents, late_refund_percent, approve_above_cents) >= 0 AND late_refund_percent <= 100 AND least(hold_minutes, most_holds, window_days) >= 1",
            name="lending_policy_waits",
        ),
        sa.CheckConstraint(
            "usual_length BETWEEN 1 AND longest_length AND slot_minutes BETWEEN 5 AND 1440",
            name="lending_policy_lengths",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name", name="lending_policy_name_key"),
        sa.UniqueConstraint("public_id", name="lending_policy_public_id_key"),
    )
    op.create_table(
        "resource",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("site", sa.BigInteger(), nullable=False),
        sa.Column("policy", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("photo", sa.BigInteger(), nullable=True),
        sa.Column("replacement_cents", sa.BigInteger(), nullable=True),
        sa.Column("isbn", sa.Text(), nullable=True),
        sa.Column("external_code", sa.Text(), nullable=True),
        sa.Column("counted", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=True),
        sa.Column(
            "pieces", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("in_charge", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "coalesce(capacity, 1) > 0 AND coalesce(replacement_cents, 0) >= 0",
            name="resource_sane",
        ),
        sa.ForeignKeyConstraint(
            ["in_charge"], ["person.id"], name="resource_in_charge_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["photo"], ["stored_file.id"], name="resource_photo_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["policy"], ["lending_policy.id"], name="resource_policy_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name="resource_site_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="resource_public_id_key"),
    )
    op.create_index(
        "resource_by_category",
        "resource",
        ["category"],
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_index(
        "resource_by_search", "resource", ["search"], unique=False, postgresql_where=None
    )
    op.create_index(
        "resource_one_code",
        "resource",
        ["external_code"],
        unique=True,
        postgresql_where=sa.text("external_code IS NOT NULL"),
    )
    op.create_index("resource_policy_idx", "resource", ["policy"])
    op.create_index("resource_site_idx", "resource", ["site"])
    op.create_table(
        "kit_part",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kit", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("many", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("many BETWEEN 1 AND 99 AND kit <> part", name="kit_part_sane"),
        sa.ForeignKeyConstraint(
            ["kit"], ["resource.id"], name="kit_part_kit_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["part"], ["resource.id"], name="kit_part_part_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kit", "part", name="kit_part_once"),
    )
    op.create_index("kit_part_part_idx", "kit_part", ["part"])
    op.create_table(
        "unit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("resource", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("external_code", sa.Text(), nullable=True),
        sa.Column("shelf", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("was_of", postgresql.JSONB(), nullable=True),
        sa.Column("kilometres", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["resource"], ["resource.id"], name="unit_resource_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code", name="unit_code_key"),
    )
    op.create_index(
        "unit_one_code",
        "unit",
        ["external_code"],
        unique=True,
        postgresql_where=sa.text("external_code IS NOT NULL"),
    )
    op.create_index("unit_resource_idx", "unit", ["resource"])
    op.create_table(
        "unmet_wish",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("resource", sa.BigInteger(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("NOT isempty(during)", name="unmet_wish_during_not_empty"),
        sa.ForeignKeyConstraint(
            ["resource"], ["resource.id"], name="unmet_wish_resource_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "unmet_wish_of_resource",
        "unmet_wish",
        ["resource", "at"],
        postgresql_where=None,
    )
    op.create_table(
        "upkeep_plan",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("resource", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("every_months", sa.BigInteger(), nullable=True),
        sa.Column("every_loans", sa.BigInteger(), nullable=True),
        sa.Column("every_kilometres", sa.BigInteger(), nullable=True),
        sa.Column("grace_days", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(every_months, every_loans, every_kilometres) > 0 AND least(every_months, every_loans, every_kilometres) > 0 AND coalesce(grace_days, 0) >= 0",
            name="upkeep_plan_sane",
        ),
        sa.ForeignKeyConstraint(
            ["resource"], ["resource.id"], name="upkeep_plan_resource_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="upkeep_plan_public_id_key"),
    )
    op.create_index("upkeep_plan_resource_idx", "upkeep_plan", ["resource"])
    op.create_table(
        "upkeep_mark",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kilometres", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["plan"], ["upkeep_plan.id"], name="upkeep_mark_plan_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["unit"], ["unit.id"], name="upkeep_mark_unit_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("plan", "unit", name="upkeep_mark_once"),
    )
    op.create_index("upkeep_mark_unit_idx", "upkeep_mark", ["unit"])
    op.create_table(
        "ticket",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("unit", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.BigInteger(), nullable=True),
        sa.Column("plan", sa.BigInteger(), nullable=True),
        sa.Column("wants", postgresql.TSTZMULTIRANGE(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cost_cents", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('repair', 'cleaning', 'parts', 'blackout', 'loss', 'check')",
            name="ticket_kind_known",
        ),
        sa.CheckConstraint("coalesce(cost_cents, 0) >= 0", name="ticket_sane"),
        sa.CheckConstraint("NOT isempty(wants)", name="ticket_wants_not_empty"),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["person.id"], name="ticket_closed_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["person.id"], name="ticket_opened_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["plan"], ["upkeep_plan.id"], name="ticket_plan_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["unit"], ["unit.id"], name="ticket_unit_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="ticket_public_id_key"),
    )
    op.create_index("ticket_unit_idx", "ticket", ["unit"])
    op.create_index(
        "ticket_done",
        "ticket",
        ["closed_at"],
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index(
        "ticket_one_of_plan",
        "ticket",
        ["plan", "unit"],
        unique=True,
        postgresql_where=sa.text("plan IS NOT NULL AND closed_at IS NULL"),
    )
    op.create_index(
        "ticket_waiting",
        "ticket",
        ["opened_at"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "booking",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("household", sa.BigInteger(), nullable=True),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("external_code", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "channel IN ('online', 'desk', 'walk_in', 'waitlist', 'import')",
            name="booking_channel_known",
        ),
        sa.ForeignKeyConstraint(
            ["household"], ["household.id"], name="booking_household_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="booking_person_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="booking_public_id_key"),
    )
    op.create_index("booking_household_idx", "booking", ["household"])
    op.create_index(
        "booking_one_code",
        "booking",
        ["external_code"],
        unique=True,
        postgresql_where=sa.text("external_code IS NOT NULL"),
    )
    op.create_index("booking_person_idx", "booking", ["person"])
    op.create_table(
        "booking_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("booking", sa.BigInteger(), nullable=True),
        sa.Column("ticket", sa.BigInteger(), nullable=True),
        sa.Column("resource", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.BigInteger(), nullable=True),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("occupied", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extended", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("renewed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(unit, unit, '[]')"), "&&"),
            (sa.text("occupied"), "&&"),
            where=sa.text(
                "unit IS NOT NULL AND state IN ('held', 'offered', 'requested', 'confirmed', 'ready', 'checked_out', 'blocked')"
            ),
            using="gist",
            name="booking_line_no_two",
        ),
        sa.CheckConstraint(
            "(state = 'blocked') = (ticket IS NOT NULL)", name="booking_line_blocked_by_ticket"
        ),
        sa.CheckConstraint(
            "(state IN ('held', 'offered')) = (lapses_at IS NOT NULL)", name="booking_line_lapsing"
        ),
        sa.CheckConstraint(
            "state IN ('held', 'requested', 'confirmed', 'ready', 'checked_out', 'returned', 'closed', 'waitlisted', 'offered', 'expired', 'rejected', 'cancelled_by_tenant', 'cancelled_by_staff', 'no_show', 'lost', 'blocked')",
            name="booking_line_state_known",
        ),
        sa.CheckConstraint("NOT isempty(during)", name="booking_line_during_not_empty"),
        sa.CheckConstraint("NOT isempty(occupied)", name="booking_line_occupied_not_empty"),
        sa.CheckConstraint(
            "coalesce(lower(during) < upper(during), false) AND occupied @> during",
            name="booking_line_bounded",
        ),
        sa.CheckConstraint("num_nonnulls(booking, ticket) = 1", name="booking_line_one_owner"),
        sa.ForeignKeyConstraint(
            ["booking"], ["booking.id"], name="booking_line_booking_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["resource"], ["resource.id"], name="booking_line_resource_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["ticket"], ["ticket.id"], name="booking_line_ticket_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["unit"], ["unit.id"], name="booking_line_unit_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("booking_line_booking_idx", "booking_line", ["booking"])
    op.create_index(
        "booking_line_dead",
        "booking_line",
        ["resource", "lapses_at"],
        postgresql_where=sa.text("lapses_at IS NOT NULL"),
    )
    op.create_index(
        "booking_line_due",
        "booking_line",
        [sa.literal_column("upper(during)")],
        postgresql_where=sa.text("state = 'checked_out'"),
    )
    op.create_index(
        "booking_line_in_time",
        "booking_line",
        ["resource", sa.literal_column("upper(occupied)")],
        postgresql_where=None,
    )
    op.create_index(
        "booking_line_starting",
        "booking_line",
        [sa.literal_column("lower(during)")],
        postgresql_where=sa.text("state IN ('requested', 'confirmed', 'ready')"),
    )
    op.create_index("booking_line_ticket_idx", "booking_line", ["ticket"])
    op.create_index(
        "booking_line_to_inspect",
        "booking_line",
        ["changed_at"],
        postgresql_where=sa.text("state = 'returned'"),
    )
    op.create_index("booking_line_unit_idx", "booking_line", ["unit"])
    op.create_index(
        "booking_line_in_vain",
        "booking_line",
        ["changed_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('rejected', 'expired')"),
    )
    op.create_index(
        "booking_line_waiting",
        "booking_line",
        [sa.literal_column("lower(during)")],
        postgresql_where=sa.text("state = 'waitlisted'"),
    )
    op.create_table(
        "custody",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("unit", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("household", sa.BigInteger(), nullable=True),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("out_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("out_noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("in_noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("given", postgresql.JSONB(), nullable=False),
        sa.Column("taken", postgresql.JSONB(), nullable=True),
        sa.Column("ticket", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(unit, unit, '[]')"), "&&"),
            (sa.text("tstzrange(out_at, in_at)"), "&&"),
            where=sa.text("undone_at IS NULL"),
            using="gist",
            name="custody_no_two",
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('fine', 'dirty', 'part_missing', 'damaged', 'not_working', 'lost')",
            name="custody_known",
        ),
        sa.CheckConstraint("in_at IS NULL OR in_at >= out_at", name="custody_in_order"),
        sa.CheckConstraint(
            "num_nulls(in_at, in_noted_at, outcome, taken) IN (0, 4)", name="custody_back"
        ),
        sa.ForeignKeyConstraint(
            ["household"], ["household.id"], name="custody_household_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["line"], ["booking_line.id"], name="custody_line_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="custody_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["ticket"], ["ticket.id"], name="custody_ticket_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["unit"], ["unit.id"], name="custody_unit_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("custody_household_idx", "custody", ["household"])
    op.create_index("custody_line_idx", "custody", ["line"])
    op.create_index("custody_by_month", "custody", ["out_at"], unique=False, postgresql_where=None)
    op.create_index(
        "custody_of_unit", "custody", ["unit", "out_at"], unique=False, postgresql_where=None
    )
    op.create_index(
        "custody_one_open",
        "custody",
        ["unit"],
        unique=True,
        postgresql_where=sa.text("in_at IS NULL AND undone_at IS NULL"),
    )
    op.create_index("custody_person_idx", "custody", ["person"])
    op.create_index("custody_ticket_idx", "custody", ["ticket"])
    op.create_table(
        "loan_notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("days", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("about", sa.DateTime(timezone=True), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_by", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('requested', 'confirmed', 'approved', 'rejected', 'unanswered', 'cancelled',"
            " 'offered', 'moved', 'ready', 'due', 'at_risk', 'eve', 'before', 'late', 'call_late',"
            " 'call_at_risk')",
            name="loan_notice_kind_known",
        ),
        sa.CheckConstraint(
            "num_nonnulls(told_at, withdrawn_at) < 2", name="loan_notice_told_or_withdrawn"
        ),
        sa.CheckConstraint("way IN ('message', 'phone', 'task')", name="loan_notice_way_known"),
        sa.ForeignKeyConstraint(
            ["line"], ["booking_line.id"], name="loan_notice_line_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["told_by"], ["person.id"], name="loan_notice_told_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("loan_notice_line_idx", "loan_notice", ["line"])
    op.create_index("loan_notice_of_letter", "loan_notice", ["letter"], postgresql_where=None)
    op.create_index(
        "loan_notice_once",
        "loan_notice",
        ["line", "kind", "days", "about"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_index(
        "loan_notice_waiting",
        "loan_notice",
        ["way", "made_at"],
        postgresql_where=sa.text("told_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_table(
        "licence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="licence_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["seen_by"], ["person.id"], name="licence_seen_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person", name="licence_once"),
    )
    op.create_table(
        "strike",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("household", sa.BigInteger(), nullable=True),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forgiven_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('no_show', 'late_cancel')", name="strike_kind_known"),
        sa.ForeignKeyConstraint(
            ["household"], ["household.id"], name="strike_household_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["line"], ["booking_line.id"], name="strike_line_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("line", "kind", name="strike_once"),
    )
    op.create_index("strike_household_idx", "strike", ["household"])
    op.create_table(
        "wish",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("resource", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("priority IN ('first', 'usual')", name="wish_priority_known"),
        sa.ForeignKeyConstraint(
            ["line"], ["booking_line.id"], name="wish_line_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["resource"], ["resource.id"], name="wish_resource_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("line", name="wish_once"),
    )
    op.create_index(
        "wish_in_line",
        "wish",
        ["resource", "since"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("wish_resource_idx", "wish", ["resource"])
    op.create_table(
        "bulk_act",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('shelf', 'site', 'retire', 'relabel', 'extend', 'message')",
            name="bulk_act_kind_known",
        ),
        sa.ForeignKeyConstraint(
            ["done_by"], ["person.id"], name="bulk_act_done_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="bulk_act_public_id_key"),
    )
    op.create_index("bulk_act_done_at_idx", "bulk_act", ["done_at"])
    op.create_table(
        "member_code",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="member_code_person_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code", name="member_code_code_key"),
        sa.UniqueConstraint("person", name="member_code_once"),
    )


def make_owed():
    op.create_table(
        "loan_debt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("household", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("second", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_by", sa.BigInteger(), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_by", sa.BigInteger(), nullable=True),
        sa.Column("drop_reason", sa.Text(), nullable=True),
        sa.Column(
            "waived_for",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.CheckConstraint("kind IN ('fee', 'fine', 'damage')", name="loan_debt_kind_known"),
        sa.CheckConstraint(
            "(dropped_at IS NULL) = (drop_reason IS NULL)", name="loan_debt_reasoned"
        ),
        sa.CheckConstraint(
            "agreed_by IS NULL OR agreed_by IS DISTINCT FROM asked_by", name="loan_debt_by_another"
        ),
        sa.CheckConstraint("amount_cents > 0", name="loan_debt_positive"),
        sa.CheckConstraint("num_nonnulls(agreed_at, dropped_at) <= 1", name="loan_debt_once"),
        sa.ForeignKeyConstraint(
            ["agreed_by"], ["person.id"], name="loan_debt_agreed_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["person.id"], name="loan_debt_asked_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["dropped_by"], ["person.id"], name="loan_debt_dropped_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["household"], ["household.id"], name="loan_debt_household_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["line"], ["booking_line.id"], name="loan_debt_line_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="loan_debt_public_id_key"),
    )
    op.create_index("loan_debt_household_idx", "loan_debt", ["household"], unique=False)
    op.create_index("loan_debt_line_idx", "loan_debt", ["line"], unique=False)
    op.create_index(
        "loan_debt_waiting",
        "loan_debt",
        ["asked_at"],
        unique=False,
        postgresql_where=sa.text("second AND agreed_at IS NULL AND dropped_at IS NULL"),
    )
    op.create_table(
        "damage_photo",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("debt", sa.BigInteger(), nullable=False),
        sa.Column("stored_file", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["debt"], ["loan_debt.id"], name="damage_photo_debt_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["stored_file"],
            ["stored_file.id"],
            name="damage_photo_stored_file_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("debt", "stored_file", name="damage_photo_once"),
    )
    op.create_index("damage_photo_debt_idx", "damage_photo", ["debt"], unique=False)
    op.create_index("damage_photo_stored_file_idx", "damage_photo", ["stored_file"], unique=False)
    op.create_table(
        "debt_contest",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("debt", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("accepted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer IS NULL) AND (answered_at IS NOT NULL OR NOT accepted)",
            name="debt_contest_answered",
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"],
            ["person.id"],
            name="debt_contest_answered_by_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["by"], ["person.id"], name="debt_contest_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["debt"], ["loan_debt.id"], name="debt_contest_debt_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("debt", name="debt_contest_one"),
    )
    op.create_index("debt_contest_by_idx", "debt_contest", ["by"], unique=False)
    op.create_index(
        "debt_contest_waiting",
        "debt_contest",
        ["at"],
        unique=False,
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_table(
        "card_imprint",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("household", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("pay_order", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["household"], ["household.id"], name="card_imprint_household_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["pay_order"], ["pay_order.id"], name="card_imprint_pay_order_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="card_imprint_person_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("pay_order", name="card_imprint_of_order"),
    )
    op.create_index(
        "card_imprint_one",
        "card_imprint",
        ["household"],
        unique=True,
        postgresql_where=sa.text("dropped_at IS NULL"),
    )
    op.create_index("card_imprint_person_idx", "card_imprint", ["person"], unique=False)
    op.create_table(
        "loan_deposit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("household", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=True),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("cheque", sa.Text(), nullable=False),
        sa.Column("pay_order", sa.BigInteger(), nullable=True),
        sa.Column("capture_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "way IN ('cash', 'cheque', 'card', 'hold')", name="loan_deposit_way_known"
        ),
        sa.CheckConstraint("amount_cents > 0", name="loan_deposit_positive"),
        sa.ForeignKeyConstraint(
            ["household"], ["household.id"], name="loan_deposit_household_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["line"], ["booking_line.id"], name="loan_deposit_line_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["person.id"], name="loan_deposit_opened_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["pay_order"], ["pay_order.id"], name="loan_deposit_pay_order_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="loan_deposit_public_id_key"),
    )
    op.create_index("loan_deposit_household_idx", "loan_deposit", ["household"], unique=False)
    op.create_index("loan_deposit_line_idx", "loan_deposit", ["line"], unique=False)
    op.create_index(
        "loan_deposit_of_order",
        "loan_deposit",
        ["pay_order"],
        unique=True,
        postgresql_where=sa.text("pay_order IS NOT NULL"),
    )
    op.create_index(
        "loan_deposit_one",
        "loan_deposit",
        ["line"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND line IS NOT NULL"),
    )
    op.create_index(
        "loan_deposit_open",
        "loan_deposit",
        ["opened_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "lending_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("debt", sa.BigInteger(), nullable=True),
        sa.Column("deposit", sa.BigInteger(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("payment", sa.BigInteger(), nullable=True),
        sa.Column("journal", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "CASE kind WHEN 'deposit_held' THEN debt IS NULL AND deposit IS NOT NULL WHEN 'deposit_released' THEN debt IS NULL AND deposit IS NOT NULL WHEN 'deposit_kept' THEN debt IS NOT NULL AND deposit IS NOT NULL ELSE debt IS NOT NULL AND deposit IS NULL END",
            name="lending_entry_of_what",
        ),
        sa.CheckConstraint(
            "journal IS NOT NULL OR kind IN ('deposit_held', 'deposit_released')",
            name="lending_entry_booked",
        ),
        sa.CheckConstraint("kind <> 'waiver' OR reason IS NOT NULL", name="lending_entry_said"),
        sa.CheckConstraint(
            "kind IN ('fee', 'fine', 'damage', 'payment', 'refund', 'waiver', 'deposit_held', 'deposit_released', 'deposit_kept')",
            name="lending_entry_kind_known",
        ),
        sa.CheckConstraint("amount_cents > 0", name="lending_entry_positive"),
        sa.ForeignKeyConstraint(
            ["by"], ["person.id"], name="lending_entry_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["debt"], ["loan_debt.id"], name="lending_entry_debt_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["deposit"], ["loan_deposit.id"], name="lending_entry_deposit_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["journal"],
            ["journal_entry.id"],
            name="lending_entry_journal_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["payment"], ["payment.id"], name="lending_entry_payment_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="lending_entry_public_id_key"),
    )
    op.create_index(
        "lending_entry_charged_once",
        "lending_entry",
        ["debt"],
        unique=True,
        postgresql_where=sa.text("kind IN ('fee', 'fine', 'damage')"),
    )
    op.create_index("lending_entry_debt_idx", "lending_entry", ["debt"], unique=False)
    op.create_index("lending_entry_deposit_idx", "lending_entry", ["deposit"], unique=False)
    op.create_index("lending_entry_journal_idx", "lending_entry", ["journal"], unique=False)
    op.create_index("lending_entry_payment_idx", "lending_entry", ["payment"], unique=False)


def downgrade():
    for table in (*reversed(APPEND_ONLY), *reversed(OPEN)):
        op.drop_table(table)
    op.execute("DROP FUNCTION unlink_loans(text[])")
    op.execute("DROP FUNCTION line_moves()")
    op.drop_column("site", "holiday_zone")
