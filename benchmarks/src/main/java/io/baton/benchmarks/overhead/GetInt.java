package io.baton.benchmarks.overhead;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Goes over a result that the client holds already: the cost of {@code next} and a getter alone.
 */
final class GetInt extends ConnectedWork {
  private final Statement statement;
  private final ResultSet result;

  GetInt(ConnectionSource source) throws SQLException {
    super(source);
    statement =
        connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY);
    result = statement.executeQuery("select id from reading");
  }

  @Override
  public long run(int times) throws SQLException {
    long read = 0;
    for (int i = 0; i < times; i++) {
      result.beforeFirst();
      while (result.next()) {
        read += result.getInt(1);
      }
    }
    return read;
  }

  @Override
  public void close() throws SQLException {
    result.close();
    statement.close();
    super.close();
  }
}
