"""Who takes part, as counts; calls to say hello; what the register's filters know

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Whoever adds a table adds its rights: what nobody changes or deletes stands in the second tuple.
OPEN: tuple[str, ...] = ("participation_setting", "welcome_call")
APPEND_ONLY: tuple[str, ...] = ()
READ_ONLY: tuple[str, ...] = ("register_entry",)

# What the register's filters know of a household (membership/entries.py). Read again from its rows
# under its own lock, each time one of them moves, so that the last who writes has seen them all. The
# plan of the first row serves all of an import, which begins on empty tables: without sequential scans,
# and behind OFFSET 0 no join, order or partial index can lead it through a whole index either.
ENTRIES = (
    """
    CREATE FUNCTION keep_entry(home bigint) RETURNS void LANGUAGE plpgsql
      SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
    BEGIN
      PERFORM FROM register_entry WHERE household = home FOR UPDATE;
      UPDATE register_entry e SET paid_from = k.paid_from, reached = k.reached FROM (
        SELECT (SELECT min(lower(q.during)) FROM period q WHERE q.household = home
            AND q.cancelled_at IS NULL AND q.provisional_until IS NULL) AS paid_from,
          EXISTS (SELECT FROM (SELECT * FROM household_member WHERE household = home OFFSET 0) m
            WHERE m.adult AND m.left_on IS NULL AND EXISTS (SELECT FROM
              (SELECT ended_at FROM contact_point WHERE person = m.person OFFSET 0) c
              WHERE c.ended_at IS NULL OFFSET 0)) AS reached
      ) k WHERE e.household = home
        AND (e.paid_from, e.reached) IS DISTINCT FROM (k.paid_from, k.reached);
    END $$
    """,
    """
    CREATE FUNCTION begin_entry() RETURNS trigger LANGUAGE plpgsql
      SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    BEGIN
      INSERT INTO register_entry (household, reached) VALUES (NEW.id, false);
      RETURN NULL;
    END $$
    """,
    # Of a row that moves from one household to another, both.
    """
    CREATE FUNCTION keep_entry_of_row() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM keep_entry(home) FROM (SELECT DISTINCT unnest(ARRAY[OLD.household, NEW.household])
        AS home ORDER BY home) homes WHERE home IS NOT NULL;
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION keep_entry_of_person() RETURNS trigger LANGUAGE plpgsql
      SET enable_seqscan = off AS $$
    BEGIN
      PERFORM keep_entry(home) FROM (SELECT DISTINCT household AS home FROM (SELECT household, left_on
        FROM household_member WHERE person IN (OLD.person, NEW.person) OFFSET 0) theirs
        WHERE left_on IS NULL ORDER BY home) homes;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER entry_begins AFTER INSERT ON household
      FOR EACH ROW EXECUTE FUNCTION begin_entry()
    """,
    """
    CREATE TRIGGER entry_kept AFTER INSERT OR DELETE
      OR UPDATE OF household, during, provisional_until, cancelled_at ON period
      FOR EACH ROW EXECUTE FUNCTION keep_entry_of_row()
    """,
    """
    CREATE TRIGGER entry_kept AFTER INSERT OR DELETE
      OR UPDATE OF household, person, adult, left_on ON household_member
      FOR EACH ROW EXECUTE FUNCTION keep_entry_of_row()
    """,
    """
    CREATE TRIGGER entry_kept AFTER INSERT OR DELETE OR UPDATE OF person, ended_at ON contact_point
      FOR EACH ROW EXECUTE FUNCTION keep_entry_of_person()
    """,
    # Who is there already.
    "INSERT INTO register_entry (household, reached) SELECT id, false FROM household",
    "SELECT keep_entry(id) FROM household",
)


def upgrade():
    op.create_table(
        "participation_setting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("one", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("months", sa.BigInteger(), server_default=sa.text("3"), nullable=False),
        sa.Column("call_days", sa.BigInteger(), server_default=sa.text("30"), nullable=False),
        sa.Column("weekly_calls", sa.BigInteger(), server_default=sa.text("5"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "months BETWEEN 1 AND 4 AND call_days BETWEEN 7 AND 60 AND weekly_calls BETWEEN 0 AND 50",
            name="participation_setting_sane",
        ),
        sa.CheckConstraint("one = 1", name="participation_setting_single"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("one", name="participation_setting_one_key"),
    )
    op.create_table(
        "welcome_call",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("household", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("site", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_on", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "num_nulls(closed_at, closed_by, outcome) IN (0, 3)", name="welcome_call_closed"
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('talked', 'no_answer', 'wrong_number', 'no_more')",
            name="welcome_call_known",
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["person.id"], name="welcome_call_closed_by_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["household"], ["household.id"], name="welcome_call_household_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name="welcome_call_person_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name="welcome_call_site_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("household", name="welcome_call_once"),
        sa.UniqueConstraint("public_id", name="welcome_call_public_id_key"),
    )
    op.create_index("welcome_call_person_idx", "welcome_call", ["person"], unique=False)
    op.create_index("welcome_call_site_idx", "welcome_call", ["site"], unique=False)
    op.create_index("welcome_call_to_go", "welcome_call", ["gone_on"], unique=False)
    # The counter looks people up by the number of their contract. Not CONCURRENTLY, as in revision
    # 0004: the households of a town are read in some milliseconds.
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX household_by_contract ON household (claimed_contract)"
        " WHERE claimed_contract IS NOT NULL"
    )
    op.create_table(
        "register_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("household", sa.BigInteger(), nullable=False),
        sa.Column("paid_from", sa.Date(), nullable=True),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household"],
            ["household.id"],
            name="register_entry_household_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("household", name="register_entry_once"),
    )
    op.create_index(
        "register_entry_never_paid",
        "register_entry",
        ["household"],
        unique=False,
        postgresql_where=sa.text("paid_from IS NULL"),
    )
    op.create_index("register_entry_pays_later", "register_entry", ["paid_from"], unique=False)
    op.create_index(
        "register_entry_unreached",
        "register_entry",
        ["household"],
        unique=False,
        postgresql_where=sa.text("NOT reached"),
    )
    for statement in ENTRIES:
        op.execute(statement)
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO palier_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palier_app")
    for table in READ_ONLY:
        op.execute(f"GRANT SELECT ON {table} TO palier_app")


def downgrade():
    op.execute("DROP TRIGGER entry_begins ON household")
    for table in ("period", "household_member", "contact_point"):
        op.execute(f"DROP TRIGGER entry_kept ON {table}")
    for function in ("keep_entry_of_person()", "keep_entry_of_row()", "begin_entry()"):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP FUNCTION keep_entry(bigint)")
    op.execute("DROP INDEX household_by_contract")
    for table in ("register_entry", "welcome_call", "participation_setting"):
        op.drop_table(table)
