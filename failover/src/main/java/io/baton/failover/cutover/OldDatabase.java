package io.baton.failover.cutover;

import io.baton.routing.Cluster;
import io.baton.routing.monitor.AbortableConnection;
import io.baton.routing.monitor.TextLimits;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writer of the old side of a cut over, for one who takes part and has something to say there.
 *
 * <p>Used by one thread.
 */
final class OldDatabase {

  private static final Logger LOG = LoggerFactory.getLogger(OldDatabase.class);

  private static final Duration OPENING_LIMIT = Duration.ofSeconds(2);

  /** How long it is left alone after it did not hear. */
  private static final Duration REST = Duration.ofMillis(100);

  private final Cluster cluster;
  private @Nullable AbortableConnection reporting;
  private @Nullable Endpoint lastWriter;

  /** When it did not hear last; null if it did. */
  private @Nullable Long deafAt;

  OldDatabase(Cluster cluster) {
    this.cluster = cluster;
  }

  /**
   * Says something, in a transaction that may write though the database is fenced.
   *
   * @return whether it was heard
   */
  boolean tell(String sql) {
    Endpoint writer = writer();
    Long since = deafAt;
    if (writer == null || (since != null && System.nanoTime() - since < REST.toNanos())) {
      return false;
    }
    try (Statement statement = connection(writer).createStatement()) {
      statement.execute(
          "begin isolation level read committed read write; "
              + TextLimits.withLocks(OPENING_LIMIT)
              + sql
              + "; commit");
      deafAt = null;
      return true;
    } catch (SQLException | RuntimeException failure) {
      if (since == null) {
        LOG.warn("The old database of a cut over was not told", failure);
      } else {
        LOG.debug("The old database of a cut over was not told", failure);
      }
      deafAt = System.nanoTime();
      close();
      return false;
    }
  }

  private Connection connection(Endpoint writer) throws SQLException {
    AbortableConnection present = reporting;
    Connection open = present == null ? null : present.current();
    if (open != null) {
      return open;
    }
    present = new AbortableConnection(cluster.connector());
    reporting = present;
    Connection opened = present.open(writer, OPENING_LIMIT);
    opened.setNetworkTimeout(Runnable::run, Math.toIntExact(OPENING_LIMIT.toMillis()));
    return opened;
  }

  /**
   * Where it is: it is none any more in the topology, once the successor is open. Null if it was
   * never known.
   */
  @Nullable Endpoint writer() {
    cluster
        .topology()
        .writer()
        .map(EndpointState::endpoint)
        .filter(writer -> !cluster.cutovers().isOfSuccessor(writer))
        .ifPresent(writer -> lastWriter = writer);
    return lastWriter;
  }

  void close() {
    AbortableConnection present = reporting;
    if (present != null) {
      present.close();
    }
  }
}
