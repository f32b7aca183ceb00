package io.baton.routing.monitor;

import io.baton.routing.topology.Capabilities;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/** The question what a server has to offer: one round trip, allowed to every role. */
final class CapabilitiesQuery {

  private static final String QUERY =
      """
      SELECT pg_catalog.current_setting('max_connections')::pg_catalog.int4,
             pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers')),
             pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem')),
             ARRAY(SELECT e.extname::pg_catalog.text FROM pg_catalog.pg_extension e ORDER BY e.oid),
             ARRAY(SELECT e.extversion FROM pg_catalog.pg_extension e ORDER BY e.oid)
      """;

  private static final Question<Capabilities> QUESTION =
      new Question<>(QUERY, CapabilitiesQuery::read);

  private CapabilitiesQuery() {}

  /**
   * Asks.
   *
   * @param startedAt when the server that is asked was started
   */
  static Capabilities ask(Connection connection, Instant startedAt) throws SQLException {
    Capabilities told = QUESTION.ask(connection);
    return new Capabilities(
        startedAt,
        true,
        told.maxConnections(),
        told.sharedBuffers(),
        told.workMemory(),
        told.extensions());
  }

  private static Capabilities read(ResultSet row) throws SQLException {
    String[] names = texts(row.getArray(4));
    String[] versions = texts(row.getArray(5));
    Map<String, String> extensions = new TreeMap<>();
    for (int i = 0; i < names.length; i++) {
      extensions.put(names[i], versions[i]);
    }
    return new Capabilities(
        Instant.EPOCH, true, row.getInt(1), row.getLong(2), row.getLong(3), extensions);
  }

  private static String[] texts(Array array) throws SQLException {
    return (String[]) array.getArray();
  }
}
