package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PgErrors;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;

/** The columns of a result; the driver queries the server for some of them on demand. */
final class RoutedResultSetMetaData extends DelegatingResultSetMetaData {

  private final ConnectionBound source;
  private Object describedBy;

  /**
   * Wraps the metadata of a source.
   *
   * @param source the result set, or the prepared statement
   */
  RoutedResultSetMetaData(ConnectionBound source, ResultSetMetaData delegate) {
    super(source.connection, delegate);
    this.source = source;
    this.describedBy = source.delegate();
  }

  /**
   * Asks the source again if it has moved; the former server cannot describe the columns any more.
   */
  @Override
  void renew() throws SQLException {
    if (source instanceof RoutedResultSet result) {
      result.goOver();
    }
    Object current = source.delegate();
    if (current == describedBy) {
      return;
    }
    ResultSetMetaData renewed =
        current instanceof ResultSet result
            ? result.getMetaData()
            : ((PreparedStatement) current).getMetaData();
    if (renewed != null) {
      delegate = renewed;
      describedBy = current;
    }
  }

  /** Its result, or statement, did not go over: what was not asked yet is gone with the server. */
  @Override
  SQLException unrepeatable(SQLException failure) {
    return PgErrors.cursorGone(failure);
  }

  /** A question about the tables that the columns are of, which the driver asks the server. */
  @FunctionalInterface
  private interface Question<T> {
    T ask() throws SQLException;
  }

  /** The result may be of a transaction that has ended: no other one begins by the question. */
  private <T> T ofSources(Question<T> question) throws SQLException {
    T answer = connection.session().aside(physical -> question.ask());
    if (source instanceof RoutedResultSet result) {
      result.toldSources();
    }
    return answer;
  }

  @Override
  public String getTableName(int column) throws SQLException {
    return ofSources(() -> super.getTableName(column));
  }

  @Override
  public String getSchemaName(int column) throws SQLException {
    return ofSources(() -> super.getSchemaName(column));
  }

  @Override
  public String getBaseTableName(int column) throws SQLException {
    return ofSources(() -> super.getBaseTableName(column));
  }

  @Override
  public String getBaseSchemaName(int column) throws SQLException {
    return ofSources(() -> super.getBaseSchemaName(column));
  }

  @Override
  public String getBaseColumnName(int column) throws SQLException {
    return ofSources(() -> super.getBaseColumnName(column));
  }

  @Override
  public int isNullable(int column) throws SQLException {
    return ofSources(() -> super.isNullable(column));
  }

  @Override
  public boolean isAutoIncrement(int column) throws SQLException {
    return ofSources(() -> super.isAutoIncrement(column));
  }
}
