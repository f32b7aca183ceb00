package io.baton.failover.cutover;

import static io.baton.failover.cutover.CatalogueCheck.Weight.NONE;
import static io.baton.failover.cutover.CatalogueCheck.Weight.NOTICE;
import static io.baton.failover.cutover.CatalogueCheck.Weight.OBSTACLE;

import java.sql.SQLException;
import java.util.List;

/** Whether the two servers and databases are fit for a cut over from one to the other. */
final class ServerChecks {

  private static final int MAJOR = 10_000;

  /** The first version that knows the version of a database's collation. */
  private static final int COLLATION_VERSIONS = 150_000;

  private static final String IDENTIFIER =
      "select system_identifier from pg_catalog.pg_control_system()";

  private static final String IN_RECOVERY =
      "select 'it is in recovery' where pg_catalog.pg_is_in_recovery()";

  private static final String PRIMARY = "Connect to the primary of its cluster.";

  private static final String SESSIONS =
      "select pg_catalog.count(*) from pg_catalog.pg_stat_activity a where" + Application.SESSION;

  private static final String PREPARABLE =
      "select pg_catalog.current_setting('max_prepared_transactions')::pg_catalog.int8";

  // A limit of -1 is none. PostgreSQL 16 keeps connections for some roles besides superusers.
  private static final String ROOM =
      """
      select least(
          pg_catalog.current_setting('max_connections')::pg_catalog.int8
            operator(pg_catalog.-) pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int8
            operator(pg_catalog.-) coalesce(pg_catalog.current_setting('reserved_connections',
              true)::pg_catalog.int8, 0),
          case when d.datconnlimit operator(pg_catalog.<) 0 then 9223372036854775807
            else d.datconnlimit::pg_catalog.int8 end)
        from pg_catalog.pg_database d
          where d.datname operator(pg_catalog.=) pg_catalog.current_database()\
      """;

  private static final CatalogueCheck COLLATION_VERSION =
      new CatalogueCheck(
          "Versions of the collation of databases are",
          NONE,
          NOTICE,
          "Text may sort in another order over there: open cursors and replayed reads may differ.",
          """
          select '', 'the database', coalesce(
              pg_catalog.pg_database_collation_actual_version(d.oid), 'none')
            from pg_catalog.pg_database d
              where d.datname operator(pg_catalog.=) pg_catalog.current_database()\
          """);

  /** What all the rest rests on: of a standby not everything can be asked. */
  static final List<RehearsalCheck> WRITERS =
      List.of(
          new SideCheck(
              true,
              "The connection to the old database does not lead to a writer: %s",
              PRIMARY,
              pair -> pair.old().names(IN_RECOVERY)),
          new SideCheck(
              true,
              "The connection to the new database does not lead to a writer: %s",
              PRIMARY,
              pair -> pair.successor().names(IN_RECOVERY)));

  static final List<RehearsalCheck> ALL =
      List.of(
          new SideCheck(
              true,
              "Both connections lead to servers of one cluster, %s",
              "Use a switchover, or connect to the other cluster.",
              pair ->
                  areOfOneCluster(pair)
                      ? List.of(Long.toUnsignedString(pair.old().number(IDENTIFIER)))
                      : List.of()),
          new SideCheck(
              true,
              "The version of the successor is lower: %s",
              "Baton carries sessions to the same version or a newer one.",
              pair -> {
                int here = pair.old().version() / MAJOR;
                int there = pair.successor().version() / MAJOR;
                return there < here ? List.of(here + " here, " + there + " over there") : List.of();
              }),
          new SideCheck(
              true,
              "The old server's wal_level is not logical: %s",
              "Set wal_level = logical there, and restart it.",
              pair ->
                  pair.old()
                      .names(
                          """
                          select w.level
                            from pg_catalog.current_setting('wal_level') w (level)
                            where w.level operator(pg_catalog.<>) 'logical'\
                          """)),
          new CatalogueCheck(
              "The encoding of the database is",
              NONE,
              OBSTACLE,
              "Create the new database with the encoding of the old one.",
              """
              select '', 'the database', pg_catalog.pg_encoding_to_char(d.encoding)
                from pg_catalog.pg_database d
                  where d.datname operator(pg_catalog.=) pg_catalog.current_database()\
              """),
          new CatalogueCheck(
              "The collation of the database is",
              NONE,
              NOTICE,
              "Text sorts and compares in another way over there. Create the new database with the"
                  + " collation of the old one, unless it is meant so.",
              """
              select '', 'the database', pg_catalog.concat_ws(' ', d.datcollate, d.datctype,
                  case when coalesce(j.one operator(pg_catalog.->>) 'datlocprovider',
                    'c') operator(pg_catalog.<>) 'c' then
                    pg_catalog.concat_ws(' ', j.one operator(pg_catalog.->>) 'datlocprovider',
                      coalesce(j.one operator(pg_catalog.->>) 'datlocale',
                        j.one operator(pg_catalog.->>) 'daticulocale')) end)
                from pg_catalog.pg_database d, lateral pg_catalog.to_jsonb(d) j (one)
                where d.datname operator(pg_catalog.=) pg_catalog.current_database()\
              """),
          pair ->
              pair.old().version() >= COLLATION_VERSIONS
                      && pair.successor().version() >= COLLATION_VERSIONS
                  ? COLLATION_VERSION.findings(pair)
                  : List.of(),
          new SideCheck(
              true,
              "Transactions of the old database are prepared, for more than a second: %s",
              "COMMIT PREPARED or ROLLBACK PREPARED them, unless their transaction manager does:"
                  + " none may be left at the cut over.",
              pair ->
                  pair.old()
                      .names(
                          """
                          select x.gid from pg_catalog.pg_prepared_xacts x
                            where x.database operator(pg_catalog.=) pg_catalog.current_database()
                              and x.prepared operator(pg_catalog.<)
                                (pg_catalog.clock_timestamp() operator(pg_catalog.-)
                                  '1 second'::pg_catalog.interval)\
                          """)),
          new SideCheck(
              true,
              "The successor takes no prepared transactions, and the old server does: %s",
              "Set max_prepared_transactions over there, and restart it: distributed transactions"
                  + " are carried along until they are prepared.",
              pair -> {
                long here = pair.old().number(PREPARABLE);
                return here > 0 && pair.successor().number(PREPARABLE) == 0
                    ? List.of("%d here".formatted(here))
                    : List.of();
              }),
          new SideCheck(
              true,
              "The old database receives changes itself, by its subscriptions: %s",
              "Have the new database subscribe to them, and disable them here: they would go on"
                  + " writing on the old side.",
              pair ->
                  pair.old()
                      .names(
                          """
                          select s.subname::pg_catalog.text from pg_catalog.pg_subscription s
                            join pg_catalog.pg_database d on d.oid operator(pg_catalog.=) s.subdbid
                            where s.subenabled
                              and d.datname operator(pg_catalog.=) pg_catalog.current_database()\
                          """)),
          new SideCheck(
              true,
              "The successor takes fewer sessions than there are now: %s",
              "Raise max_connections over there, or CONNECTION LIMIT of the database.",
              pair -> {
                long sessions = pair.old().number(SESSIONS);
                long room = pair.successor().number(ROOM);
                return sessions > room
                    ? List.of("%d here, %d over there".formatted(sessions, room))
                    : List.of();
              }));

  private ServerChecks() {}

  static boolean areOfOneCluster(RehearsedPair pair) throws SQLException {
    return pair.old().number(IDENTIFIER) == pair.successor().number(IDENTIFIER);
  }
}
