package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import java.sql.SQLException;

/** Something under way that has limits, which are asked for once it has to wait. */
@FunctionalInterface
interface Limited {

  /**
   * The limits; the same each time.
   *
   * @throws SQLException if what has them is closed
   */
  RecoveryLimits limits() throws SQLException;
}
