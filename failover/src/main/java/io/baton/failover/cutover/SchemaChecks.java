package io.baton.failover.cutover;

import static io.baton.failover.cutover.CatalogueCheck.Weight.NONE;
import static io.baton.failover.cutover.CatalogueCheck.Weight.NOTICE;
import static io.baton.failover.cutover.CatalogueCheck.Weight.OBSTACLE;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Whether the successor has what holds the data: schemas, tables, columns, sequences, types. */
final class SchemaChecks {

  private static final String CREATE =
      "Create it over there as it is here, for instance from pg_dump --schema-only.";

  private static final String RELATIONS =
      """
       from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
        where\
      """
          + Application.owns("pg_class", "c.oid");

  private static final String COLUMNS =
      """
       from pg_catalog.pg_attribute a
        join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) a.attrelid
        join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
        join pg_catalog.pg_type t on t.oid operator(pg_catalog.=) a.atttypid
        left join pg_catalog.pg_collation o
          on o.oid operator(pg_catalog.=) a.attcollation
            and o.oid operator(pg_catalog.<>) t.typcollation
        left join pg_catalog.pg_attrdef d on d.adrelid operator(pg_catalog.=) a.attrelid
          and d.adnum operator(pg_catalog.=) a.attnum
        where a.attnum operator(pg_catalog.>) 0 and not a.attisdropped
          and c.relkind operator(pg_catalog.=) any ('{r,p,f,c}'::pg_catalog."char"[]) and\
      """
          + Application.owns("pg_class", "c.oid");

  private static final String COLUMN =
      """
      select pg_catalog.format('%I.%I', n.nspname, c.relname),
        pg_catalog.format('%I.%I.%I', n.nspname, c.relname, a.attname),\
      """;

  private static final String NAMES =
      "select pg_catalog.format('%I.%I.%I', n.nspname, c.relname, a.attname)";

  /** Of a column's table: something is replicated into it. */
  private static final String KNOWN =
      """
       and exists (select from pg_catalog.pg_subscription_rel s
         where s.srrelid operator(pg_catalog.=) a.attrelid)\
      """;

  private static final SideCheck NEW_COLUMNS =
      new SideCheck(
          false,
          "Columns that only the new database has: %s",
          "Nothing fills them, and statements that name no columns meet them, such as SELECT *.",
          pair -> {
            Set<String> here = new HashSet<>(pair.old().names(NAMES + COLUMNS));
            return pair.successor().names(NAMES + COLUMNS + KNOWN).stream()
                .filter(column -> !here.contains(column))
                .toList();
          });

  private static final SideCheck NEW_COLUMNS_WITHOUT_DEFAULT =
      new SideCheck(
          true,
          "Columns NOT NULL without a default that only the new database has: %s",
          "Give them a default over there: otherwise replication stops at the next row.",
          pair -> {
            Set<String> here = new HashSet<>(pair.old().names(NAMES + COLUMNS));
            return pair
                .successor()
                .names(
                    NAMES
                        + COLUMNS
                        + KNOWN
                        + """
                           and a.attnotnull and d.oid is null
                             and a.attidentity operator(pg_catalog.=) ''\
                          """)
                .stream()
                .filter(column -> !here.contains(column))
                .toList();
          });

  static final List<RehearsalCheck> ALL =
      List.of(
          new CatalogueCheck(
              "Schemas",
              OBSTACLE,
              NONE,
              CREATE,
              "select '', pg_catalog.format('%I', n.nspname), '' from pg_catalog.pg_namespace n where"
                  + Application.owns("pg_namespace", "n.oid")),
          new CatalogueCheck(
              "Tables and composite types",
              OBSTACLE,
              NOTICE,
              CREATE,
              """
              select pg_catalog.format('%I', n.nspname),
                pg_catalog.format('%I.%I', n.nspname, c.relname),
                pg_catalog.concat(
                  case when c.relpersistence operator(pg_catalog.=) 'u' then 'unlogged ' end,
                  case when c.relkind operator(pg_catalog.=) 'p' then 'partitioned table'
                    when c.relkind operator(pg_catalog.=) 'f' then 'foreign table'
                    when c.relkind operator(pg_catalog.=) 'c'
                      then 'composite type' else 'table' end)\
              """
                  + RELATIONS
                  + """
                     and not c.relispartition
                      and c.relkind operator(pg_catalog.=) any ('{r,p,f,c}'::pg_catalog."char"[])\
                    """),
          new CatalogueCheck(
              "Partitions",
              NOTICE,
              NOTICE,
              "Create them over there, unless it is partitioned in another way on purpose, and the"
                  + " publication has publish_via_partition_root.",
              """
              select pg_catalog.format('%I', n.nspname),
                pg_catalog.format('%I.%I', n.nspname, c.relname),
                pg_catalog.pg_get_expr(c.relpartbound, c.oid)\
              """
                  + RELATIONS
                  + """
                     and c.relispartition
                      and c.relkind operator(pg_catalog.=) any ('{r,p,f}'::pg_catalog."char"[])\
                    """),
          new CatalogueCheck(
              "Columns",
              OBSTACLE,
              OBSTACLE,
              "Add or alter the column over there.",
              COLUMN
                  + """
                     pg_catalog.concat_ws(' ', pg_catalog.format_type(a.atttypid, a.atttypmod),
                      case when o.oid is not null
                        then pg_catalog.format('collate %I', o.collname) end,
                      case when a.attnotnull then 'not null' end,
                      case when a.attidentity operator(pg_catalog.=) 'a' then 'identity always'
                        when a.attidentity operator(pg_catalog.=) 'd'
                          then 'identity by default' end,
                      case when a.attgenerated operator(pg_catalog.=) 's' then 'generated, stored'
                        when a.attgenerated operator(pg_catalog.=) 'v'
                          then 'generated, virtual' end)\
                    """
                  + COLUMNS),
          new CatalogueCheck(
              "Defaults and generating expressions of columns",
              OBSTACLE,
              NOTICE,
              "ALTER TABLE ... ALTER COLUMN ... SET DEFAULT over there.",
              COLUMN
                  + " pg_catalog.pg_get_expr(d.adbin, d.adrelid)"
                  + COLUMNS
                  + " and d.oid is not null"),
          NEW_COLUMNS,
          NEW_COLUMNS_WITHOUT_DEFAULT,
          new CatalogueCheck(
              "Sequences",
              OBSTACLE,
              OBSTACLE,
              "Create or alter the sequence over there; the cut over sets its position.",
              """
              select pg_catalog.format('%I', n.nspname),
                pg_catalog.format('%I.%I', n.nspname, c.relname),
                pg_catalog.format('%s, increment %s, from %s to %s%s',
                  pg_catalog.format_type(s.seqtypid, null), s.seqincrement, s.seqmin, s.seqmax,
                  case when s.seqcycle then ', cycle' end)
                from pg_catalog.pg_sequence s
                join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) s.seqrelid
                join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
                where\
              """
                  + Application.owns("pg_class", "c.oid")),
          new CatalogueCheck(
              "Enums, domains and ranges",
              OBSTACLE,
              OBSTACLE,
              "Create the type over there, or alter it, so that both accept the same values.",
              """
              select pg_catalog.format('%I', n.nspname),
                pg_catalog.format('%I.%I', n.nspname, t.typname),
                case when t.typtype operator(pg_catalog.=) 'e' then
                    (select pg_catalog.string_agg(l.enumlabel::pg_catalog.text, ', '
                        order by l.enumsortorder)
                      from pg_catalog.pg_enum l where l.enumtypid operator(pg_catalog.=) t.oid)
                  when t.typtype operator(pg_catalog.=) 'd' then
                    pg_catalog.concat_ws(' ', pg_catalog.format_type(t.typbasetype, t.typtypmod),
                      case when t.typnotnull then 'not null' end, t.typdefault,
                      (select pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(k.oid), ' '
                          order by k.conname)
                        from pg_catalog.pg_constraint k
                        where k.contypid operator(pg_catalog.=) t.oid
                          and k.contype operator(pg_catalog.=) 'c'))
                  else
                    (select pg_catalog.format_type(r.rngsubtype, null)
                      from pg_catalog.pg_range r where r.rngtypid operator(pg_catalog.=) t.oid) end
                from pg_catalog.pg_type t
                join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) t.typnamespace
                where t.typtype operator(pg_catalog.=) any ('{e,d,r}'::pg_catalog."char"[]) and\
              """
                  + Application.owns("pg_type", "t.oid")),
          new CatalogueCheck(
              "Views and materialized views",
              OBSTACLE,
              NONE,
              CREATE,
              """
              select pg_catalog.format('%I', n.nspname),
                pg_catalog.format('%I.%I', n.nspname, c.relname), ''\
              """
                  + RELATIONS
                  + " and c.relkind operator(pg_catalog.=) any ('{v,m}'::pg_catalog.\"char\"[])"),
          new CatalogueCheck(
              "Extensions",
              OBSTACLE,
              NOTICE,
              "CREATE EXTENSION or ALTER EXTENSION ... UPDATE over there, or read what has changed"
                  + " between the versions.",
              """
              select '', x.extname::pg_catalog.text, x.extversion
                from pg_catalog.pg_extension x\
              """));

  private SchemaChecks() {}
}
