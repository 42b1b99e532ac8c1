"""Guards the tables cannot say themselves: rights of the app role, moves, balance

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "audit_entry, payment, journal_entry, journal_line, receipt, issued_paper, "
    "offer_version, redemption, reversal, refused_attempt"
)

UP = (
    # palier_app is made by whoever makes the database (embedded: we do), never by a migration.
    # No default privileges: a restore would hand them out again on top of what the dump says, and
    # append-only tables would be open. Each later migration grants what its new tables need.
    "GRANT USAGE ON SCHEMA public TO palier_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO palier_app",
    f"REVOKE UPDATE, DELETE ON {APPEND_ONLY} FROM palier_app",
    "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM palier_app",
    # SEC13: what is older than a year goes, and the application can make nothing younger go.
    """
    CREATE FUNCTION purge_audit(before timestamptz) RETURNS bigint LANGUAGE plpgsql
      SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE gone bigint;
    BEGIN
      DELETE FROM audit_entry WHERE at < least(before, now() - interval '12 months');
      GET DIAGNOSTICS gone = ROW_COUNT;
      RETURN gone;
    END $$
    """,
    "REVOKE ALL ON FUNCTION purge_audit(timestamptz) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION purge_audit(timestamptz) TO palier_app",
    # V1: the moves of a voucher; held and expired are read from dates, never stored.
    """
    CREATE FUNCTION voucher_moves() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'issued' THEN
          RAISE EXCEPTION 'a voucher begins issued, not %', NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_moves';
        END IF;
      ELSIF (OLD.state, NEW.state) NOT IN (
        ('issued', 'redeemed'), ('issued', 'cancelled'), ('issued', 'revoked'),
        ('redeemed', 'issued')
      ) THEN
        RAISE EXCEPTION 'a voucher does not move from % to %', OLD.state, NEW.state
          USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_moves';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER voucher_begins BEFORE INSERT ON voucher
      FOR EACH ROW EXECUTE FUNCTION voucher_moves()
    """,
    """
    CREATE TRIGGER voucher_moves BEFORE UPDATE OF state ON voucher
      FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION voucher_moves()
    """,
    # B8: an entry has two lines at least and is zero, looked at when the transaction commits.
    """
    CREATE FUNCTION journal_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      wanted bigint := CASE TG_TABLE_NAME WHEN 'journal_entry' THEN NEW.id
                       ELSE (to_jsonb(NEW) ->> 'entry')::bigint END;
      lines bigint;
      difference bigint;
    BEGIN
      SELECT count(*), coalesce(sum(debit_cents - credit_cents), 0) INTO lines, difference
        FROM journal_line WHERE entry = wanted;
      IF lines < 2 OR difference <> 0 THEN
        RAISE EXCEPTION 'journal entry % has % lines and a difference of %',
          wanted, lines, difference
          USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_balance';
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER journal_balance AFTER INSERT OR UPDATE ON journal_line
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_balance()
    """,
    """
    CREATE CONSTRAINT TRIGGER journal_entry_balance AFTER INSERT ON journal_entry
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_balance()
    """,
)

DOWN = (
    "DROP FUNCTION purge_audit(timestamptz)",
    "DROP TRIGGER journal_entry_balance ON journal_entry",
    "DROP TRIGGER journal_balance ON journal_line",
    "DROP FUNCTION journal_balance()",
    "DROP TRIGGER voucher_moves ON voucher",
    "DROP TRIGGER voucher_begins ON voucher",
    "DROP FUNCTION voucher_moves()",
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM palier_app",
)


def upgrade():
    for statement in UP:
        op.execute(statement)


def downgrade():
    for statement in DOWN:
        op.execute(statement)
