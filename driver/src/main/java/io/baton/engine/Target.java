package io.baton.engine;

import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.ParameterValues;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Savepoint;
import org.jspecify.annotations.Nullable;

/**
 * A logical object that calls are made on. It knows its physical counterpart on any connection, and
 * has a say in what is recorded of its calls while a transaction is open.
 *
 * <p>What the application has bound and set lives in the logical object alone. A physical
 * counterpart is given it each time that it is needed; so a replay, which gives a counterpart what
 * earlier calls were given, leaves nothing to put back.
 *
 * @param <D> the physical counterpart
 */
public interface Target<D> {

  /** The connection itself. */
  Target<Connection> CONNECTION = PhysicalConnection::connection;

  /**
   * The counterpart on a physical connection, made when there is none yet. Reaches no server.
   *
   * @throws SQLException if it cannot be made; nothing was sent then
   */
  D on(PhysicalConnection physical) throws SQLException;

  /**
   * The counterpart for a call that has another text run behind its own, in the same round trip.
   *
   * @return null if the target cannot
   */
  default @Nullable D carrying(PhysicalConnection physical, String behind) throws SQLException {
    return null;
  }

  /**
   * The counterpart for a call that is made with another text, which changes the same rows and
   * returns what they are.
   *
   * @return null if the target cannot
   */
  default @Nullable D comparing(PhysicalConnection physical, String otherText) throws SQLException {
    return null;
  }

  /**
   * The counterpart that had another text to run, in place of its own or behind it, has run it, and
   * all of its results were read.
   *
   * @param count how many rows its own text changed, or would have changed
   */
  default void carried(long count) throws SQLException {}

  /** The limit of the next call in seconds, as {@code Statement.setQueryTimeout}; 0 for none. */
  default int queryTimeoutSeconds() throws SQLException {
    return 0;
  }

  /** What those name who cancel a call on this target. */
  default Object cancelledAs() {
    return this;
  }

  /**
   * The server warned of something at the COMMIT that the last call includes.
   *
   * @param first the first warning, which leads to the others
   * @return whether the application finds it here from now on; if not, on its connection
   */
  default boolean warned(SQLWarning first) {
    return false;
  }

  /** Whether rows may be changed through the results of the next call. */
  default boolean changesRows() throws SQLException {
    return false;
  }

  /** Whether the next call may leave a cursor open on the server, outside of a transaction too. */
  default boolean mayOpenCursor() throws SQLException {
    return false;
  }

  /** What is bound to the parameters of the next call, as far as it can be told. */
  default ParameterValues parameterValues() {
    return ParameterValues.UNKNOWN;
  }

  /** What the next call is given besides its arguments; null if there is nothing. */
  default @Nullable CallInputs inputs() throws SQLException {
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
   * @param returned what it returns; null if it failed
   */
  default void recorded(@Nullable CallTrace call, @Nullable Object returned) throws SQLException {}

  /**
   * What a recorded call keeps of this target: it stands for the target in a replay. It must not
   * keep results alive that the application has dropped, for the journal counts no rows.
   */
  default Target<D> recordedAs() {
    return this;
  }

  /**
   * What makes a call again, with what it was given, on any connection and any thread, and leaves
   * this target alone; null if there is no such thing.
   */
  default @Nullable Target<D> apart() {
    return null;
  }

  /**
   * The counterpart to run one recorded call on again.
   *
   * @param inputs what it was given then
   * @param text another text for the call; null for its own. With another text, the counterpart
   *     serves this call and those that ask for its results, and none after that
   */
  default D replaying(
      PhysicalConnection physical, @Nullable CallInputs inputs, @Nullable String text)
      throws SQLException {
    return on(physical);
  }

  /**
   * One recorded call was run again and agrees: the counterpart has its results, and from now on
   * stands for what the application has bound and set. Nothing else of a replay stays with the
   * target; one that is given up has changed nothing.
   *
   * @param otherText whether the call was made with another text
   */
  default void replayed(PhysicalConnection physical, D delegate, boolean otherText)
      throws SQLException {}
}
