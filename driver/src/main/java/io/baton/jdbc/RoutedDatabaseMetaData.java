package io.baton.jdbc;

import io.baton.session.journal.Unprotected;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What the connection says about the database; asked anew on the server that it moved to. */
final class RoutedDatabaseMetaData extends DelegatingDatabaseMetaData {

  RoutedDatabaseMetaData(RoutedConnection connection, DatabaseMetaData delegate) {
    super(connection, delegate);
  }

  @Override
  @Nullable ResultSet wrapped(@Nullable ResultSet result) throws SQLException {
    connection.session().unprotect(Unprotected.METADATA);
    return super.wrapped(result);
  }

  @Override
  void renew() throws SQLException {
    delegate = connection.delegate().getMetaData();
  }
}
