package io.baton.engine;

import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.BatonUrl;
import io.baton.jdbc.options.Replay;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.FailureText;
import io.baton.routing.topology.Role;
import io.baton.routing.topology.ServerStatus;
import io.baton.routing.topology.Topology;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The line that the log gets when a cluster is first used: which servers there are, and what is
 * protected. It is told once for each combination of servers, database and these options.
 */
final class ClusterIntroduction {

  private static final Logger LOG = LoggerFactory.getLogger(ClusterIntroduction.class);

  private ClusterIntroduction() {}

  static void tellOnce(ClusterHandle handle) {
    if (!LOG.isInfoEnabled()) {
      return;
    }
    String how = handle.url().database() + ". " + protection(handle.url()) + patience(handle.url());
    if (handle.cluster().isFirstUse(how)) {
      LOG.info("Baton uses {}; database {}", servers(handle.cluster().topology()), how);
    }
  }

  /** The servers, as they are known now. */
  static String servers(Topology topology) {
    return topology.endpoints().stream()
        .map(state -> state.endpoint() + " (" + what(state) + ")")
        .collect(Collectors.joining(", "));
  }

  private static String what(EndpointState state) {
    ServerStatus status = state.status();
    if (state.role() != Role.UNKNOWN && status != null) {
      return state.role().name().toLowerCase(Locale.ROOT)
          + ", PostgreSQL "
          + status.serverVersion() / 10_000
          + "."
          + status.serverVersion() % 10_000;
    }
    if (state.problem() != null) {
      return state.problem();
    }
    return state.failure() == null ? "no answer yet" : FailureText.of(state.failure());
  }

  /**
   * What to say of a limit for opening connections that is shorter than a failover may take:
   * HikariCP's is its {@code connectionTimeout}, 30 s by default.
   */
  private static String patience(BatonUrl url) {
    Duration failover = url.option(BatonOption.FAILOVER_TIMEOUT);
    Duration login = url.loginTimeout();
    if (login.isZero()) {
      login = Duration.ofSeconds(DriverManager.getLoginTimeout());
    }
    return login.isZero() || login.compareTo(failover) >= 0
        ? ""
        : ". Who asks for a connection gives up after "
            + login.toSeconds()
            + " s (loginTimeout, a pool's connectionTimeout), which is less than the "
            + failover.toSeconds()
            + " s of baton.failoverTimeout: see docs/guide/production.md";
  }

  /** What the options of a URL protect. */
  static String protection(BatonUrl url) {
    String reads =
        switch (url.option(BatonOption.READS)) {
              case DECLARED -> "Reads of read-only connections go to standbys";
              case AUTO -> "What is proved to only read goes to standbys";
              case WRITER -> "Reads go to the writer";
            }
            + " (baton.reads)";
    String replay =
        switch (url.option(BatonOption.REPLAY)) {
              case TRANSACTION -> "Sessions are rebuilt, transactions replayed";
              case SESSION -> "Sessions are rebuilt, transactions are not replayed";
              case NONE -> "Nothing is rebuilt after a loss";
            }
            + " (baton.replay)";
    if (url.option(BatonOption.REPLAY) == Replay.NONE) {
      return replay + ". " + reads;
    }
    String commit =
        switch (url.option(BatonOption.COMMIT_OUTCOME)) {
              case XID -> "a COMMIT cut off is settled by its transaction id";
              case LEDGER -> "a COMMIT cut off is settled by the ledger";
              case NONE -> "a COMMIT cut off ends as unknown";
            }
            + " (baton.commitOutcome)";
    String write =
        switch (url.option(BatonOption.AUTOCOMMIT_WRITES)) {
              case PROTECT -> "so is a write outside of a transaction";
              case PLAIN -> "a write outside of a transaction ends as unknown";
            }
            + " (baton.autocommitWrites)";
    return replay + "; " + commit + "; " + write + ". " + reads;
  }
}
