package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.ParameterValues;
import java.sql.SQLException;
import java.sql.Savepoint;
import org.jspecify.annotations.Nullable;

/**
 * A logical object that calls are made on; it knows its physical counterpart on any connection, and
 * has a say in what is recorded of its calls while a transaction is open.
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

  /**
   * The counterpart for a call that has another text run behind its own, in the same round trip.
   *
   * @return null if it cannot
   */
  default @Nullable D carrying(PhysicalConnection physical, String behind) throws SQLException {
    return null;
  }

  /**
   * The counterpart that had another text to run behind its own has run both, and all of its
   * results were read.
   *
   * @param count how many rows its own text changed
   */
  default void carried(long count) {}

  /** What is bound to the parameters of the next call, as far as it can be told. */
  default ParameterValues parameterValues() {
    return ParameterValues.UNKNOWN;
  }

  /** What the next call is given besides its arguments; null if there is nothing. */
  default @Nullable StatementInputs inputs() throws SQLException {
    return null;
  }

  /** What the application is told by a call that returned, in a form that can be compared. */
  default Object seen(D delegate, @Nullable Object returned) throws SQLException {
    // A savepoint is a name, which the text of the call gives.
    return returned == null || returned instanceof Savepoint ? "done" : returned;
  }

  /**
   * A call on this target has ended.
   *
   * @param call the record that was made of it; null if there is none
   */
  default void recorded(@Nullable RecordedCall<?, ?> call) {}

  /** A replay begins: whatever it will change for a while is put aside. */
  default void replayBegins() throws SQLException {}

  /**
   * The counterpart to run one recorded call on again.
   *
   * @param inputs what it was given then
   */
  default D replaying(PhysicalConnection physical, @Nullable StatementInputs inputs)
      throws SQLException {
    return on(physical);
  }

  /**
   * The counterpart to run one recorded call on again with another text, on which no call is made
   * after that but those that ask for its results.
   *
   * @param inputs what it was given then
   */
  default D replaying(PhysicalConnection physical, @Nullable StatementInputs inputs, String text)
      throws SQLException {
    return replaying(physical, inputs);
  }

  /** One recorded call was run again and compared. */
  default void replayed(D delegate) throws SQLException {}

  /** The replay has ended: the counterpart is given again what was put aside. */
  default void replayEnds(PhysicalConnection physical) throws SQLException {}
}
