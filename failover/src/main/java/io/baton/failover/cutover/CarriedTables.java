package io.baton.failover.cutover;

import io.baton.failover.cutover.ReplicatedMarker.Subscription;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The tables of the old database that the subscriptions of the new one carry, as they were before
 * the cut over was announced.
 *
 * <p>The argument. A subscription carries the tables that it knew when it was last refreshed. A
 * table that is created later, by a migration or as the next partition, is written on the old side,
 * and no subscription brings its rows over, although the {@linkplain ReplicatedMarker marker}
 * arrives. So the tables are compared with those of the beginning as soon as the last write is
 * over, and a new one must be carried. Tables that were not carried from the beginning, such as
 * unlogged ones, are findings of the rehearsal.
 */
final class CarriedTables {

  /** Another text whenever a table was made, dropped or published. */
  private static final String PRINT =
      """
      select pg_catalog.concat(
        (select pg_catalog.concat(count(*), ' ', sum(c.oid::pg_catalog.int8)) from pg_catalog.pg_class c
          where c.relkind in ('r', 'p') and c.relpersistence = 'p'), ' ',
        (select pg_catalog.concat(count(*), ' ', sum(r.oid::pg_catalog.int8))
          from pg_catalog.pg_publication_rel r))\
      """;

  private static final String UNCARRIED =
      """
      with published as materialized (
        select schemaname, tablename from pg_catalog.pg_publication_tables where pubname = any (?))
      select pg_catalog.format('%I.%I', n.nspname, c.relname)
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and c.relpersistence = 'p' and\
      """
          + Application.owns("pg_class", "c.oid")
          + """
             and not exists (select from published p
              where p.schemaname = n.nspname and p.tablename = c.relname)
            and not exists (select from pg_catalog.pg_partition_ancestors(c.oid) a (root)
              join pg_catalog.pg_class r on r.oid = a.root
              join pg_catalog.pg_namespace m on m.oid = r.relnamespace
              join published p on p.schemaname = m.nspname and p.tablename = r.relname)\
            """;

  private static final String PUBLISHED =
      """
      select distinct pg_catalog.format('%I.%I', schemaname, tablename)
        from pg_catalog.pg_publication_tables
        where pubname = any (?) and schemaname <> 'baton'\
      """;

  private static final String UNKNOWN =
      """
      select one.name from pg_catalog.unnest(?::pg_catalog.text[]) one (name)
        where not exists (select from pg_catalog.pg_subscription_rel r
          join pg_catalog.pg_subscription s on s.oid = r.srsubid
          where s.subname = ? and r.srrelid = pg_catalog.to_regclass(one.name))\
      """;

  private final String print;
  private final Set<String> uncarried;

  private CarriedTables(String print, Set<String> uncarried) {
    this.print = print;
    this.uncarried = uncarried;
  }

  /**
   * Looks at them.
   *
   * @throws CutoverRefusedException if a subscription does not carry all that is published
   */
  static CarriedTables seen(Connection old, Connection successor)
      throws SQLException, CutoverRefusedException {
    String print = print(old);
    List<Subscription> subscriptions = ReplicatedMarker.subscriptions(successor);
    requireNoneMissing(old, successor, subscriptions);
    return new CarriedTables(print, uncarried(old, subscriptions));
  }

  /**
   * Checks for tables that were created since. The last write is over by then.
   *
   * @throws CutoverRefusedException if one of them is not carried
   */
  void requireNoOthers(Connection old, Connection successor)
      throws SQLException, CutoverRefusedException {
    if (print.equals(print(old))) {
      return;
    }
    List<Subscription> subscriptions = ReplicatedMarker.subscriptions(successor);
    requireNoneMissing(old, successor, subscriptions);
    Set<String> now = uncarried(old, subscriptions);
    now.removeAll(uncarried);
    if (!now.isEmpty()) {
      throw new CutoverRefusedException(
          "tables were made since it was prepared, and nothing carries them over: " + now);
    }
  }

  /** Refuses if a table of the application is published that its subscription does not know. */
  static void requireNoneMissing(
      Connection old, Connection successor, List<Subscription> subscriptions)
      throws SQLException, CutoverRefusedException {
    for (Subscription one : subscriptions) {
      List<String> missing = missing(old, successor, one);
      if (!missing.isEmpty()) {
        throw new CutoverRefusedException(
            "the subscription %s does not carry %s, which are published: ALTER SUBSCRIPTION ... REFRESH PUBLICATION, and wait until they are copied"
                .formatted(one.name(), missing));
      }
    }
  }

  private static List<String> missing(Connection old, Connection successor, Subscription one)
      throws SQLException {
    try (PreparedStatement published = old.prepareStatement(PUBLISHED);
        PreparedStatement unknown = successor.prepareStatement(UNKNOWN)) {
      published.setArray(1, old.createArrayOf("name", one.publications().toArray()));
      unknown.setArray(1, successor.createArrayOf("text", names(published).toArray()));
      unknown.setString(2, one.name());
      return names(unknown);
    }
  }

  private static Set<String> uncarried(Connection old, List<Subscription> subscriptions)
      throws SQLException {
    Object[] publications =
        subscriptions.stream().flatMap(one -> one.publications().stream()).distinct().toArray();
    try (PreparedStatement query = old.prepareStatement(UNCARRIED)) {
      query.setArray(1, old.createArrayOf("name", publications));
      return new TreeSet<>(names(query));
    }
  }

  private static List<String> names(PreparedStatement query) throws SQLException {
    List<String> names = new ArrayList<>();
    try (ResultSet rows = query.executeQuery()) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    return names;
  }

  private static String print(Connection old) throws SQLException {
    try (Statement query = old.createStatement();
        ResultSet row = query.executeQuery(PRINT)) {
      row.next();
      return row.getString(1);
    }
  }
}
