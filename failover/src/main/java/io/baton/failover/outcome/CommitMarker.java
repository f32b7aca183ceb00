package io.baton.failover.outcome;

import io.baton.routing.consistency.Lsn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A commit marker: the id of a transaction that wrote, and a position in the log past a record with
 * that id.
 *
 * @param server where it runs
 * @param transaction its id, with the epoch
 * @param position the end of a WAL record that carries the transaction id, or the id of a
 *     subtransaction of it, which is greater
 */
public record CommitMarker(ServerInstance server, String transaction, Lsn position)
    implements CommitEvidence {

  // Without it, the id may be in no record of the log before the one of the commit (work on
  // unlogged
  // tables), and be given out again after a crash. So a record with the id is written: a few bytes,
  // not flushed. The message is lost with the transaction; no decoder reads messages of this
  // prefix.
  /** Writes the record, and returns the row that {@link #read} reads. */
  public static final String SQL =
      "select pg_catalog.pg_current_xact_id()::text,"
          + " pg_catalog.pg_logical_emit_message(true, 'baton', '')::text";

  /**
   * Takes the commit markers of one connection's transactions, each in one round trip.
   *
   * <p>Used by one thread at a time.
   */
  public static final class Taker {

    private final Connection connection;
    private @Nullable PreparedStatement statement;

    /** Creates a taker for this connection. */
    public Taker(Connection connection) {
      this.connection = connection;
    }

    /** Takes the commit marker of the open transaction. */
    public CommitMarker take(ServerInstance server) throws SQLException {
      PreparedStatement question = statement;
      if (question == null) {
        question = connection.prepareStatement(SQL); // Left open: prepared once for all of them.
        statement = question;
      }
      try (ResultSet rows = question.executeQuery()) {
        return read(server, rows);
      }
    }
  }

  /** Reads the server's answer to {@link #SQL}. */
  public static CommitMarker read(ServerInstance server, ResultSet rows) throws SQLException {
    rows.next();
    return new CommitMarker(server, rows.getString(1), Lsn.parse(rows.getString(2)));
  }
}
