package io.baton.failover.outcome;

import io.baton.routing.consistency.Lsn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The id of a transaction that wrote, and a position in the log that vouches for it.
 *
 * @param server where it runs
 * @param transaction its id, with the epoch
 * @param mark the end of a record in the write-ahead log that carries its id, or that of a
 *     subtransaction of it, which is greater
 */
public record TransactionMark(ServerInstance server, String transaction, Lsn mark)
    implements CommitEvidence {

  // An id alone may be in no record of the log before the one of the commit (work on unlogged
  // tables), and be given out again after a crash. So it is written into one: a few bytes, not
  // flushed. The message is gone if the transaction is, and nobody reads those of this prefix.
  /** Has the server write the record, and gives what {@link #read} reads. */
  public static final String SQL =
      "select pg_catalog.pg_current_xact_id()::text,"
          + " pg_catalog.pg_logical_emit_message(true, 'baton', '')::text";

  /**
   * Takes the marks of the transactions of one connection, each in one round trip.
   *
   * <p>Used by one thread at a time.
   */
  public static final class Taker {

    private final Connection connection;
    private @Nullable PreparedStatement statement;

    /** Takes them on this connection. */
    public Taker(Connection connection) {
      this.connection = connection;
    }

    /** Takes one of the open transaction. */
    public TransactionMark take(ServerInstance server) throws SQLException {
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

  /** What the server answered. */
  public static TransactionMark read(ServerInstance server, ResultSet rows) throws SQLException {
    rows.next();
    return new TransactionMark(server, rows.getString(1), Lsn.parse(rows.getString(2)));
  }
}
