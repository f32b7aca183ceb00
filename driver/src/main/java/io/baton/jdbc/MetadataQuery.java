package io.baton.jdbc;

import io.baton.engine.CallTrace;
import io.baton.engine.Execution;
import io.baton.engine.Target;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * One question about the database, for which the driver has queries of its own. It is made on
 * whichever connection it is routed to, and again in a replay, which compares the rows.
 *
 * <p>For one call. What is recorded of it does not lead back to it, and so not to its rows.
 */
final class MetadataQuery implements Target<PhysicalConnection> {

  /** What the queries do: they read catalogues of the server, and change nothing. */
  private static final String TEXT = "SELECT FROM pg_catalog.pg_class";

  private static final Target<PhysicalConnection> RECORDED = new Recorded();

  private final RoutedConnection connection;
  private @Nullable RoutedResultSet rows;

  MetadataQuery(RoutedConnection connection) {
    this.connection = connection;
  }

  /**
   * Makes the call. Its values come as text, however often the driver has run its queries before: a
   * replay compares them byte by byte.
   */
  <R> R make(Execution<DatabaseMetaData, R> call) throws SQLException {
    return connection
        .session()
        .call(
            this,
            connection.analyze(TEXT),
            physical -> physical.inText(asked -> call.on(asked.getMetaData())));
  }

  /** The result, if it had one. */
  @Nullable ResultSet rows() {
    return rows;
  }

  @Override
  public PhysicalConnection on(PhysicalConnection physical) {
    return physical;
  }

  @Override
  public Object seen(PhysicalConnection physical, @Nullable Object returned) throws SQLException {
    return RECORDED.seen(physical, returned);
  }

  @Override
  public void recorded(@Nullable CallTrace call, @Nullable Object returned) throws SQLException {
    if (returned instanceof ResultSet physical) {
      RoutedResultSet given = CatalogueStatement.rows(connection, physical);
      rows = given;
      if (call != null) {
        call.trace(given.traced(false));
      }
    }
  }

  @Override
  public Target<PhysicalConnection> recordedAs() {
    return RECORDED;
  }

  /** What stands for it in a journal. */
  private static final class Recorded implements Target<PhysicalConnection> {

    @Override
    public PhysicalConnection on(PhysicalConnection physical) {
      return physical;
    }

    @Override
    public Object seen(PhysicalConnection physical, @Nullable Object returned) throws SQLException {
      return returned instanceof ResultSet ? "rows" : Target.super.seen(physical, returned);
    }
  }
}
