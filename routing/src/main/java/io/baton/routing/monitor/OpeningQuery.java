package io.baton.routing.monitor;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The question to a database whether it has taken the place of another one: the rows of {@code
 * baton.cutover_opened} that name the cluster it is in.
 *
 * <p>Such a row is written when a cut over has opened, which is final, and never before. One that
 * came with a copy of the data into another cluster names the cluster it was copied from. Like
 * {@code baton.cutover}, the table is believed only if the owner of the database owns it, or a
 * superuser.
 */
final class OpeningQuery {

  private static final String BELIEVED = CutoverQuery.believed("baton.cutover_opened");

  private static final String QUERY =
      """
      SELECT s.system_identifier,
             (SELECT pg_catalog.string_agg(
                       pg_catalog.concat_ws(' ', o.id, o.predecessor), ',' ORDER BY o.opened)
                FROM baton.cutover_opened o
               WHERE o.identifier OPERATOR(pg_catalog.=) s.system_identifier)
        FROM pg_catalog.pg_control_system() s
      """;

  private static final Question<Boolean> WHETHER_BELIEVED =
      new Question<>(BELIEVED, row -> row.getBoolean(1));

  private static final Question<Openings> QUESTION = new Question<>(QUERY, OpeningQuery::read);

  /** A cut over that has opened, and the system identifier of the cluster that was left. */
  record Opening(UUID id, long predecessor) {}

  /**
   * What a database says.
   *
   * @param identifier the system identifier of its cluster
   * @param openings the oldest first
   */
  record Openings(long identifier, List<Opening> openings) {

    /**
     * The newest that brought sessions from a cluster.
     *
     * @param predecessor null if it is not known which one: then there must be one only
     * @throws SQLException if it cannot be told
     */
    Opening newest(@Nullable Long predecessor) throws SQLException {
      List<Opening> fitting =
          openings.stream()
              .filter(one -> predecessor == null || one.predecessor() == predecessor)
              .toList();
      if (fitting.isEmpty()) {
        throw new SQLException(
            predecessor == null
                ? "no cut over to this database has opened"
                : "no cut over from the cluster with the system identifier "
                    + predecessor
                    + " has opened",
            NOT_OPENED);
      }
      if (fitting.stream().map(Opening::predecessor).distinct().count() > 1) {
        throw new SQLException(
            "cut overs from several clusters have opened, and which of them this was is not known,"
                + " since none of its servers answers",
            NOT_OPENED);
      }
      return fitting.get(fitting.size() - 1);
    }

    /**
     * That of a cut over.
     *
     * @throws SQLException if it has not opened
     */
    Opening of(UUID id) throws SQLException {
      return openings.stream()
          .filter(one -> one.id().equals(id))
          .findFirst()
          .orElseThrow(
              () -> new SQLException("the cut over is not known to have opened", NOT_OPENED));
    }
  }

  private static final String NOT_OPENED = "55000";

  private OpeningQuery() {}

  /**
   * Asks.
   *
   * @throws SQLException also if there is no table to be believed
   */
  static Openings ask(Connection connection) throws SQLException {
    if (!WHETHER_BELIEVED.ask(connection)) {
      throw new SQLException(
          "its database has no table baton.cutover_opened that its owner owns and that can be read",
          NOT_OPENED);
    }
    return QUESTION.ask(connection);
  }

  private static Openings read(ResultSet row) throws SQLException {
    long identifier = row.getLong(1);
    String all = row.getString(2);
    List<Opening> openings = new ArrayList<>();
    if (all != null) {
      for (String one : all.split(",", -1)) {
        int space = one.indexOf(' ');
        openings.add(
            new Opening(
                UUID.fromString(one.substring(0, space)),
                Long.parseLong(one, space + 1, one.length(), 10)));
      }
    }
    return new Openings(identifier, openings);
  }
}
