package io.baton.failover.cutover;

import static io.baton.failover.cutover.CatalogueCheck.Weight.NONE;
import static io.baton.failover.cutover.CatalogueCheck.Weight.NOTICE;
import static io.baton.failover.cutover.CatalogueCheck.Weight.OBSTACLE;

import java.util.List;

/**
 * Whether the successor has what acts on the data: functions, triggers, constraints, indexes,
 * policies.
 */
final class ProgramChecks {

  private static final String OF_TABLES =
      """
        join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
        where\
      """
          + Application.owns("pg_class", "c.oid");

  private static final String INDEXES =
      """
      select pg_catalog.format('%I.%I', n.nspname, c.relname),
        pg_catalog.format('%I.%I', n.nspname, i.relname),
        pg_catalog.concat(pg_catalog.pg_get_indexdef(i.oid),
          case when not x.indisvalid then ' invalid' end)
        from pg_catalog.pg_index x
        join pg_catalog.pg_class i on i.oid operator(pg_catalog.=) x.indexrelid
        join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) x.indrelid
      """
          + OF_TABLES
          + """
             and not i.relispartition
              and not exists (select from pg_catalog.pg_constraint k
                where k.conindid operator(pg_catalog.=) x.indexrelid
                  and k.contype operator(pg_catalog.=) any ('{p,u,x}'::pg_catalog."char"[]))\
            """;

  static final List<RehearsalCheck> ALL =
      List.of(
          new CatalogueCheck(
              "Functions and procedures",
              OBSTACLE,
              NOTICE,
              "CREATE OR REPLACE it over there, unless it is another for the new version on"
                  + " purpose.",
              """
              select pg_catalog.format('%I', n.nspname),
                pg_catalog.format('%I.%I(%s)', n.nspname, p.proname,
                  pg_catalog.pg_get_function_identity_arguments(p.oid)),
                pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
                  pg_catalog.concat_ws(' ', pg_catalog.pg_get_function_result(p.oid), l.lanname,
                    p.prokind, p.provolatile, p.prosecdef, p.proisstrict, p.proconfig, p.prosrc,
                    pg_catalog.pg_get_function_sqlbody(p.oid)), 'UTF8')), 'hex')
                from pg_catalog.pg_proc p
                join pg_catalog.pg_language l on l.oid operator(pg_catalog.=) p.prolang
                join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) p.pronamespace
                where\
              """
                  + Application.owns("pg_proc", "p.oid")),
          new CatalogueCheck(
              "Triggers",
              OBSTACLE,
              NOTICE,
              "Create or alter the trigger over there. An ordinary one does not fire while changes"
                  + " are applied, so it does no harm before the cut over.",
              """
              select pg_catalog.format('%I.%I', n.nspname, c.relname),
                pg_catalog.format('%I of %I.%I', g.tgname, n.nspname, c.relname),
                pg_catalog.concat(
                  case when g.tgenabled operator(pg_catalog.=) 'D' then 'disabled'
                    when g.tgenabled operator(pg_catalog.=) 'A' then 'always'
                    when g.tgenabled operator(pg_catalog.=) 'R'
                      then 'replica only' else 'enabled' end, ': ',
                  pg_catalog.pg_get_triggerdef(g.oid))
                from pg_catalog.pg_trigger g
                join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) g.tgrelid
              """
                  + OF_TABLES
                  + " and not g.tgisinternal"),
          new SideCheck(
              false,
              "Triggers over there fire while changes are applied: %s",
              "What they do is done here already, and replicated. Make them ordinary triggers"
                  + " (ALTER TABLE ... ENABLE TRIGGER), unless it is meant so.",
              pair ->
                  pair.successor()
                      .names(
                          """
                          select pg_catalog.format('%I of %I.%I', g.tgname, n.nspname, c.relname)
                            from pg_catalog.pg_trigger g
                            join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) g.tgrelid
                          """
                              + OF_TABLES
                              + """
                                 and not g.tgisinternal
                                  and g.tgenabled operator(pg_catalog.=) any ('{A,R}'::pg_catalog."char"[])\
                                """)),
          new CatalogueCheck(
              "Constraints",
              OBSTACLE,
              NOTICE,
              "ALTER TABLE ... ADD CONSTRAINT over there.",
              """
              select pg_catalog.format('%I.%I', n.nspname, c.relname),
                pg_catalog.format('%I of %I.%I', k.conname, n.nspname, c.relname),
                pg_catalog.pg_get_constraintdef(k.oid)
                from pg_catalog.pg_constraint k
                join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) k.conrelid
              """
                  + OF_TABLES
                  + """
                     and k.conparentid operator(pg_catalog.=) 0
                      and k.contype operator(pg_catalog.=) any ('{p,u,f,c,x}'::pg_catalog."char"[])\
                    """),
          new CatalogueCheck(
              "Unique indexes",
              OBSTACLE,
              NOTICE,
              "Create or rebuild the index over there: without it, duplicates get in, and ON"
                  + " CONFLICT fails.",
              INDEXES + " and x.indisunique"),
          new CatalogueCheck(
              "Indexes",
              NOTICE,
              NOTICE,
              "Create or rebuild the index over there before the load comes.",
              INDEXES + " and not x.indisunique"),
          new CatalogueCheck(
              "Row-level security of tables",
              NONE,
              OBSTACLE,
              "ALTER TABLE ... ENABLE, DISABLE, FORCE or NO FORCE ROW LEVEL SECURITY over there.",
              """
              select pg_catalog.format('%I.%I', n.nspname, c.relname),
                pg_catalog.format('%I.%I', n.nspname, c.relname),
                case when not c.relrowsecurity then 'off'
                  when c.relforcerowsecurity then 'forced' else 'on' end
                from pg_catalog.pg_class c
              """
                  + OF_TABLES
                  + """
                     and c.relkind operator(pg_catalog.=) any ('{r,p}'::pg_catalog."char"[])\
                    """),
          new CatalogueCheck(
              "Policies",
              OBSTACLE,
              OBSTACLE,
              "Create or alter the policy over there: rows would be shown or hidden wrongly.",
              """
              select pg_catalog.format('%I.%I', n.nspname, c.relname),
                pg_catalog.format('%I of %I.%I', o.polname, n.nspname, c.relname),
                pg_catalog.concat_ws(' ', o.polcmd, o.polpermissive,
                  (select pg_catalog.string_agg(r.rolname::pg_catalog.text, ', '
                      order by r.rolname::pg_catalog.text)
                    from pg_catalog.pg_roles r where r.oid operator(pg_catalog.=) any (o.polroles)),
                  pg_catalog.pg_get_expr(o.polqual, o.polrelid),
                  pg_catalog.pg_get_expr(o.polwithcheck, o.polrelid))
                from pg_catalog.pg_policy o
                join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) o.polrelid
              """
                  + OF_TABLES));

  private ProgramChecks() {}
}
