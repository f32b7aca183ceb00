package io.baton.engine;

import io.baton.failover.outcome.ServerInstance;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.topology.EndpointState;
import io.baton.session.TransactionStatus;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the server of a connection is a standby.
 *
 * <p>A server reports it at the login ({@code in_hot_standby}), and with its next answer once that
 * has changed. Behind a pooler that is no evidence: the pooler tells each client at the login what
 * one of its server connections was told, long before perhaps, and a change is reported to the one
 * client that has the server connection just then. There it counts what the server said to a
 * question.
 *
 * <p>Guarded by the calls of its session.
 */
final class ServerStanding {

  private static final Logger LOG = LoggerFactory.getLogger(ServerStanding.class);

  private static final String READ_ONLY = "25006";

  private final PhysicalConnection physical;

  /** What the monitor of the endpoint knows. */
  private final Supplier<Optional<EndpointState>> monitored;

  /** Whether a pooler let the client in; it is not forgotten. */
  private boolean pooled;

  /** What the server said to a question; null while its reports are all that there is. */
  private @Nullable Boolean said;

  ServerStanding(PhysicalConnection physical, Supplier<Optional<EndpointState>> monitored) {
    this.physical = physical;
    this.monitored = monitored;
  }

  /** Whether it is one, as far as is known. */
  boolean isStandby() {
    Boolean known = said;
    return known == null ? physical.isOnStandby() : known;
  }

  /**
   * Whether nothing that was done on the connection can have written: the server itself has
   * reported to be a standby, and reports it as soon as it is none.
   */
  boolean isProved(@Nullable ServerInstance instance) {
    return physical.isOnStandby() && !isBehindPooler(instance);
  }

  /**
   * Asks a server that is to take writes and is reported to be a standby, if the report is a
   * pooler's. Outside of a transaction.
   *
   * @param instance what the server said of itself on this connection; null if it was not asked
   * @throws SQLException if the connection breaks
   */
  void checkWriter(@Nullable ServerInstance instance) throws SQLException {
    if (physical.isOnStandby() && isBehindPooler(instance)) {
      if (instance != null && instance.timeline() != 0) {
        said = false;
      } else {
        ask();
      }
    }
  }

  /**
   * Looks whether the server is a standby by now, if it refused a write and a pooler is between:
   * without one, a primary ends its connections before it becomes a standby. In a transaction,
   * which has failed, it is not asked: its monitor knows.
   *
   * @throws SQLException if the connection breaks
   */
  void refused(SQLException failure, @Nullable ServerInstance instance) throws SQLException {
    if (!READ_ONLY.equals(failure.getSQLState()) || !isBehindPooler(instance)) {
      return;
    }
    if (physical.transactionStatus() == TransactionStatus.IDLE) {
      ask();
    } else if (monitored.get().map(EndpointState::status).filter(it -> it.standby()).isPresent()) {
      said = true;
    }
  }

  private void ask() throws SQLException {
    try {
      said = physical.inAutocommit(ServerInstance::isStandby);
    } catch (SQLException refused) {
      if (physical.isSeveredBy(refused)) {
        throw refused;
      }
      LOG.debug("{} does not say whether it is a standby: {}", physical, refused.getMessage());
    }
  }

  private boolean isBehindPooler(@Nullable ServerInstance instance) {
    pooled |=
        (instance != null && instance.backend() != physical.backendProcess())
            || monitored.get().filter(EndpointState::pooled).isPresent();
    return pooled;
  }
}
