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
