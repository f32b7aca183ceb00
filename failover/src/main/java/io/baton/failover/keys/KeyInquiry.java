package io.baton.failover.keys;

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
 * <p>A sequence gives each value once, as long as its history is one and nobody sets it back; but
 * it is not rolled back, and what it gave is written to the log ahead of time, in steps of 32
 * values, which no commit waits for. So on the server S that takes writes now, whose history has a
 * prefix of the history that value v was drawn in, there are three ways:
 *
 * <ol>
 *   <li><b>The sequence of S had been logged up to v or further when their histories parted.</b>
 *       Then nobody was given v on S after that, for all it gives is greater; nor before, for that
 *       is the common history, where v was given to us. It is ours.
 *   <li><b>It had not, and S has given v to somebody.</b> It is not ours.
 *   <li><b>It had not, and S has not given v yet.</b> Whoever draws it makes it theirs; if that is
 *       this JVM, it is ours.
 * </ol>
 *
 * <p>The first is proved where S is the same run of the same server without a recovery since; or by
 * a mark: a step of its log with v in it, read from the sequence before a position of the log, in
 * the run that v was drawn in, and that position is in S's history. The third is proved by doing
 * it: values are drawn until v comes. Those on the way are kept for other replays of this JVM,
 * which may be looking for them; nobody else ever sees them. Where the next value is greater than v
 * and there is no proof, the first and the second cannot be told apart: not ours.
 *
 * <p>All of it is said of a sequence that goes on. One that stands below v on S now was set back,
 * or made anew in the transaction itself, and will give v again: then only drawing v makes it ours.
 *
 * <p>A key that is given by hand leaves the server-side session with another {@code currval} and
 * {@code lastval} than whoever asks for them expects. Of the application's own statements the
 * caller knows; where code in the database may ask ({@link HiddenRecall}), no key is taken for
 * ours.
 */
public final class KeyInquiry {

  /** More than a few steps of the log means that something else happened to the sequence. */
  private static final long MOST_DRAWS = 1000;

  private static final String SAVEPOINT = "baton_keys";

  private final SequenceMarks marks;
  private final @Nullable ServerInstance then;
  private final ServerInstance now;
  private final Connection connection;

  /** Whether code in the database may ask for the last key; null while that is not known. */
  private @Nullable Boolean recalled;

  /**
   * Prepares to ask.
   *
   * @param then the server that the keys were drawn on, null if it is not known
   * @param now the server that the connection leads to
   * @param connection in the transaction that is being replayed
   */
  public KeyInquiry(
      SequenceMarks marks,
      @Nullable ServerInstance then,
      ServerInstance now,
      Connection connection) {
    this.marks = marks;
    this.then = then;
    this.now = now;
    this.connection = connection;
  }

  /**
   * Takes of the keys that a text showed those that it drew and that are ours; all of a column or
   * none. The transaction stays as it is if the server refuses to say.
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
          mayBeRecalled() ? Map.of() : SequenceMarks.ask(draw, connection);
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
          sequence.hasPassed(value) && marks.vouchFor(sequence.oid(), value, then, now);
      if (!vouched
          && !marks.take(sequence.oid(), now.run(), value)
          && !isReached(value, sequence)) {
        return false;
      }
    }
    return true;
  }

  /** Draws until the value comes, if it is still to come. */
  private boolean isReached(long value, Sequence sequence) throws SQLException {
    long next = draw(sequence, 1, value);
    long steps = (value - next) / sequence.increment();
    return next == value
        || (next < value && steps <= MOST_DRAWS && draw(sequence, steps, value) == value);
  }

  /**
   * Draws some values, and keeps those that are not looked for.
   *
   * @return the value that is looked for if it came, else the last one
   */
  private long draw(Sequence sequence, long count, long value) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select pg_catalog.nextval(?::bigint::oid::regclass)"
                + " from pg_catalog.generate_series(1, ?)")) {
      statement.setLong(1, sequence.oid());
      statement.setLong(2, count);
      long last = Long.MIN_VALUE;
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          long drawn = rows.getLong(1);
          last = last == value ? value : drawn;
          if (drawn != value) {
            marks.spare(sequence.oid(), now.run(), drawn);
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
