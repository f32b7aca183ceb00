package io.baton.failover.keys;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.baton.failover.outcome.ServerInstance;
import io.baton.failover.outcome.ServerInstance.Run;
import io.baton.routing.consistency.Lsn;
import io.baton.session.sql.KeyDraw;
import io.baton.session.sql.RelationName;
import io.baton.session.sql.SqlQuoting;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;

/**
 * The watermarks of the sequences of one database, and the spare values that were drawn and not
 * used; shared by all sessions of this JVM.
 *
 * <p>Thread-safe.
 */
public final class SequenceWatermarks {

  /**
   * The watermarks kept of one sequence, one for each 32 values; a transaction that is replayed is
   * seldom older.
   */
  private static final int MOST_MARKS = 32;

  private static final int MOST_SPARES = 10_000;

  private static final int MOST_NAMES = 10_000;

  /** Definitions change, and so do privileges. */
  private static final Duration SHELF_LIFE = Duration.ofSeconds(10);

  /** No process answered. */
  public static final int UNASKED = 0;

  private static final String SAVEPOINT = "baton_keys";

  // Read behind the sequences, so it is past the records of what they show.
  private static final String WHERE_IT_IS =
      "select pg_catalog.pg_backend_pid(),"
          + " pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text";

  /** A relation as one search path resolves it. */
  private record Named(KeyDraw.Kind kind, RelationName relation, String searchPath) {}

  /** A sequence in one run of one server. */
  private record Drawn(long sequence, Run run) {}

  private final Cache<Named, Map<String, Sequence>> sequences =
      Caffeine.newBuilder().maximumSize(MOST_NAMES).expireAfterWrite(SHELF_LIFE).build();

  private final Map<Long, List<SequenceWatermark>> watermarks = new ConcurrentHashMap<>();
  private final Map<Drawn, Set<Long>> spares = new ConcurrentHashMap<>();

  /** Where a process was in the log. */
  private record Place(int backend, Lsn position) {

    static Place of(ResultSet rows) throws SQLException {
      rows.next();
      return new Place(rows.getInt(1), Lsn.parse(rows.getString(2)));
    }
  }

  /**
   * Adds watermarks of the sequences that an open transaction has drawn from, in one round trip;
   * and in three more if such a text was not seen for a while. The transaction is unchanged if the
   * server refuses.
   *
   * <p>The first of those three also reads where the log is. What the application has been shown
   * was logged before that, and the record may be all that another server gets of the log: to look
   * a sequence up takes some milliseconds, in which others go on writing.
   *
   * @param draws how it drew, and by their column the values that the application has seen
   * @param searchPath the part of the session's state by which names are resolved
   * @return the process that answered; {@link #UNASKED} if the sequences may not be read
   * @throws SQLException if the connection breaks, or the transaction has failed
   */
  public int note(
      Map<KeyDraw, Map<String, List<Long>>> draws,
      String searchPath,
      ServerInstance server,
      Connection connection)
      throws SQLException {
    StringBuilder ceilings = new StringBuilder();
    Map<Long, Long> drawn = new HashMap<>();
    Place first = null;
    for (Map.Entry<KeyDraw, Map<String, List<Long>>> draw : draws.entrySet()) {
      Named named = named(draw.getKey(), searchPath);
      Map<String, Sequence> known = sequences.getIfPresent(named);
      if (known == null) {
        LookedUp found = lookUp(draw.getKey(), connection);
        first = first == null ? found.before() : first;
        known = found.sequences();
        sequences.put(named, known);
      }
      noteGreatest(draw.getKey(), draw.getValue(), known, drawn);
      for (Sequence sequence : known.values()) {
        ceilings.append(ceilings.isEmpty() ? "select " : " union all select ");
        // The log runs ahead of the values: by log_cnt of them, as the sequence itself says.
        ceilings
            .append(
                "tableoid::pg_catalog.int8, last_value operator(pg_catalog.+)"
                    + " (case when is_called then log_cnt else -1 end operator(pg_catalog.*) ")
            .append(sequence.increment())
            .append("), ")
            .append(sequence.step())
            .append(" from ")
            .append(SqlQuoting.relation(sequence.name()));
      }
    }
    if (ceilings.isEmpty()) {
      return UNASKED;
    }
    String sql =
        "SAVEPOINT %1$s;%2$s;%3$s;RELEASE %1$s".formatted(SAVEPOINT, ceilings, WHERE_IT_IS);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
      statement.getMoreResults();
      List<long[]> found = new ArrayList<>(1);
      try (ResultSet rows = Objects.requireNonNull(statement.getResultSet())) {
        while (rows.next()) {
          found.add(new long[] {rows.getLong(1), rows.getLong(2), rows.getLong(3)});
        }
      }
      statement.getMoreResults();
      try (ResultSet rows = Objects.requireNonNull(statement.getResultSet())) {
        Place last = Place.of(rows);
        if (last.backend() == server.backend()) {
          Place before = first != null && first.backend() == last.backend() ? first : last;
          for (long[] ceiling : found) {
            long floor = ceiling[1] - ceiling[2];
            add(
                ceiling[0],
                new SequenceWatermark(
                    server,
                    floor,
                    ceiling[1],
                    last.position(),
                    drawn.getOrDefault(ceiling[0], floor),
                    before.position()));
          }
        }
        return last.backend();
      }
    } catch (SQLException refused) {
      takeBack(connection);
      draws.keySet().forEach(draw -> sequences.put(named(draw, searchPath), Map.of()));
      return UNASKED;
    }
  }

  /**
   * Notes of each sequence the greatest value that the application has seen: drawn from it, and not
   * given by the application.
   */
  private static void noteGreatest(
      KeyDraw draw,
      Map<String, List<Long>> shown,
      Map<String, Sequence> known,
      Map<Long, Long> drawn) {
    for (Map.Entry<String, List<Long>> column : shown.entrySet()) {
      String label = column.getKey();
      Sequence sequence = draw.draws(label) ? known.get(columnOf(draw, label)) : null;
      for (int i = 0; sequence != null && i < column.getValue().size(); i++) {
        drawn.merge(sequence.oid(), column.getValue().get(i), Math::max);
      }
    }
  }

  private static String columnOf(KeyDraw draw, String label) {
    return draw.kind() == KeyDraw.Kind.CALL ? "" : label;
  }

  private static void takeBack(Connection connection) throws SQLException {
    execute("ROLLBACK TO %1$s;RELEASE %1$s".formatted(SAVEPOINT), connection);
  }

  private static void execute(String sql, Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
    }
  }

  /**
   * The sequences that a text draws from, by the column that shows the value.
   *
   * @param before where the log was before they were looked up; null if the server refused
   */
  private record LookedUp(@Nullable Place before, Map<String, Sequence> sequences) {}

  private static LookedUp lookUp(KeyDraw draw, Connection connection) throws SQLException {
    try {
      Place before = savepoint(connection);
      Map<String, Sequence> found = ask(draw, connection);
      execute("RELEASE " + SAVEPOINT, connection);
      return new LookedUp(before, found);
    } catch (SQLException refused) {
      takeBack(connection);
      return new LookedUp(null, Map.of());
    }
  }

  private static Place savepoint(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SAVEPOINT " + SAVEPOINT + ";" + WHERE_IT_IS)) {
      statement.execute();
      statement.getMoreResults();
      try (ResultSet rows = Objects.requireNonNull(statement.getResultSet())) {
        return Place.of(rows);
      }
    }
  }

  /**
   * Returns whether a new watermark is needed for the sequences that a text drew from: not while
   * the values are of a logged step that is known, as 31 of 32 values are.
   *
   * @param shown by their column the values that the application has seen
   * @param run where they were drawn
   */
  public boolean wants(KeyDraw draw, Map<String, List<Long>> shown, String searchPath, Run run) {
    Map<String, Sequence> known = sequences.getIfPresent(named(draw, searchPath));
    if (known == null) {
      return !shown.isEmpty();
    }
    for (Map.Entry<String, List<Long>> column : shown.entrySet()) {
      Sequence sequence = known.get(columnOf(draw, column.getKey()));
      if (sequence != null && isNews(sequence.oid(), column.getValue(), run)) {
        return true;
      }
    }
    return false;
  }

  private boolean isNews(long sequence, List<Long> values, Run run) {
    List<SequenceWatermark> noted = watermarks.get(sequence);
    if (noted == null) {
      return true;
    }
    SequenceWatermark newest = noted.get(noted.size() - 1);
    if (!newest.server().run().equals(run)) {
      return true;
    }
    for (long value : values) {
      if (!newest.covers(value)) {
        return true;
      }
    }
    return false;
  }

  private static Named named(KeyDraw draw, String searchPath) {
    return new Named(draw.kind(), draw.relation(), searchPath);
  }

  /** Asks the server for the same. */
  static Map<String, Sequence> ask(KeyDraw draw, Connection connection) throws SQLException {
    return switch (draw.kind()) {
      case CALL -> Sequence.named(draw.relation(), connection);
      case INSERTION -> Sequence.ofTable(draw.relation(), connection);
    };
  }

  void add(long sequence, SequenceWatermark watermark) {
    List<SequenceWatermark> known = watermarks.get(sequence);
    if (known == null || !watermark.addsNothingTo(known.get(known.size() - 1))) {
      watermarks.merge(sequence, List.of(watermark), SequenceWatermarks::merged);
    }
  }

  private static List<SequenceWatermark> merged(
      List<SequenceWatermark> known, List<SequenceWatermark> added) {
    SequenceWatermark watermark = added.get(0);
    SequenceWatermark last = known.get(known.size() - 1);
    if (watermark.addsNothingTo(last)) {
      return known;
    }
    if (watermark.showsResetSince(last)) {
      return added;
    }
    List<SequenceWatermark> all = new ArrayList<>(known);
    all.add(watermark);
    return List.copyOf(all.subList(Math.max(0, all.size() - MOST_MARKS), all.size()));
  }

  /**
   * Returns whether a sequence had certainly been logged up to a value when the history of one
   * server diverged from that of another.
   *
   * @param then where the value was drawn, null if that is not known
   * @param now the other
   */
  boolean vouchFor(long sequence, long value, @Nullable ServerInstance then, ServerInstance now) {
    if (then == null) {
      return false;
    }
    if (now.run().equals(then.run())) {
      return true;
    }
    for (SequenceWatermark watermark : watermarks.getOrDefault(sequence, List.of())) {
      if (watermark.covers(value)
          && watermark.server().run().equals(then.run())
          && now.continues(watermark.server(), watermark.at(value))) {
        return true;
      }
    }
    return false;
  }

  /** Keeps a value that was drawn and not used. */
  void spare(long sequence, Run run, long value) {
    Set<Long> values = spares.get(new Drawn(sequence, run));
    if (values == null) {
      spares
          .keySet()
          .removeIf(drawn -> !drawn.run().equals(run)); // Those of earlier runs are of no use.
      values =
          spares.computeIfAbsent(new Drawn(sequence, run), drawn -> new ConcurrentSkipListSet<>());
    }
    if (values.size() < MOST_SPARES) {
      values.add(value);
    }
  }

  /** Takes a value that was drawn and not used; returns whether there was one. */
  boolean take(long sequence, Run run, long value) {
    Set<Long> values = spares.get(new Drawn(sequence, run));
    return values != null && values.remove(value);
  }
}
