package io.baton.benchmarks.failover;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Finds out when the cluster writes again: the moment at which another node than the old primary
 * has committed, as seen by one who asks it directly every millisecond. What an application waits
 * beyond that is its driver's.
 */
final class WriteProbe {
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(1);

  private final List<PostgresNode> others;

  WriteProbe(PostgresCluster cluster) {
    PostgresNode primary = cluster.primary();
    others =
        cluster.nodes().stream()
            .filter(node -> node != primary)
            .collect(Collectors.toUnmodifiableList());
  }

  /** Begins to ask; completes with the time of the first commit. */
  CompletableFuture<Long> start() {
    CompletableFuture<Long> written = new CompletableFuture<>();
    for (PostgresNode node : others) {
      Thread thread = new Thread(() -> ask(node, written), "probe-" + node.name());
      thread.setDaemon(true);
      thread.start();
    }
    return written;
  }

  private static void ask(PostgresNode node, CompletableFuture<Long> written) {
    while (!written.isDone()) {
      try (Connection connection = node.connect();
          Statement statement = connection.createStatement()) {
        while (!written.isDone()) {
          if (isPrimary(statement)) {
            statement.executeUpdate("update probe set written = written + 1");
            written.complete(WallClock.now());
          }
          LockSupport.parkNanos(PAUSE);
        }
      } catch (SQLException e) {
        // Not up, or not yet the primary: that is what is being waited for.
        LockSupport.parkNanos(PAUSE);
      }
    }
  }

  private static boolean isPrimary(Statement statement) throws SQLException {
    try (ResultSet result = statement.executeQuery("select not pg_is_in_recovery()")) {
      result.next();
      return result.getBoolean(1);
    }
  }
}
