"""Skills: what neighbours offer and ask for, exchanges, hours

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Whoever adds a table adds its rights: what nobody changes or deletes stands in the second tuple,
# what only a trigger changes in the third.
OPEN: tuple[str, ...] = (
    "skill_setting",
    "skill_profile",
    "listing",
    "skill_word",
    "skill_block",
    "exchange",
    "exchange_message",
    "skill_report",
    "skill_proposal",
    "hours_claim",
)
APPEND_ONLY: tuple[str, ...] = ("hours_move",)
READ_ONLY: tuple[str, ...] = ("hours_account",)

GUARDS = (
    # X3: one life for all exchanges, between the same two, about the same listing.
    """
    CREATE FUNCTION exchange_moves() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'asked' THEN
          RAISE EXCEPTION 'an exchange begins asked, not %', NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'exchange_moves';
        END IF;
        RETURN NEW;
      END IF;
      IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('asked', 'agreed'), ('asked', 'refused'), ('asked', 'withdrawn'), ('asked', 'closed'),
        ('agreed', 'done'), ('agreed', 'withdrawn'), ('agreed', 'closed'), ('done', 'closed')
      ) THEN
        RAISE EXCEPTION 'an exchange does not move from % to %', OLD.state, NEW.state
          USING ERRCODE = 'check_violation', CONSTRAINT = 'exchange_moves';
      END IF;
      IF (OLD.listing, OLD.asker, OLD.owner, OLD.created_at)
        IS DISTINCT FROM (NEW.listing, NEW.asker, NEW.owner, NEW.created_at) THEN
        RAISE EXCEPTION 'exchange % stays between the same two', OLD.public_id
          USING ERRCODE = 'check_violation', CONSTRAINT = 'exchange_same_two';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER exchange_moves BEFORE INSERT OR UPDATE ON exchange
      FOR EACH ROW EXECUTE FUNCTION exchange_moves()
    """,
    # X7: both accounts with the one row that says why, so that they add up to zero for ever. In the
    # order of the persons, so that two moves between the same people never wait in a ring. A limit
    # that was lowered lets nobody further out, and everybody back in.
    """
    CREATE FUNCTION hours_follow() RETURNS trigger LANGUAGE plpgsql
      SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DECLARE
      allowed bigint := coalesce((SELECT most_minutes FROM skill_setting), 1200);
      who bigint;
      change bigint;
    BEGIN
      FOR who, change IN
        SELECT person, minutes
          FROM (VALUES (NEW.giver, NEW.minutes), (NEW.receiver, - NEW.minutes)) two (person, minutes)
          ORDER BY person
      LOOP
        INSERT INTO hours_account (person, minutes, most_minutes) VALUES (who, 0, allowed)
          ON CONFLICT ON CONSTRAINT hours_account_once DO NOTHING;
        UPDATE hours_account SET minutes = minutes + change,
          most_minutes = greatest(allowed, abs(minutes)) WHERE person = who;
      END LOOP;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER hours_follow AFTER INSERT ON hours_move
      FOR EACH ROW EXECUTE FUNCTION hours_follow()
    """,
)


def upgrade():
    op.create_table(
        "skill_setting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("one", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("listed_days", sa.BigInteger(), server_default=sa.text("60"), nullable=False),
        sa.Column("hours", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("warn_minutes", sa.BigInteger(), server_default=sa.text("600"), nullable=False),
        sa.Column("most_minutes", sa.BigInteger(), server_default=sa.text("1200"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "listed_days BETWEEN 7 AND 365 AND warn_minutes BETWEEN 60 AND most_minutes AND most_minutes <= 6000",
            name="skill_setting_sane",
        ),
        sa.CheckConstraint("one = 1", name="skill_setting_single"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("one", name="skill_setting_one_key"),
    )
    op.create_table(
        "skill_word",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("word", name="skill_word_word_key"),
    )
    op.create_table(
        "hours_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("most_minutes", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "minutes BETWEEN - most_minutes AND most_minutes", name="hours_account_within_limit"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="hours_account_person_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person", name="hours_account_once"),
    )
    op.create_table(
        "listing",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column(
            "slots",
            postgresql.ARRAY(sa.BigInteger()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("weekly", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "words", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("photo", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_where", sa.Text(), nullable=True),
        sa.Column("heard_by", sa.BigInteger(), nullable=True),
        sa.Column("text_shown", sa.Text(), nullable=False),
        sa.Column("review", sa.Text(), nullable=False),
        sa.Column(
            "signs", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(review IN ('allowed', 'refused')) = (reviewed_at IS NOT NULL) AND (reviewed_at IS NULL) = (reviewed_by IS NULL)",
            name="listing_judged",
        ),
        sa.CheckConstraint("(source = 'online') = (recorded_by IS NULL)", name="listing_entered"),
        sa.CheckConstraint(
            "(agreed_at IS NULL) = (agreed_where IS NULL) AND (agreed_at IS NULL) <= (source <> 'online')"
            " AND (agreed_at IS NULL OR text_shown <> '')"
            " AND (heard_by IS NOT NULL) = coalesce(agreed_where <> 'online', false)",
            name="listing_agreed",
        ),
        sa.CheckConstraint(
            "agreed_where IS NULL OR agreed_where IN ('online', 'desk', 'paper', 'phone')",
            name="listing_where_known",
        ),
        sa.ForeignKeyConstraint(
            ["heard_by"], ["person.id"], name="listing_heard_by_fkey", ondelete="RESTRICT"
        ),
        sa.CheckConstraint(
            "category IN ('repairs', 'sewing', 'cooking', 'computers', 'languages', 'lessons', 'papers', 'errands', 'garden', 'animals', 'arts', 'sport', 'company', 'other')",
            name="listing_category_known",
        ),
        sa.CheckConstraint("kind IN ('offer', 'request')", name="listing_kind_known"),
        sa.CheckConstraint(
            "place IN ('anywhere', 'at_mine', 'at_theirs', 'at_desk')", name="listing_place_known"
        ),
        sa.CheckConstraint("review = 'free' OR cardinality(signs) > 0", name="listing_said_why"),
        sa.CheckConstraint(
            "review IN ('free', 'waiting', 'allowed', 'refused')", name="listing_review_known"
        ),
        sa.CheckConstraint(
            "source IN ('online', 'desk', 'paper', 'phone')", name="listing_source_known"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="listing_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["photo"], ["stored_file.id"], name="listing_photo_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["person.id"], name="listing_recorded_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by"], ["person.id"], name="listing_reviewed_by_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="listing_public_id_key"),
    )
    op.create_index(
        "listing_found",
        "listing",
        ["words"],
        postgresql_where=sa.text("ended_at IS NULL"),
        postgresql_using="gin",
    )
    op.create_index(
        "listing_newest",
        "listing",
        ["kind", "created_at"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "listing_of_category",
        "listing",
        ["kind", "category", "created_at"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("listing_person_idx", "listing", ["person"], unique=False)
    op.create_index("listing_photo_idx", "listing", ["photo"], unique=False)
    op.create_index(
        "listing_to_review",
        "listing",
        ["created_at"],
        postgresql_where=sa.text("review = 'waiting' AND ended_at IS NULL"),
    )
    op.create_table(
        "skill_block",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("other", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("person <> other", name="skill_block_two"),
        sa.ForeignKeyConstraint(
            ["other"], ["person.id"], name="skill_block_other_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="skill_block_person_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person", "other", name="skill_block_once"),
    )
    op.create_index("skill_block_other_idx", "skill_block", ["other"], unique=False)
    op.create_table(
        "skill_profile",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="skill_profile_person_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person", name="skill_profile_once"),
    )
    op.create_table(
        "exchange",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("listing", sa.BigInteger(), nullable=False),
        sa.Column("asker", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asker_shares_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_shares_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("thanked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(done_at IS NOT NULL) <= (state IN ('done', 'closed'))", name="exchange_ended"
        ),
        sa.CheckConstraint(
            "asker_shares_at IS NULL OR owner_shares_at IS NULL OR state NOT IN ('asked', 'refused')",
            name="exchange_shown_once_agreed",
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'agreed', 'done', 'refused', 'withdrawn', 'closed')",
            name="exchange_state_known",
        ),
        sa.CheckConstraint("asker <> owner", name="exchange_two"),
        sa.CheckConstraint("thanked_at IS NULL OR done_at IS NOT NULL", name="exchange_thanked"),
        sa.ForeignKeyConstraint(
            ["asker"], ["person.id"], name="exchange_asker_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["listing"], ["listing.id"], name="exchange_listing_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["owner"], ["person.id"], name="exchange_owner_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="exchange_public_id_key"),
    )
    op.create_index("exchange_asker_idx", "exchange", ["asker"], unique=False)
    op.create_index("exchange_listing_idx", "exchange", ["listing"], unique=False)
    op.create_index(
        "exchange_one_open",
        "exchange",
        ["listing", "asker"],
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'agreed')"),
    )
    op.create_index("exchange_owner_idx", "exchange", ["owner"], unique=False)
    op.create_table(
        "skill_proposal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("offer", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by"], ["person.id"], name="skill_proposal_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["offer"], ["listing.id"], name="skill_proposal_offer_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["request"], ["listing.id"], name="skill_proposal_request_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("offer", "request", name="skill_proposal_once"),
    )
    op.create_index("skill_proposal_request_idx", "skill_proposal", ["request"], unique=False)
    op.create_table(
        "exchange_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("exchange", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["author"], ["person.id"], name="exchange_message_author_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["exchange"],
            ["exchange.id"],
            name="exchange_message_exchange_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="exchange_message_public_id_key"),
    )
    op.create_index("exchange_message_author_idx", "exchange_message", ["author"], unique=False)
    op.create_index("exchange_message_exchange_idx", "exchange_message", ["exchange"], unique=False)
    op.create_index(
        "exchange_message_in_order",
        "exchange_message",
        ["exchange", "at"],
        postgresql_where=None,
    )
    op.create_table(
        "hours_claim",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("exchange", sa.BigInteger(), nullable=False),
        sa.Column("giver", sa.BigInteger(), nullable=False),
        sa.Column("receiver", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("giver <> receiver", name="hours_claim_two"),
        sa.CheckConstraint("minutes BETWEEN 15 AND 600", name="hours_claim_sane"),
        sa.ForeignKeyConstraint(
            ["claimed_by"], ["person.id"], name="hours_claim_claimed_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["exchange"], ["exchange.id"], name="hours_claim_exchange_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["giver"], ["person.id"], name="hours_claim_giver_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["receiver"], ["person.id"], name="hours_claim_receiver_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("exchange", name="hours_claim_once"),
    )
    op.create_index("hours_claim_giver_idx", "hours_claim", ["giver"], unique=False)
    op.create_index("hours_claim_receiver_idx", "hours_claim", ["receiver"], unique=False)
    op.create_table(
        "hours_move",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("exchange", sa.BigInteger(), nullable=False),
        sa.Column("giver", sa.BigInteger(), nullable=False),
        sa.Column("receiver", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("giver <> receiver", name="hours_move_two"),
        sa.CheckConstraint("minutes > 0", name="hours_move_some"),
        sa.ForeignKeyConstraint(
            ["by"], ["person.id"], name="hours_move_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["exchange"], ["exchange.id"], name="hours_move_exchange_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["giver"], ["person.id"], name="hours_move_giver_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["receiver"], ["person.id"], name="hours_move_receiver_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("exchange", name="hours_move_once"),
    )
    op.create_index("hours_move_giver_idx", "hours_move", ["giver"], unique=False)
    op.create_index("hours_move_receiver_idx", "hours_move", ["receiver"], unique=False)
    op.create_table(
        "skill_report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("listing", sa.BigInteger(), nullable=False),
        sa.Column("exchange", sa.BigInteger(), nullable=True),
        sa.Column("reporter", sa.BigInteger(), nullable=False),
        sa.Column("wrong", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('nothing', 'warned', 'removed')",
            name="skill_report_known",
        ),
        sa.CheckConstraint(
            "wrong IN ('rude', 'selling', 'dangerous', 'not_come', 'other')",
            name="skill_report_wrong_known",
        ),
        sa.CheckConstraint(
            "num_nulls(answered_at, answered_by, outcome) IN (0, 3)", name="skill_report_answered"
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"],
            ["person.id"],
            name="skill_report_answered_by_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["exchange"], ["exchange.id"], name="skill_report_exchange_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["listing"], ["listing.id"], name="skill_report_listing_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["reporter"], ["person.id"], name="skill_report_reporter_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id", name="skill_report_public_id_key"),
    )
    op.create_index("skill_report_exchange_idx", "skill_report", ["exchange"], unique=False)
    op.create_index("skill_report_listing_idx", "skill_report", ["listing"], unique=False)
    op.create_index(
        "skill_report_once",
        "skill_report",
        ["listing", sa.literal_column("coalesce(exchange, 0)"), "reporter"],
        unique=True,
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_index("skill_report_reporter_idx", "skill_report", ["reporter"], unique=False)
    op.create_index(
        "skill_report_waiting",
        "skill_report",
        ["at"],
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    for guard in GUARDS:
        op.execute(guard)
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO palier_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palier_app")
    for table in READ_ONLY:
        op.execute(f"GRANT SELECT ON {table} TO palier_app")


def downgrade():
    for table in (
        "hours_move",
        "hours_claim",
        "hours_account",
        "skill_proposal",
        "skill_report",
        "exchange_message",
        "exchange",
        "skill_block",
        "skill_word",
        "listing",
        "skill_profile",
        "skill_setting",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION hours_follow()")
    op.execute("DROP FUNCTION exchange_moves()")
