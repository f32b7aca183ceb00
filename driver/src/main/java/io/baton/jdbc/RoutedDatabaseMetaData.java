package io.baton.jdbc;

import io.baton.engine.Execution;
import io.baton.engine.Session;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of the database; after a move it is read from the new server.
 *
 * <p>For some of its answers the driver asks the server, for some of these only once. Such a call
 * may begin a transaction, so it is placed, recorded and recovered as a query of the application.
 */
final class RoutedDatabaseMetaData extends DelegatingDatabaseMetaData {

  /** What the server was asked, by the method that asks: answered from here while there is none. */
  private final Map<String, Object> kept = new ConcurrentHashMap<>();

  RoutedDatabaseMetaData(RoutedConnection connection, DatabaseMetaData delegate) {
    super(connection, delegate);
  }

  @Override
  <R> R answer(Execution<DatabaseMetaData, R> call) throws SQLException {
    return connection.session().isClosed()
        ? call.on(delegate) // The driver throws its own error.
        : new MetadataQuery(connection).make(call);
  }

  @Override
  @SuppressWarnings("unchecked") // a method has one type of answers
  <R> R kept(String name, Execution<DatabaseMetaData, R> call) throws SQLException {
    R known = isWithoutServer() ? (R) kept.get(name) : null;
    if (known == null) {
      known = answer(call);
      kept.put(name, known);
    }
    return known;
  }

  @Override
  @Nullable ResultSet rows(Execution<DatabaseMetaData, @Nullable ResultSet> call)
      throws SQLException {
    if (connection.session().isClosed()) {
      return wrapped(call.on(delegate));
    }
    ResultSet known = isWithoutServer() ? rowsOfTheDriver(call) : null;
    if (known != null) {
      return CatalogueStatement.rows(connection, known);
    }
    MetadataQuery query = new MetadataQuery(connection);
    query.make(call);
    return query.rows();
  }

  private boolean isWithoutServer() {
    Session session = connection.session();
    return !session.isClosed() && session.physical().isSevered();
  }

  /**
   * Rows that the driver has without a server.
   *
   * @return null if a server has to be asked for them
   * @throws SQLException the driver's own refusal
   */
  private @Nullable ResultSet rowsOfTheDriver(Execution<DatabaseMetaData, @Nullable ResultSet> call)
      throws SQLException {
    try {
      PhysicalConnection offline = connection.session().local();
      return offline.isOffline() ? call.on(offline.connection().getMetaData()) : null;
    } catch (SQLException unknown) {
      passRefusal(unknown);
      return null;
    }
  }

  /** That there is no server says nothing of the question. */
  private static void passRefusal(SQLException failure) throws SQLException {
    String state = failure.getSQLState();
    if (state == null || !state.startsWith("08")) {
      throw failure;
    }
  }

  /** Stands for the server of now, unless there is none. */
  void follow() throws SQLException {
    PhysicalConnection present = connection.session().physical();
    if (!present.isSevered()) {
      delegate = present.connection().getMetaData();
    }
  }

  /**
   * The URL as it was given, with its options, as pgjdbc tells it: the session's own connections
   * are opened with other ones.
   */
  @Override
  public String getURL() {
    return connection.session().url();
  }

  @Override
  void renew() throws SQLException {
    delegate = connection.delegate().getMetaData();
  }
}
