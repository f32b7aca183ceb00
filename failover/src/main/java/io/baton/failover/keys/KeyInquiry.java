package io.baton.failover.keys;

import io.baton.failover.outcome.CleanStops;
import io.baton.failover.outcome.ServerInstance;
import io.baton.session.sql.KeyDraw;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a key that the application has seen, drawn in a transaction that is replayed,
 * is still its own.
 *
 * <p>A sequence gives each value once, as long as its history is one and it is not set back. But it
 * is not rolled back, and its values are logged ahead of time, in steps of 32 values that no commit
 * waits for. Let S be the current writer. Its history shares a prefix with the history that value v
 * was drawn in. There are three cases:
 *
 * <ol>
 *   <li><b>The sequence of S had been logged up to v or further when their histories parted.</b>
 *       Then S gave v to no other client after that, for all it gives is greater; nor before, for
 *       in the common history v was given to us. It is ours.
 *   <li><b>It had not, and S has given v to another client.</b> It is not ours.
 *   <li><b>It had not, and S has not given v yet.</b> It belongs to the first client that draws it;
 *       if that is this JVM, it is ours.
 * </ol>
 *
 * <p>The first case is proved if S is the same run of the same server without a recovery since; or
 * by a sequence watermark: a step of its log with v in it, read from the sequence before a position
 * of the log, in the run that v was drawn in, where that position is in S's history. (If v had been
 * given when an earlier position was read, that one will do: a value is logged before it is given.)
 * It is proved as well if S is the same server after a restart, and each stop was a clean one
 * ({@link CleanStops}): nothing of its log was lost. The third case is proved by drawing values
 * until v comes. The values in between are kept for other replays of this JVM, which may look for
 * them; no other client sees them. If the next value is greater than v and there is no proof, the
 * first and the second case cannot be told apart: v is not ours.
 *
 * <p>A transaction that was carried over to another cluster by a cut over is of the first case,
 * too, in another way: its connection was left while it worked, after that nobody drew from the
 * sequences of the old side, and those of the new side were set to where they stood before anybody
 * drew from them. A sequence that is past v there will not give it, and on the old side v was given
 * to us.
 *
 * <p>All of this holds for a sequence that goes on. One that is below v on S now was set back, or
 * created again in the transaction itself, and will give v again: then only drawing v makes it
 * ours.
 *
 * <p>A key that the replay gives explicitly does not set {@code currval} and {@code lastval} of the
 * session on the server. The caller knows whether the application's own statements ask for them; if
 * code in the database may ask ({@link HiddenRecall}), no key counts as ours.
 */
public final class KeyInquiry {

  /** More than a few steps of the log means that something else happened to the sequence. */
  private static final long MOST_DRAWS = 1000;

  private static final String SAVEPOINT = "baton_keys";

  private final SequenceWatermarks watermarks;
  private final @Nullable ServerInstance then;
  private final ServerInstance now;
  private final boolean carriedOver;
  private final Connection connection;

  /**
   * Whether code in the database may call {@code currval} or {@code lastval}; null while not known.
   */
  private @Nullable Boolean recalled;

  /** Whether every stop since they were drawn was a clean one; null while not known. */
  private @Nullable Boolean stoppedCleanly;

  /**
   * Creates an inquiry.
   *
   * @param then the server that the keys were drawn on, null if it is not known
   * @param now the server that the connection leads to
   * @param carriedOver whether the connection that they were drawn on was left for a cut over
   * @param connection in the transaction that is being replayed
   */
  public KeyInquiry(
      SequenceWatermarks watermarks,
      @Nullable ServerInstance then,
      ServerInstance now,
      boolean carriedOver,
      Connection connection) {
    this.watermarks = watermarks;
    this.then = then;
    this.now = now;
    this.carriedOver = carriedOver && then != null && !isOneCluster(then, now);
    this.connection = connection;
  }

  /**
   * Returns those of the keys in a result that its statement drew and that are still ours; all of a
   * column or none. The transaction is unchanged if the server refuses an answer.
   *
   * @param shown by their column the whole numbers in the rows that were read
   * @throws SQLException if the transaction has failed, or the connection breaks
   */
  public Map<String, List<Long>> ours(KeyDraw draw, Map<String, List<Long>> shown)
      throws SQLException {
    Map<String, List<Long>> ours = new TreeMap<>();
    execute("SAVEPOINT " + SAVEPOINT);
    try {
      Map<String, Sequence> sequences =
          mayBeRecalled() ? Map.of() : SequenceWatermarks.ask(draw, connection);
      for (Map.Entry<String, List<Long>> column : shown.entrySet()) {
        String name = column.getKey();
        Sequence sequence = sequences.get(draw.kind() == KeyDraw.Kind.CALL ? "" : name);
        if (sequence != null && draw.draws(name) && areOurs(column.getValue(), sequence)) {
          ours.put(name, column.getValue());
        }
      }
      execute("RELEASE " + SAVEPOINT);
      return ours;
    } catch (SQLException refused) {
      execute("ROLLBACK TO " + SAVEPOINT + ";RELEASE " + SAVEPOINT);
      return Map.of();
    }
  }

  private static boolean isOneCluster(ServerInstance one, ServerInstance other) {
    return one.systemIdentifier().equals(other.systemIdentifier());
  }

  private boolean mayBeRecalled() throws SQLException {
    Boolean known = recalled;
    if (known == null) {
      known = HiddenRecall.isPossible(connection);
      recalled = known;
    }
    return known;
  }

  private boolean areOurs(List<Long> values, Sequence sequence) throws SQLException {
    for (long value : values) {
      boolean vouched =
          sequence.hasPassed(value)
              && (carriedOver
                  || watermarks.vouchFor(sequence.oid(), value, then, now)
                  || wasStoppedCleanly());
      if (!vouched
          && !watermarks.take(sequence.oid(), now.run(), value)
          && !isReached(value, sequence)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the server was only stopped and started again: all that was drawn is in its log. */
  private boolean wasStoppedCleanly() throws SQLException {
    Boolean known = stoppedCleanly;
    if (known == null) {
      known = then != null && CleanStops.between(then, now, connection);
      stoppedCleanly = known;
    }
    return known;
  }

  /** Draws values until this one comes, if it is still to come. */
  private boolean isReached(long value, Sequence sequence) throws SQLException {
    long next = draw(sequence, 1, value);
    long steps = (value - next) / sequence.increment();
    return next == value
        || (next < value && steps <= MOST_DRAWS && draw(sequence, steps, value) == value);
  }

  /**
   * Draws some values, and keeps those other than the wanted one as spares.
   *
   * @return the wanted value if it came, else the last one
   */
  private long draw(Sequence sequence, long count, long value) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select pg_catalog.nextval(?::pg_catalog.int8::pg_catalog.oid::pg_catalog.regclass)"
                + " from pg_catalog.generate_series(1::pg_catalog.int8, ?::pg_catalog.int8)")) {
      statement.setString(1, Long.toString(sequence.oid()));
      statement.setString(2, Long.toString(count));
      long last = Long.MIN_VALUE;
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          long drawn = rows.getLong(1);
          last = last == value ? value : drawn;
          if (drawn != value) {
            watermarks.spare(sequence.oid(), now.run(), drawn);
          }
        }
      }
      return last;
    }
  }

  private void execute(String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
    }
  }
}
