package io.baton.routing.monitor;

import io.baton.routing.cutover.CutoverNotice;
import io.baton.routing.cutover.CutoverStage;
import io.baton.routing.topology.Endpoint;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The question what the newest row of {@code baton.cutover} says. Asked only where there is such a
 * table ({@link StatusQuery}), so that functions it needs may be revoked elsewhere.
 *
 * <p>Who may create a schema may create the table. It is believed only if the owner of the database
 * owns it, or a superuser.
 */
final class CutoverQuery {

  private static final Logger log = LoggerFactory.getLogger(CutoverQuery.class);

  /** The table that is asked. */
  static final String TABLE = "baton.cutover";

  private static final String QUERY =
      """
      SELECT c.id::pg_catalog.text, c.stage::pg_catalog.text, c.successor::pg_catalog.text,
             c.identifier::pg_catalog.int8,
             (extract(epoch FROM CASE
                  WHEN c.expires OPERATOR(pg_catalog.>) (pg_catalog.clock_timestamp()
                      OPERATOR(pg_catalog.+) '36500 days'::pg_catalog.interval)
                    THEN '36500 days'::pg_catalog.interval
                  WHEN c.expires OPERATOR(pg_catalog.<) (pg_catalog.clock_timestamp()
                      OPERATOR(pg_catalog.-) '36500 days'::pg_catalog.interval)
                    THEN '-36500 days'::pg_catalog.interval
                  ELSE c.expires OPERATOR(pg_catalog.-) pg_catalog.clock_timestamp() END)
                OPERATOR(pg_catalog.*) 1000)::pg_catalog.int8,
             (extract(epoch FROM c.changed) OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8,
             (pg_catalog.to_jsonb(c) OPERATOR(pg_catalog.->>) 'sampling')::pg_catalog.int8
        FROM (VALUES (1)) one
        LEFT JOIN (SELECT * FROM baton.cutover ORDER BY changed DESC LIMIT 1) c ON true
      """;

  private static final String BELIEVED = believed(TABLE);

  private static final Question<Boolean> WHETHER_BELIEVED =
      new Question<>(BELIEVED, row -> row.getBoolean(1));

  private static final Question<Row> QUESTION = new Question<>(QUERY, CutoverQuery::read);

  /** A row; null if there is none. */
  private record Row(@Nullable CutoverNotice notice) {}

  private CutoverQuery() {}

  /** A query whether a table is there, readable, and the owner's of the database. */
  static String believed(String table) {
    return """
        SELECT EXISTS (
          SELECT FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_database d
              ON d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
            JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) c.relowner
           WHERE c.oid OPERATOR(pg_catalog.=)
                   pg_catalog.to_regclass('%s')::pg_catalog.oid
             AND c.relkind OPERATOR(pg_catalog.=) 'r'
             AND (c.relowner OPERATOR(pg_catalog.=) d.datdba OR r.rolsuper)
             AND pg_catalog.has_table_privilege(c.oid, 'SELECT'))
        """
        .formatted(table);
  }

  /**
   * Asks.
   *
   * @return null if there was no cut over, or the table is not to be believed, or makes no sense
   */
  static @Nullable CutoverNotice ask(Connection connection) throws SQLException {
    return WHETHER_BELIEVED.ask(connection) ? QUESTION.ask(connection).notice() : null;
  }

  /** A table that an older version has made has no such column. */
  private static @Nullable Duration sampling(ResultSet row) throws SQLException {
    long millis = row.getLong(7);
    return row.wasNull() ? null : Duration.ofMillis(millis);
  }

  private static Row read(ResultSet row) throws SQLException {
    String id = row.getString(1);
    if (id == null) {
      return new Row(null);
    }
    try {
      List<Endpoint> successor =
          Arrays.stream(row.getString(3).split(",", -1))
              .map(String::strip)
              .map(Endpoint::parse)
              .toList();
      return new Row(
          new CutoverNotice(
              UUID.fromString(id),
              CutoverStage.of(row.getString(2)),
              successor,
              row.getLong(4),
              Duration.ofMillis(row.getLong(5)),
              row.getLong(6),
              sampling(row)));
    } catch (IllegalArgumentException malformed) {
      log.warn("The newest row of baton.cutover is ignored: {}", malformed.getMessage());
      return new Row(null);
    }
  }
}
