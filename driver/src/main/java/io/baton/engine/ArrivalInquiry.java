package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import io.baton.failover.outcome.CommitInquiry;
import io.baton.failover.outcome.Fence;
import io.baton.failover.outcome.Resolution;
import io.baton.failover.outcome.Resolution.Ending;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is asked of a server that a session arrives at, as the user that logged in, about a call
 * that was cut off.
 *
 * <p>Guarded by the calls of its session.
 *
 * @param call the call
 * @param limits how long it may take
 */
record ArrivalInquiry(LostCall call, RecoveryLimits limits) {

  private static final Logger LOG = LoggerFactory.getLogger(ArrivalInquiry.class);

  /**
   * Asks for the end of the old backend if the server is the one that was left: the backend may
   * still be there, and not know yet that its client is gone.
   *
   * @throws SQLException if the connection breaks
   */
  void fence(SessionConnection arrived) throws SQLException {
    PhysicalConnection lost = call.connection().physical();
    if (lost.endpoint().equals(arrived.physical().endpoint())) {
      try {
        arrived
            .physical()
            .inAutocommit(
                connection -> {
                  Fence.ask(lost.backendProcess(), lost.age(), connection);
                  return true;
                });
      } catch (SQLException refused) {
        if (arrived.physical().isSeveredBy(refused)) {
          throw refused;
        }
        LOG.debug("{} keeps what {} held: {}", arrived, lost, refused.getMessage());
      }
    }
  }

  /**
   * Asks what became of the COMMIT.
   *
   * @throws SQLException if the connection breaks
   */
  Resolution resolve(SessionConnection arrived) throws SQLException {
    try {
      return arrived
          .physical()
          .inAutocommit(
              connection -> CommitInquiry.resolve(call.evidence(), connection, limits.deadline()));
    } catch (SQLException refused) {
      if (arrived.physical().isSeveredBy(refused)) {
        throw refused;
      }
      return new Resolution(Ending.UNKNOWN, "the server would not say: " + refused.getMessage());
    }
  }
}
