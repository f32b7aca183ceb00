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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tables {@code baton.endpoint} and {@code baton.writer_lease} in the database itself, which an
 * administrator keeps.
 *
 * <p>{@code baton.endpoint} has a row for each server: host, port, weight, zone, whether sessions
 * are to leave it, and tags ({@code large,size=big}; a table of an earlier release has none).
 * {@code baton.writer_lease} has at most one row: who may be written to, and until when, by the
 * clock of the server that is asked. Without a row, no lease is needed.
 */
public final class EndpointTable implements QuerySource.Query {

  private static final String SCHEMA =
      """
      create schema if not exists baton;
      create table if not exists baton.endpoint (
        host pg_catalog.text not null check (pg_catalog.btrim(host) operator(pg_catalog.<>) ''),
        port pg_catalog.int4 not null default 5432
          check (port operator(pg_catalog.>=) 1 and port operator(pg_catalog.<=) 65535),
        weight pg_catalog.int4 not null default 100 check (weight operator(pg_catalog.>=) 0),
        zone pg_catalog.text,
        draining pg_catalog.bool not null default false,
        tags pg_catalog.text,
        primary key (host, port));
      do $$
      begin
        if not exists (select from pg_catalog.pg_attribute
            where attrelid operator(pg_catalog.=) 'baton.endpoint'::pg_catalog.regclass
              and attname operator(pg_catalog.=) 'tags'
              and not attisdropped) then
          alter table baton.endpoint add column tags pg_catalog.text;
        end if;
      end
      $$;
      create table if not exists baton.writer_lease (
        only_row pg_catalog.bool primary key default true check (only_row),
        host pg_catalog.text not null check (pg_catalog.btrim(host) operator(pg_catalog.<>) ''),
        port pg_catalog.int4 not null default 5432
          check (port operator(pg_catalog.>=) 1 and port operator(pg_catalog.<=) 65535),
        expires_at pg_catalog.timestamptz not null);
      grant usage on schema baton to public;
      grant select on baton.endpoint, baton.writer_lease to public;
      """;

  private static final String QUESTION =
      """
      select 'endpoint', host, port, weight, zone, draining, null::pg_catalog.int8,
          pg_catalog.to_jsonb(e) operator(pg_catalog.->>) 'tags'::pg_catalog.text
        from baton.endpoint e
      union all
      select 'lease', host, port, 0, null, false,
          (extract(epoch from case
              when expires_at operator(pg_catalog.>) (pg_catalog.clock_timestamp()
                  operator(pg_catalog.+) '36500 days'::pg_catalog.interval)
                then '36500 days'::pg_catalog.interval
              when expires_at operator(pg_catalog.<) (pg_catalog.clock_timestamp()
                  operator(pg_catalog.-) '36500 days'::pg_catalog.interval)
                then '-36500 days'::pg_catalog.interval
              else expires_at operator(pg_catalog.-) pg_catalog.clock_timestamp() end)
            operator(pg_catalog.*) 1000)::pg_catalog.int8, null
        from baton.writer_lease
      order by 1, 2, 3
      """;

  private static final Logger log = LoggerFactory.getLogger(EndpointTable.class);

  /** The rows that were passed over last; used by the asking thread only. */
  private List<String> passedOver = List.of();

  @Override
  public String description() {
    return "the table baton.endpoint";
  }

  /**
   * Creates the tables, if they are not there; needs the right to create a schema.
   *
   * @param connection a connection to the writer
   */
  public static void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(SCHEMA);
    }
  }

  @Override
  public boolean grantsLeases() {
    return true;
  }

  @Override
  public boolean isReplicated() {
    return true;
  }

  /** Endpoints that make no sense are passed over: the others, and the lease, are needed. */
  @Override
  public EndpointListing ask(Connection connection) throws SQLException {
    List<ListedEndpoint> endpoints = new ArrayList<>();
    List<String> senseless = new ArrayList<>();
    WriterLease lease = null;
    try (Statement statement = connection.createStatement();
        ResultSet rows = TextLimits.ask(statement, QUESTION)) {
      while (rows.next()) {
        if (rows.getString(1).equals("lease")) {
          lease = lease(rows);
          continue;
        }
        try {
          endpoints.add(listed(rows));
        } catch (IllegalArgumentException malformed) {
          senseless.add("'" + rows.getString(2) + "': " + malformed.getMessage());
        }
      }
    }
    tell(senseless);
    return new EndpointListing(endpoints, lease);
  }

  private void tell(List<String> senseless) {
    if (senseless.equals(passedOver)) {
      return;
    }
    passedOver = List.copyOf(senseless);
    if (senseless.isEmpty()) {
      log.info("All rows of baton.endpoint make sense again");
    } else {
      log.warn("Rows of baton.endpoint are passed over: {}", String.join("; ", senseless));
    }
  }

  private static WriterLease lease(ResultSet row) throws SQLException {
    try {
      return new WriterLease(endpoint(row), Duration.ofMillis(row.getLong(7)));
    } catch (IllegalArgumentException malformed) {
      throw new SQLException(
          "the row of baton.writer_lease names no endpoint: " + malformed.getMessage(),
          "22023",
          malformed);
    }
  }

  private static ListedEndpoint listed(ResultSet row) throws SQLException {
    return new ListedEndpoint(
        endpoint(row),
        row.getInt(4),
        zone(row.getString(5)),
        row.getBoolean(6),
        tags(row.getString(8)));
  }

  private static Endpoint endpoint(ResultSet row) throws SQLException {
    String host = row.getString(2);
    return new Endpoint(host == null ? "" : host, row.getInt(3));
  }

  /** Names, or names with values, separated by commas. */
  private static Map<String, String> tags(@Nullable String text) {
    Map<String, String> tags = new HashMap<>();
    for (String tag : text == null ? new String[0] : text.split(",", -1)) {
      int equals = tag.indexOf('=');
      String name = (equals < 0 ? tag : tag.substring(0, equals)).strip();
      if (!name.isEmpty()) {
        tags.put(name, equals < 0 ? "true" : tag.substring(equals + 1).strip());
      }
    }
    return tags;
  }

  private static @Nullable String zone(@Nullable String zone) {
    return zone == null || zone.isBlank() ? null : zone.strip();
  }
}
