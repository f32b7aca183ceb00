package io.baton.routing.source;

import io.baton.routing.monitor.TextLimits;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointListing;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.WriterLease;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code aurora_replica_status()} of Amazon Aurora (AWS, "User Guide for Aurora", reference of
 * functions): the name of each instance, which of them is the writer, and how far behind the others
 * are.
 *
 * <p>The writer that it names holds the {@linkplain WriterLease lease}, until another one is named:
 * instances have no timeline by which the newer of two writers could be told. Of several rows for
 * writers the one counts that was updated last; the time is null in the row of the instance that
 * answers, which is as new as can be. A reader that was not heard of for {@value #SHELF_SECONDS}
 * seconds is gone: rows of deleted instances stay for a while.
 */
public final class AuroraFunction implements QuerySource.Query {

  private static final int SHELF_SECONDS = 300;

  private static final String QUESTION =
      """
      select server_id::pg_catalog.text,
             session_id::pg_catalog.text operator(pg_catalog.=) 'MASTER_SESSION_ID' as writes,
             replica_lag_in_msec::pg_catalog.float8
        from pg_catalog.aurora_replica_status()
       where last_update_timestamp is null
          or session_id::pg_catalog.text operator(pg_catalog.=) 'MASTER_SESSION_ID'
          or extract(epoch from pg_catalog.clock_timestamp()
            operator(pg_catalog.-) last_update_timestamp) operator(pg_catalog.<=) %d
       order by writes desc nulls last, last_update_timestamp desc nulls first, server_id
      """
          .formatted(SHELF_SECONDS);

  private final Function<? super String, Endpoint> places;

  /**
   * Makes a query.
   *
   * @param places where the instance of a name is reached
   */
  public AuroraFunction(Function<? super String, Endpoint> places) {
    this.places = places;
  }

  @Override
  public String description() {
    return "aurora_replica_status()";
  }

  @Override
  public boolean grantsLeases() {
    return true;
  }

  @Override
  public EndpointListing ask(Connection connection) throws SQLException {
    Map<Endpoint, ListedEndpoint> endpoints = new LinkedHashMap<>();
    Map<Endpoint, Duration> lags = new HashMap<>();
    Endpoint writer = null;
    try (Statement statement = connection.createStatement();
        ResultSet rows = TextLimits.ask(statement, QUESTION)) {
      while (rows.next()) {
        Endpoint endpoint = place(rows.getString(1));
        boolean writes = rows.getBoolean(2);
        if (writes && writer == null) {
          writer = endpoint;
        } else if (writes) {
          continue; // It was the writer once; if it is a reader now, it has a row as one.
        }
        endpoints.putIfAbsent(endpoint, ListedEndpoint.of(endpoint));
        double lag = rows.getDouble(3);
        if (!rows.wasNull() && !writes) {
          lags.put(endpoint, Duration.ofMillis((long) Math.ceil(Math.max(0, lag))));
        }
      }
    }
    if (writer == null) {
      throw new SQLException("aurora_replica_status() names no writer", "55000");
    }
    return new EndpointListing(
        List.copyOf(endpoints.values()), WriterLease.untilAnotherIsNamed(writer), lags);
  }

  private Endpoint place(@Nullable String instance) throws SQLException {
    try {
      return places.apply(String.valueOf(instance));
    } catch (IllegalArgumentException malformed) {
      throw new SQLException(
          "aurora_replica_status() names an instance that cannot be reached: "
              + malformed.getMessage(),
          "22023",
          malformed);
    }
  }
}
