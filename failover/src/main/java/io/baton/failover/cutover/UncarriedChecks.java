package io.baton.failover.cutover;

import java.util.List;

/** What logical replication does not carry, besides sequences, which the cut over sets. */
final class UncarriedChecks {

  private static final String RELATIONS =
      """
      select pg_catalog.format('%I.%I', n.nspname, c.relname)
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
        where\
      """
          + Application.owns("pg_class", "c.oid");

  private static final String LARGE_OBJECTS =
      "select pg_catalog.count(*) from pg_catalog.pg_largeobject_metadata";

  static final List<RehearsalCheck> ALL =
      List.of(
          new SideCheck(
              false,
              "Unlogged tables with rows, which replication does not carry: %s",
              "Copy their rows yourself if they are needed, or ALTER TABLE ... SET LOGGED and"
                  + " publish them.",
              pair ->
                  pair.old()
                      .names(
                          RELATIONS
                              + """
                                 and c.relkind operator(pg_catalog.=) 'r'
                                   and c.relpersistence operator(pg_catalog.=) 'u'
                                  and pg_catalog.pg_relation_size(c.oid::pg_catalog.regclass) operator(pg_catalog.>) 0\
                                """)),
          new SideCheck(
              true,
              "Large objects, which replication does not carry: %s",
              "Copy them (pg_dump --large-objects, --blobs before version 16), or move them into a"
                  + " column of type bytea.",
              pair -> {
                long here = pair.old().number(LARGE_OBJECTS);
                long there = pair.successor().number(LARGE_OBJECTS);
                return here > there
                    ? List.of("%d here, %d over there".formatted(here, there))
                    : List.of();
              }),
          new SideCheck(
              false,
              "Materialized views, whose rows replication does not carry: %s",
              "REFRESH MATERIALIZED VIEW over there shortly before the cut over, and again behind"
                  + " it.",
              pair -> pair.old().names(RELATIONS + " and c.relkind operator(pg_catalog.=) 'm'")));

  private UncarriedChecks() {}
}
