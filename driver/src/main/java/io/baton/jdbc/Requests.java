package io.baton.jdbc;

import io.baton.engine.Session;
import io.baton.jdbc.options.RequestEnd;
import io.baton.session.Leftovers;
import io.baton.session.SessionState;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests that a pool, or a container, announces with {@link
 * java.sql.Connection#beginRequest}: what one leaves behind is met by the next, which is mostly
 * somebody else's. It is named in the log, once for each connection, and removed if {@code
 * baton.requestEnd=reset}.
 *
 * <p>Used by one thread at a time.
 */
final class Requests {

  private static final Logger log = LoggerFactory.getLogger(Requests.class);
  private static final int MOST_REMEMBERED = 100;

  private final RoutedConnection connection;
  private final Session session;
  private final Set<String> reported = new HashSet<>();
  private @Nullable SessionState before;

  Requests(RoutedConnection connection, Session session) {
    this.connection = connection;
    this.session = session;
  }

  /** A request begins, unless one is under way. */
  void begin() {
    if (before == null && !session.isClosed()) {
      before = session.state();
    }
  }

  /** The request that is under way ends; without one, nothing happens. */
  void end() throws SQLException {
    SessionState earlier = before;
    before = null;
    if (earlier == null || session.isClosed()) {
      return;
    }
    boolean resets = session.requestEnd() == RequestEnd.RESET;
    boolean open = !session.isIdle();
    if (open && resets) {
      connection.rollback();
    }
    Leftovers leftovers = Leftovers.between(earlier, session.state());
    List<String> found = new ArrayList<>(leftovers.found());
    if (open) {
      found.add(0, "open transaction");
    }
    if (found.isEmpty()) {
      return;
    }
    report(found, resets ? leftovers.kept() : found);
    if (resets) {
      remove(leftovers.removal());
    }
  }

  private void report(List<String> found, List<String> stays) {
    String text = String.join(", ", found);
    if (reported.size() < MOST_REMEMBERED && reported.add(text)) {
      log.warn(
          "A request has left behind on {}: {} (what stays: {})",
          connection,
          text,
          stays.isEmpty() ? "nothing" : String.join(", ", stays));
    }
  }

  private void remove(List<String> removal) throws SQLException {
    if (removal.isEmpty()) {
      return;
    }
    boolean autoCommit = connection.getAutoCommit();
    try (Statement statement = connection.createStatement()) {
      connection.setAutoCommit(true); // DISCARD runs outside of transactions only.
      for (String sql : removal) {
        statement.execute(sql);
      }
    } finally {
      connection.setAutoCommit(autoCommit);
    }
  }
}
