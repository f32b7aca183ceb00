package io.baton.routing.monitor;

import io.baton.routing.cutover.CutoverNotice;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.FailureKind;
import io.baton.routing.topology.FailureText;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the table of cut overs of one endpoint, and says once that it cannot be read.
 *
 * <p>A table that cannot be read, because it is locked or for any other reason that the server
 * names, changes nothing of what is known: neither of the server nor of the cut over. That is safe.
 * A gate that is known to be closed stays closed. One that has closed meanwhile, unheard, is like
 * one of which a program has not heard yet: whoever drives the cut over waits for its word, and the
 * old database refuses writes once it is fenced.
 *
 * <p>Used by one thread.
 */
final class CutoverReading {

  private static final Logger log = LoggerFactory.getLogger(CutoverReading.class);

  private final Endpoint endpoint;
  private final Probe probe;
  private boolean unread;

  CutoverReading(Endpoint endpoint, Probe probe) {
    this.endpoint = endpoint;
    this.probe = probe;
  }

  /**
   * Reads it.
   *
   * @return null if there is no news
   * @throws SQLException if the connection is of no use any more
   */
  @Nullable CutoverNotice read(Connection connection) throws SQLException {
    try {
      CutoverNotice notice = probe.cutover(connection);
      if (unread) {
        unread = false;
        log.info("baton.cutover can be read again at {}", endpoint);
      }
      return notice;
    } catch (SQLException failure) {
      if (FailureKind.of(failure) != FailureKind.REFUSED) {
        throw failure;
      }
      tell(failure);
      return null;
    }
  }

  private void tell(SQLException failure) {
    if (unread) {
      log.debug("baton.cutover still cannot be read at {}", endpoint, failure);
      return;
    }
    unread = true;
    log.warn(
        "baton.cutover cannot be read at {}: {}; what is known of a cut over stays as it was",
        endpoint,
        FailureText.of(failure));
  }
}
