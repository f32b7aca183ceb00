package io.baton.jdbc;

import java.sql.DatabaseMetaData;
import java.sql.SQLException;

/** What the connection says about the database; asked anew on the server that it moved to. */
final class RoutedDatabaseMetaData extends DelegatingDatabaseMetaData {

  RoutedDatabaseMetaData(RoutedConnection connection, DatabaseMetaData delegate) {
    super(connection, delegate);
  }

  @Override
  void renew() throws SQLException {
    delegate = connection.delegate().getMetaData();
  }
}
