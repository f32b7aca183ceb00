package io.baton.jdbc;

import io.baton.engine.Execution;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of the database; after a move it is read from the new server.
 *
 * <p>For some of its answers the driver asks the server, for some of these only once. Such a call
 * may begin a transaction, so it is placed, recorded and recovered as a query of the application.
 */
final class RoutedDatabaseMetaData extends DelegatingDatabaseMetaData {

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
  @Nullable ResultSet rows(Execution<DatabaseMetaData, @Nullable ResultSet> call)
      throws SQLException {
    if (connection.session().isClosed()) {
      return wrapped(call.on(delegate));
    }
    MetadataQuery query = new MetadataQuery(connection);
    query.make(call);
    return query.rows();
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
