package io.baton.failover.outcome;

import io.baton.routing.consistency.Lsn;
import io.baton.session.sql.RelationName;
import io.baton.session.sql.SqlQuoting;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A commit marker: the id of a transaction that wrote, and a position in the log past a record with
 * that id.
 *
 * <p>Without such a record the id may be in no record of the log before the one of the commit (work
 * on unlogged tables), and be given out again after a crash. There are three ways to have one:
 *
 * <ul>
 *   <li>Where the log cannot be decoded ({@code wal_level} below {@code logical}), the marker
 *       writes a message of a few bytes, which is not flushed: nothing reads it.
 *   <li>Where it can, a message would reach decoders that ask for messages. A transaction that has
 *       changed a row of an ordinary table has a record already, and only the position is noted.
 *       The server itself says in the same statement whether the table is one: logged, kept in a
 *       heap, without rules and without children of another kind.
 *   <li>Else a large object is created and removed again: two records of the catalogue, which no
 *       decoder shows.
 *   <li>Instances of Aurora show no positions. The id alone is noted, and nothing is written.
 * </ul>
 *
 * @param server where it runs
 * @param transaction its id, with the epoch
 * @param position the end of a WAL record that carries the transaction id, or the id of a
 *     subtransaction of it, which is greater; null where servers show no positions
 */
public record CommitMarker(ServerInstance server, String transaction, @Nullable Lsn position)
    implements CommitEvidence {

  private static final String BACKEND = ", pg_catalog.pg_backend_pid()";

  private static final String MESSAGE =
      "select pg_catalog.pg_current_xact_id()::pg_catalog.text,"
          + " pg_catalog.pg_logical_emit_message(true, 'baton', '')::pg_catalog.text"
          + BACKEND
          + ", true";

  private static final String ID =
      "select pg_catalog.pg_current_xact_id()::pg_catalog.text, null::pg_catalog.text"
          + BACKEND
          + ", true";

  private static final String POSITION =
      "select pg_catalog.pg_current_xact_id()::pg_catalog.text,"
          + " pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text"
          + BACKEND;

  // The large object is made and removed before the position is read: a subquery that calls
  // volatile functions is not merged into the query around it.
  private static final String LARGE_OBJECT =
      POSITION
          + ", made.done is not null from"
          + " (select pg_catalog.lo_unlink(pg_catalog.lo_create(0)) as done offset 0) made";

  private static final String OF_TABLE =
      POSITION
          + ", (select pg_catalog.current_setting('wal_level') operator(pg_catalog.<>) 'minimal'"
          + " and not c.relhasrules and case"
          + " when c.relkind operator(pg_catalog.=) 'r' then c.relpersistence operator(pg_catalog.=) 'p'"
          + " and c.relam operator(pg_catalog.=) 2::pg_catalog.oid and not c.relhassubclass"
          + " when c.relkind operator(pg_catalog.=) 'p' then not exists (select from pg_catalog.pg_partition_tree(c.oid) t"
          + " join pg_catalog.pg_class leaf on leaf.oid operator(pg_catalog.=) t.relid"
          + " where t.isleaf and (leaf.relkind operator(pg_catalog.<>) 'r'"
          + " or leaf.relpersistence operator(pg_catalog.<>) 'p'"
          + " or leaf.relam operator(pg_catalog.<>) 2::pg_catalog.oid))"
          + " else false end"
          + " from pg_catalog.pg_class c where c.oid operator(pg_catalog.=)"
          + " pg_catalog.to_regclass(%s)::pg_catalog.oid)";

  /** Returns the text that takes the marker of any transaction; {@link #read} reads its row. */
  public static String sql(ServerInstance server) {
    if (!server.kind().hasPositions()) {
      return ID;
    }
    return server.decoding() ? LARGE_OBJECT : MESSAGE;
  }

  /**
   * Returns the text that takes the marker behind a statement that has changed a row of a table.
   *
   * @param written the table as the statement names it, null if that is not known
   * @return null if the marker cannot be taken in this way
   */
  public static @Nullable String sqlBehind(ServerInstance server, @Nullable RelationName written) {
    if (!server.decoding() || !server.kind().hasPositions()) {
      return sql(server);
    }
    return written == null
        ? null
        : OF_TABLE.formatted(SqlQuoting.literal(SqlQuoting.relation(written)));
  }

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
    public Answer take(ServerInstance server) throws SQLException {
      PreparedStatement question = statement;
      if (question == null) {
        // Left open: prepared once for all of them.
        question = connection.prepareStatement(sql(server));
        statement = question;
      }
      try (ResultSet rows = question.executeQuery()) {
        return read(server, rows);
      }
    }
  }

  /**
   * What a server answered.
   *
   * @param marker the marker; null if none can be told from the answer
   * @param backend the process that answered
   */
  public record Answer(@Nullable CommitMarker marker, int backend) {}

  /**
   * Reads the server's answer. There is no marker if the process that answered is another one than
   * that of the server instance, for then nothing is known of its server; or if it is not certain
   * that a record with the id is in the log.
   */
  public static Answer read(ServerInstance server, ResultSet rows) throws SQLException {
    rows.next();
    int backend = rows.getInt(3);
    String position = rows.getString(2);
    return new Answer(
        backend == server.backend() && rows.getBoolean(4)
            ? new CommitMarker(
                server, rows.getString(1), position == null ? null : Lsn.parse(position))
            : null,
        backend);
  }
}
