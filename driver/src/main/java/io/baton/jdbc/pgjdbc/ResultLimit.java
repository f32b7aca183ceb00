package io.baton.jdbc.pgjdbc;

import java.lang.reflect.Field;
import java.sql.SQLException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.PGStream;
import org.postgresql.core.QueryExecutorBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limit {@code maxResultBuffer} of a connection. It is for the application's results, so it is
 * lifted while Baton asks questions of its own.
 *
 * <p>The driver has the limit in a field of the connection's stream, which no method of it leads
 * to. Where the field cannot be reached, the limit holds for all results.
 *
 * <p>Confined to its connection.
 */
final class ResultLimit {

  private static final Logger LOG = LoggerFactory.getLogger(ResultLimit.class);

  private final @Nullable PGStream stream;
  private final @Nullable String limit;
  private int depth;

  private ResultLimit(@Nullable PGStream stream, @Nullable String limit) {
    this.stream = stream;
    this.limit = limit;
  }

  /** Returns the limit of a connection that was opened with these properties. */
  static ResultLimit of(BaseConnection connection, Properties properties) {
    String limit = PGProperty.MAX_RESULT_BUFFER.getOrDefault(properties);
    return new ResultLimit(limit == null ? null : streamOf(connection), limit);
  }

  /** Returns that of a connection without one. */
  static ResultLimit none() {
    return new ResultLimit(null, null);
  }

  private static @Nullable PGStream streamOf(BaseConnection connection) {
    try {
      Field field = QueryExecutorBase.class.getDeclaredField("pgStream");
      field.setAccessible(true);
      return (PGStream) field.get(connection.getQueryExecutor());
    } catch (ReflectiveOperationException | RuntimeException unreachable) {
      LOG.debug("maxResultBuffer holds for all results", unreachable);
      return null;
    }
  }

  /** Lifts the limit. */
  void lift() throws SQLException {
    if (stream != null && depth++ == 0) {
      stream.setMaxResultBuffer(null);
    }
  }

  /** Sets the limit again, after as many calls as {@link #lift} had. */
  void restore() throws SQLException {
    if (stream != null && --depth == 0) {
      stream.setMaxResultBuffer(limit);
    }
  }
}
