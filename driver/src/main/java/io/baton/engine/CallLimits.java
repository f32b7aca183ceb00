package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Limit;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The limits that the application has set on its calls, as they bound a recovery that begins now.
 *
 * <p>Guarded by the calls of its session.
 */
record CallLimits(ConnectionOpener opener, ClusterHandle cluster, ClientSettings client) {

  private static final Duration PATIENCE_WHEN_INTERRUPTED = Duration.ofSeconds(5);

  /** The limits of the recovery of a call. */
  RecoveryLimits of(Call<?, ?> call) throws SQLException {
    RecoveryLimits limits = since(call.began());
    int seconds = call.target().queryTimeoutSeconds();
    return seconds == 0
        ? limits
        : limits.and(
            Limit.QUERY_TIMEOUT,
            ConnectionOpener.at(call.began() + TimeUnit.SECONDS.toNanos(seconds)));
  }

  /**
   * The limits for a call that began then. A server that was silent for longer than the network
   * timeout would have ended the call; so a longer call was answered in the meantime, and the
   * silence began now.
   */
  RecoveryLimits since(long began) {
    RecoveryLimits limits = opener.limits();
    Integer set = client.networkTimeoutMillis();
    long nanos =
        set == null
            ? cluster.connector().socketTimeout().toNanos()
            : TimeUnit.MILLISECONDS.toNanos(set);
    if (nanos == 0) {
      return limits;
    }
    long now = System.nanoTime();
    return limits.and(
        Limit.NETWORK_TIMEOUT, ConnectionOpener.at((now - began < nanos ? began : now) + nanos));
  }

  /**
   * The limits of a recovery whose thread was interrupted before it began. The driver pays no heed
   * to that, so a server that is there is found all the same; but who interrupts a thread does not
   * want it to wait for long.
   */
  static RecoveryLimits patient(RecoveryLimits limits) {
    return Thread.currentThread().isInterrupted()
        ? limits.and(Limit.INTERRUPTED, ConnectionOpener.within(PATIENCE_WHEN_INTERRUPTED))
        : limits;
  }
}
