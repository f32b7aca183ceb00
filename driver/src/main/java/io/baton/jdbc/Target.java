package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.ParameterValues;
import java.sql.SQLException;

/**
 * A logical object that calls are made on; it knows its physical counterpart on any connection.
 *
 * @param <D> the physical counterpart
 */
interface Target<D> {

  /**
   * The counterpart on a physical connection, made when there is none yet. Reaches no server.
   *
   * @throws SQLException if it cannot be made; nothing was sent then
   */
  D on(PhysicalConnection physical) throws SQLException;

  /** What is bound to the parameters of the next call, as far as it can be told. */
  default ParameterValues parameterValues() {
    return ParameterValues.UNKNOWN;
  }
}
