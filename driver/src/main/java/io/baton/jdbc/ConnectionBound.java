package io.baton.jdbc;

import io.baton.session.journal.ReplayBlocker;
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
 * An object of the application that belongs to a connection. It delegates to its counterpart in the
 * PostgreSQL driver, which may be replaced when the session moves.
 *
 * <p>The base of the generated forwarding classes: it handles failures, and converts results and
 * arguments between the application, which sees only Baton's objects, and the PostgreSQL driver,
 * which must be given only its own.
 *
 * <p>As thread-safe as its connection.
 */
abstract class ConnectionBound {

  /** The connection that this object belongs to. */
  final RoutedConnection connection;

  ConnectionBound(RoutedConnection connection) {
    this.connection = connection;
  }

  /** For the connection, which belongs to itself. */
  ConnectionBound() {
    this.connection = (RoutedConnection) this;
  }

  /** Returns the counterpart in the PostgreSQL driver. */
  abstract Object delegate();

  // ------------------------------------------------------------------------------- failures

  /**
   * Recovers from a failed call: returns when the session is restored, and throws the application's
   * exception otherwise.
   *
   * @param wrote whether the call may have had an effect on the database
   */
  void recover(SQLException failure, boolean wrote) throws SQLException {
    connection.session().recover(failure, wrote);
  }

  /**
   * Replaces the delegate by one on the current connection, if possible; called after a recovery
   * that did not replace the delegate.
   */
  void renew() throws SQLException {}

  /**
   * Returns the application's exception for a failed call that cannot be made again although the
   * session is restored.
   */
  SQLException unrepeatable(SQLException failure) {
    return failure;
  }

  /**
   * Returns when a call that failed on a delegate is to be made again on the current one. The
   * current one is another then, so the loops of the generated classes end.
   *
   * @param failed the delegate that the call was made on
   * @throws SQLException the application's exception otherwise
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

  /** Returns whether a call made now would be made on that object. */
  boolean standsIn(Object counterpart) {
    return delegate() == counterpart;
  }

  /**
   * Returns the application's exception for a failed call that must not be made again: it may have
   * had its effect, or an argument of it is consumed.
   */
  final SQLException unrepeated(SQLException failure) throws SQLException {
    recover(failure, true);
    return unrepeatable(failure);
  }

  // ------------------------------------------------------- results: wrapped in Baton's objects

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
    if (blob == null) {
      return null;
    }
    connection.session().block(ReplayBlocker.SERVER_OBJECT);
    return new RoutedBlob(connection, blob);
  }

  final @Nullable Clob wrapped(@Nullable Clob clob) {
    if (clob == null) {
      return null;
    }
    connection.session().block(ReplayBlocker.SERVER_OBJECT);
    return new RoutedClob(connection, clob);
  }

  final @Nullable SQLXML wrapped(@Nullable SQLXML xml) {
    return xml == null ? null : new RoutedSqlXml(connection, xml);
  }

  final @Nullable Savepoint wrapped(@Nullable Savepoint savepoint) {
    return savepoint == null
        ? null
        : new RoutedSavepoint(connection, savepoint, RoutedSavepoint.NAMED);
  }

  /** Wraps a value of any type; the most common types are tested first. */
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
      connection.session().block(ReplayBlocker.SERVER_OBJECT);
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

  /** Wraps a value, unless the application asked for a type that the wrapper does not have. */
  @SuppressWarnings("unchecked")
  final <T> @Nullable T wrapped(@Nullable T value, Class<T> type) throws SQLException {
    Object wrapped = wrapped((Object) value);
    return wrapped == value || !type.isInstance(wrapped) ? value : (T) wrapped;
  }

  // ------------------------------------------------ arguments: unwrapped to the driver's objects

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

  /** Implements {@link Wrapper#unwrap}: returns this object, else what its delegate unwraps to. */
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    Object delegate = delegate();
    if (type.isInstance(delegate)) {
      connection.session().handedOut().expose();
      return type.cast(delegate);
    }
    if (delegate instanceof Wrapper wrapper) {
      T found = wrapper.unwrap(type);
      connection.session().handedOut().expose();
      return found;
    }
    throw new SQLException("Not a wrapper for " + type.getName(), "22023");
  }

  /** Implements {@link Wrapper#isWrapperFor}: returns whether {@link #unwrap} returns an object. */
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    Object delegate = delegate();
    return type.isInstance(this)
        || type.isInstance(delegate)
        || (delegate instanceof Wrapper wrapper && wrapper.isWrapperFor(type));
  }

  /** Returns the delegate's text, since applications print and send it (arrays, statements). */
  @Override
  public String toString() {
    return String.valueOf(delegate());
  }
}
