package io.baton.jdbc;

import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** The parameters of a prepared statement, as the server described them. */
final class RoutedParameterMetaData extends DelegatingParameterMetaData {

  private final ConnectionBound source;
  private Object describedBy;

  RoutedParameterMetaData(ConnectionBound source, ParameterMetaData delegate) {
    super(source.connection, delegate);
    this.source = source;
    this.describedBy = source.delegate();
  }

  /** Asks the statement again if it has moved. */
  @Override
  void renew() throws SQLException {
    Object current = source.delegate();
    if (current != describedBy && current instanceof PreparedStatement statement) {
      delegate = statement.getParameterMetaData();
      describedBy = current;
    }
  }
}
