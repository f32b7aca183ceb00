package io.baton.failover.cutover;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Whether all changes arrive: the subscriptions of the successor, their slots, what they carry. */
final class ReplicationChecks {

  private static final String REFRESH =
      "ALTER SUBSCRIPTION ... REFRESH PUBLICATION over there, and wait until they are copied.";

  private static final RehearsalCheck SUBSCRIBED =
      pair ->
          pair.subscriptions().isEmpty()
              ? List.of(
                  new CutoverFinding(
                      true,
                      "The new database has no enabled subscription, so nothing brings it the last"
                          + " writes",
                      "CREATE SUBSCRIPTION over there, or ALTER SUBSCRIPTION ... ENABLE."))
              : List.of();

  private static final String SLOTS =
      """
      select %s from pg_catalog.unnest(?::pg_catalog.text[]) w (slot)
        left join pg_catalog.pg_replication_slots s
          on s.slot_name operator(pg_catalog.=) w.slot
            and s.database operator(pg_catalog.=) pg_catalog.current_database()
        where\
      """;

  private static final String PUBLISHED =
      """
       from pg_catalog.pg_publication_tables p
        join pg_catalog.pg_namespace n on n.nspname operator(pg_catalog.=) p.schemaname
        join pg_catalog.pg_class c on c.relname operator(pg_catalog.=) p.tablename
          and c.relnamespace operator(pg_catalog.=) n.oid
      """;

  private static final List<RehearsalCheck> OF_SUBSCRIPTIONS =
      List.of(
          new SideCheck(
              true,
              "Subscriptions have no slot in the old database: %s",
              "Make the subscription anew: changes since the slot was lost are missing over there.",
              pair ->
                  pair.old()
                      .names(SLOTS.formatted("w.slot") + " s.slot_name is null", pair.slots())),
          new SideCheck(
              true,
              "Replication has stopped, for nobody reads the slot: %s",
              "Look into the log of the successor for why its apply worker ends, and mend that.",
              pair ->
                  pair.old()
                      .names(
                          SLOTS.formatted(
                                  """
                                  pg_catalog.concat(w.slot,
                                    case when s.wal_status operator(pg_catalog.=) 'lost'
                                      then ' (its log is lost)' end)\
                                  """)
                              + " not s.active",
                          pair.slots())),
          new SideCheck(
              false,
              "Replication lags behind: %s",
              "Wait until it has caught up, or find out what holds it up: it must do so within the"
                  + " pause.",
              pair ->
                  pair.old()
                      .names(
                          SLOTS.formatted(
                                  """
                                  pg_catalog.concat(w.slot, ' by ', pg_catalog.pg_size_pretty(
                                    pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(),
                                      s.confirmed_flush_lsn)))\
                                  """)
                              + """
                                 pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(),
                                   s.confirmed_flush_lsn) operator(pg_catalog.>) 16777216\
                                """,
                          pair.slots())),
          new SideCheck(
              true,
              "Tables are not in step yet: %s",
              "Wait until they are copied; if they never are, the log of the successor says why.",
              pair ->
                  pair.successor()
                      .names(
                          """
                          select r.srrelid::pg_catalog.regclass::pg_catalog.text
                            from pg_catalog.pg_subscription_rel r
                              where r.srsubstate operator(pg_catalog.<>) 'r'\
                          """)),
          new SideCheck(
              true,
              "Tables are published that no subscription knows: %s",
              REFRESH,
              pair -> {
                Set<String> known =
                    new HashSet<>(
                        pair.successor()
                            .names(
                                """
                                select pg_catalog.format('%I.%I', n.nspname, c.relname)
                                  from pg_catalog.pg_subscription_rel r
                                  join pg_catalog.pg_class c
                                    on c.oid operator(pg_catalog.=) r.srrelid
                                  join pg_catalog.pg_namespace n
                                    on n.oid operator(pg_catalog.=) c.relnamespace\
                                """));
                return pair
                    .old()
                    .names(
                        """
                        select distinct pg_catalog.format('%I.%I', p.schemaname, p.tablename)
                          from pg_catalog.pg_publication_tables p
                          where p.pubname operator(pg_catalog.=) any (?)
                            and p.schemaname operator(pg_catalog.<>) 'baton'\
                        """,
                        pair.publications())
                    .stream()
                    .filter(table -> !known.contains(table))
                    .toList();
              }),
          new SideCheck(
              true,
              "Tables are in no publication that is subscribed to: %s",
              "ALTER PUBLICATION ... ADD TABLE here, then " + REFRESH,
              pair ->
                  pair.old()
                      .names(
                          """
                          with carried as (
                            select coalesce(b.relid::pg_catalog.oid, c.oid) as oid
                          """
                              + PUBLISHED
                              + """
                                 left join lateral
                                   pg_catalog.pg_partition_tree(c.oid::pg_catalog.regclass) b
                                     on true
                                 where p.pubname operator(pg_catalog.=) any (?))
                                select pg_catalog.format('%I.%I', n.nspname, c.relname)
                                 from pg_catalog.pg_class c
                                 join pg_catalog.pg_namespace n
                                   on n.oid operator(pg_catalog.=) c.relnamespace
                                 where c.relkind operator(pg_catalog.=) 'r'
                                   and c.relpersistence operator(pg_catalog.=) 'p'
                                   and not exists (select from carried d
                                     where d.oid operator(pg_catalog.=) c.oid) and\
                                """
                              + Application.owns("pg_class", "c.oid"),
                          pair.publications())),
          new SideCheck(
              false,
              "Tables with UPDATE and DELETE published have no replica identity: %s",
              "Add a primary key, or ALTER TABLE ... REPLICA IDENTITY. Until then the old database"
                  + " refuses UPDATE and DELETE of them.",
              pair ->
                  pair.old()
                      .names(
                          """
                          select distinct pg_catalog.format('%I.%I', m.nspname, l.relname)
                          """
                              + PUBLISHED
                              + """
                                 join pg_catalog.pg_publication u
                                   on u.pubname operator(pg_catalog.=) p.pubname
                                 left join lateral
                                   pg_catalog.pg_partition_tree(c.oid::pg_catalog.regclass) b
                                     on true
                                 join pg_catalog.pg_class l
                                   on l.oid operator(pg_catalog.=) coalesce(b.relid::pg_catalog.oid, c.oid)
                                 join pg_catalog.pg_namespace m
                                   on m.oid operator(pg_catalog.=) l.relnamespace
                                 where p.pubname operator(pg_catalog.=) any (?)
                                   and (u.pubupdate or u.pubdelete)
                                   and (b.relid is null or b.isleaf)
                                   and l.relreplident operator(pg_catalog.<>) 'f'
                                   and not exists (select from pg_catalog.pg_index i
                                     where i.indrelid operator(pg_catalog.=) l.oid
                                       and (l.relreplident operator(pg_catalog.=) 'i'
                                         and i.indisreplident
                                         or l.relreplident operator(pg_catalog.=) 'd'
                                           and i.indisprimary))\
                                """,
                          pair.publications())),
          new SideCheck(
              true,
              "Publications leave out operations: %s",
              "ALTER PUBLICATION ... SET (publish = 'insert, update, delete, truncate'). What was"
                  + " left out so far is missing over there: copy those tables anew.",
              pair ->
                  pair.old()
                      .names(
                          """
                          select pg_catalog.concat_ws(' ', u.pubname,
                              case when not u.pubinsert then 'insert' end,
                              case when not u.pubupdate then 'update' end,
                              case when not u.pubdelete then 'delete' end,
                              case when not u.pubtruncate then 'truncate' end)
                            from pg_catalog.pg_publication u
                            where u.pubname operator(pg_catalog.=) any (?)
                              and not (u.pubinsert and u.pubupdate and u.pubdelete
                                and u.pubtruncate)\
                          """,
                          pair.publications())),
          new SideCheck(
              true,
              "Publications leave out rows or columns: %s",
              "ALTER PUBLICATION ... SET TABLE without WHERE and without a list of columns, and copy"
                  + " those tables anew.",
              pair ->
                  pair.old()
                      .names(
                          """
                          select pg_catalog.format('%I.%I in %I', n.nspname, c.relname, u.pubname)
                            from pg_catalog.pg_publication_rel r
                            join pg_catalog.pg_publication u
                              on u.oid operator(pg_catalog.=) r.prpubid
                            join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) r.prrelid
                            join pg_catalog.pg_namespace n
                              on n.oid operator(pg_catalog.=) c.relnamespace,
                            lateral pg_catalog.to_jsonb(r) j (one)
                            where u.pubname operator(pg_catalog.=) any (?)
                              and (j.one operator(pg_catalog.->>) 'prqual' is not null
                                or j.one operator(pg_catalog.->>) 'prattrs' is not null)\
                          """,
                          pair.publications())));

  static final List<RehearsalCheck> ALL =
      List.of(
          SUBSCRIBED,
          pair -> {
            List<CutoverFinding> found = new ArrayList<>();
            if (!pair.subscriptions().isEmpty()) {
              for (RehearsalCheck check : OF_SUBSCRIPTIONS) {
                found.addAll(check.findings(pair));
              }
            }
            return found;
          });

  private ReplicationChecks() {}
}
