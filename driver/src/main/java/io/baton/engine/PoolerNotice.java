package io.baton.engine;

import io.baton.routing.topology.Endpoint;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells once for a cluster that a pooler lends backends by transaction or by statement.
 *
 * <p>Behind such a pooler a connection has no identity: the backend that ran a transaction may
 * serve another client before its outcome is asked for, and session state is left with backends of
 * other clients. So what rests on it is off: see {@code docs/guide/poolers.md}.
 *
 * <p>Thread-safe.
 */
final class PoolerNotice {

  private static final Logger LOG = LoggerFactory.getLogger(PoolerNotice.class);

  private final AtomicBoolean told = new AtomicBoolean();

  /** Two backends answered one connection. */
  void found(Endpoint endpoint, int before, int after) {
    if (told.compareAndSet(false, true)) {
      LOG.warn(
          "A connection to {} was served by process {} and then by {}: a pooler is between, which"
              + " lends server connections by transaction. Transactions are not replayed there, and"
              + " a COMMIT that is cut off is not settled. Use the pooler's session mode, or connect"
              + " to the servers themselves",
          endpoint,
          before,
          after);
    }
  }
}
