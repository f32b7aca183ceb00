package io.baton.jdbc;

import io.baton.session.journal.ReplayBlocker;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** The metadata of the database; after a move it is read from the new server. */
final class RoutedDatabaseMetaData extends DelegatingDatabaseMetaData {

  RoutedDatabaseMetaData(RoutedConnection connection, DatabaseMetaData delegate) {
    super(connection, delegate);
  }

  @Override
  @Nullable ResultSet wrapped(@Nullable ResultSet result) throws SQLException {
    connection.session().block(ReplayBlocker.METADATA);
    return super.wrapped(result);
  }

  @Override
  void renew() throws SQLException {
    delegate = connection.delegate().getMetaData();
  }
}
