package io.baton.jdbc;

import io.baton.session.journal.Unprotected;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ParameterMetaData;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Savepoint;
import java.sql.Wrapper;
import org.jspecify.annotations.Nullable;

/**
 * An object that the application holds and that leads back to its connection; it stands in front of
 * its counterpart in the PostgreSQL driver, its delegate, which may be replaced when the session
 * moves.
 *
 * <p>What the generated forwarding classes rest on: what is done about a failure, and how results
 * and arguments are exchanged between the application, which sees only objects of ours, and the
 * PostgreSQL driver, which must be given only its own.
 *
 * <p>As thread-safe as its connection.
 */
abstract class ConnectionBound {

  /** The connection that this object leads back to. */
  final RoutedConnection connection;

  ConnectionBound(RoutedConnection connection) {
    this.connection = connection;
  }

  /** For the connection, which leads back to itself. */
  ConnectionBound() {
    this.connection = (RoutedConnection) this;
  }

  /** The counterpart in the PostgreSQL driver. */
  abstract Object delegate();

  // ------------------------------------------------------------------------------- failures

  /**
   * Does what can be done about a failed call: returns when the session is whole again, and throws
   * what the application shall see otherwise.
   *
   * @param wrote whether the call may have had an effect on the database
   */
  void recover(SQLException failure, boolean wrote) throws SQLException {
    connection.session().recover(failure, wrote);
  }

  /**
   * Gives this object a delegate on the connection that there is now, if it has a way to; called
   * after a recovery that did not replace the delegate.
   */
  void renew() throws SQLException {}

  /**
   * What the application shall see when the session is whole again but the failed call cannot be
   * made again.
   */
  SQLException unrepeatable(SQLException failure) {
    return failure;
  }

  /**
   * Returns when a call that failed on a delegate is to be made again on the one that there is now.
   * There is another one then: this is what keeps the loops of the generated classes from asking
   * the same dead delegate again.
   *
   * @param failed the delegate that the call was made on
   * @throws SQLException what the application shall see otherwise
   */
  final void recover(Object failed, SQLException failure) throws SQLException {
    recover(failure, false);
    if (standsIn(failed)) {
      try {
        renew();
      } catch (SQLException unrenewed) {
        failure.addSuppressed(unrenewed);
      }
    }
    if (standsIn(failed)) {
      throw unrepeatable(failure);
    }
  }

  /** Whether a call would be made on that object if it were made now. */
  boolean standsIn(Object counterpart) {
    return delegate() == counterpart;
  }

  /**
   * What the application shall see of a failed call that must not be made again: it may have had
   * its effect, or an argument of it is consumed.
   */
  final SQLException unrepeated(SQLException failure) throws SQLException {
    recover(failure, true);
    return unrepeatable(failure);
  }

  // ------------------------------------------------- results: objects of ours, led back to us

  final Connection wrapped(@Nullable Connection physical) {
    return connection;
  }

  @Nullable ResultSet wrapped(@Nullable ResultSet result) throws SQLException {
    return result == null ? null : new RoutedResultSet(connection, result, null);
  }

  final @Nullable ResultSetMetaData wrapped(@Nullable ResultSetMetaData metaData) {
    return metaData == null ? null : new RoutedResultSetMetaData(this, metaData);
  }

  final @Nullable ParameterMetaData wrapped(@Nullable ParameterMetaData metaData) {
    return metaData == null ? null : new RoutedParameterMetaData(this, metaData);
  }

  final @Nullable DatabaseMetaData wrapped(@Nullable DatabaseMetaData metaData) {
    return metaData == null ? null : new RoutedDatabaseMetaData(connection, metaData);
  }

  final @Nullable Array wrapped(@Nullable Array array) {
    return array == null ? null : new RoutedArray(connection, array);
  }

  final @Nullable Blob wrapped(@Nullable Blob blob) {
    connection.session().unprotect(Unprotected.SERVER_OBJECT);
    return blob == null ? null : new RoutedBlob(connection, blob);
  }

  final @Nullable Clob wrapped(@Nullable Clob clob) {
    connection.session().unprotect(Unprotected.SERVER_OBJECT);
    return clob == null ? null : new RoutedClob(connection, clob);
  }

  final @Nullable SQLXML wrapped(@Nullable SQLXML xml) {
    return xml == null ? null : new RoutedSqlXml(connection, xml);
  }

  final @Nullable Savepoint wrapped(@Nullable Savepoint savepoint) {
    return savepoint == null
        ? null
        : new RoutedSavepoint(connection, savepoint, RoutedSavepoint.NAMED);
  }

  /** Wraps a value of any type; the cheapest tests for the commonest types come first. */
  final @Nullable Object wrapped(@Nullable Object value) throws SQLException {
    if (value == null
        || value.getClass() == String.class
        || value instanceof Number
        || value instanceof java.util.Date) {
      return value;
    }
    if (value instanceof Array array) {
      return wrapped(array);
    }
    if (value instanceof ResultSet result) {
      connection.session().unprotect(Unprotected.SERVER_OBJECT);
      return wrapped(result);
    }
    if (value instanceof SQLXML xml) {
      return wrapped(xml);
    }
    if (value instanceof Blob blob) {
      return wrapped(blob);
    }
    if (value instanceof Clob clob) {
      return wrapped(clob);
    }
    return value;
  }

  /** Wraps a value, unless the application asked for a type that the wrapper is not of. */
  @SuppressWarnings("unchecked")
  final <T> @Nullable T wrapped(@Nullable T value, Class<T> type) throws SQLException {
    Object wrapped = wrapped((Object) value);
    return wrapped == value || !type.isInstance(wrapped) ? value : (T) wrapped;
  }

  // ---------------------------------------------------- arguments: objects of the driver's own

  static @Nullable Array unwrapped(@Nullable Array array) {
    return array instanceof DelegatingArray ours ? ours.delegate : array;
  }

  static @Nullable Blob unwrapped(@Nullable Blob blob) {
    return blob instanceof DelegatingBlob ours ? ours.delegate : blob;
  }

  static @Nullable Clob unwrapped(@Nullable Clob clob) {
    return clob instanceof DelegatingClob ours ? ours.delegate : clob;
  }

  static @Nullable SQLXML unwrapped(@Nullable SQLXML xml) {
    return xml instanceof DelegatingSQLXML ours ? ours.delegate : xml;
  }

  static @Nullable Savepoint unwrapped(@Nullable Savepoint savepoint) {
    return savepoint instanceof DelegatingSavepoint ours ? ours.delegate : savepoint;
  }

  static @Nullable Object unwrapped(@Nullable Object value) {
    return value instanceof ConnectionBound ours ? ours.delegate() : value;
  }

  // --------------------------------------------------------------- java.sql.Wrapper and Object

  /** {@link Wrapper#unwrap}: this object, else whatever its delegate can offer. */
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    Object delegate = delegate();
    connection.session().expose();
    if (type.isInstance(delegate)) {
      return type.cast(delegate);
    }
    if (delegate instanceof Wrapper wrapper) {
      return wrapper.unwrap(type);
    }
    throw new SQLException("Not a wrapper for " + type.getName(), "22023");
  }

  /** {@link Wrapper#isWrapperFor}: whether {@link #unwrap} would return something. */
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    Object delegate = delegate();
    return type.isInstance(this)
        || type.isInstance(delegate)
        || (delegate instanceof Wrapper wrapper && wrapper.isWrapperFor(type));
  }

  /** What the delegate says, since applications print and send its text (arrays, statements). */
  @Override
  public String toString() {
    return String.valueOf(delegate());
  }
}
