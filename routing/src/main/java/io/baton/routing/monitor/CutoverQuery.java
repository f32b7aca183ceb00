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
 * The question what the newest row of {@code baton.cutover} says. Asked only where the table is
 * there and its owner is to be believed: see {@link StatusQuery}.
 */
final class CutoverQuery {

  private static final Logger log = LoggerFactory.getLogger(CutoverQuery.class);

  private static final String QUERY =
      """
      SELECT c.id::pg_catalog.text, c.stage::pg_catalog.text, c.successor::pg_catalog.text,
             c.identifier::pg_catalog.int8,
             (extract(epoch FROM c.expires OPERATOR(pg_catalog.-) pg_catalog.clock_timestamp())
                OPERATOR(pg_catalog.*) 1000)::pg_catalog.int8
        FROM (VALUES (1)) one
        LEFT JOIN (SELECT * FROM baton.cutover ORDER BY changed DESC LIMIT 1) c ON true
      """;

  private static final Question<Row> QUESTION = new Question<>(QUERY, CutoverQuery::read);

  /** A row; null if there is none. */
  private record Row(@Nullable CutoverNotice notice) {}

  private CutoverQuery() {}

  /**
   * Asks.
   *
   * @return null if there was no cut over, or the row makes no sense
   */
  static @Nullable CutoverNotice ask(Connection connection) throws SQLException {
    return QUESTION.ask(connection).notice();
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
              Duration.ofMillis(row.getLong(5))));
    } catch (IllegalArgumentException malformed) {
      log.warn("The newest row of baton.cutover is ignored: {}", malformed.getMessage());
      return new Row(null);
    }
  }
}
