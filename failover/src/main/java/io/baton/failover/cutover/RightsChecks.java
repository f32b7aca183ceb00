package io.baton.failover.cutover;

import java.util.List;

/** Whether the roles of the two connections may do what a cut over does. */
final class RightsChecks {

  private static final String SUPERUSER =
      """
      (select r.rolsuper from pg_catalog.pg_roles r
        where r.rolname operator(pg_catalog.=) current_user)\
      """;

  private static final String BELIEVED =
      """
      select pg_catalog.pg_get_userbyid(d.datdba)::pg_catalog.text
        from pg_catalog.pg_database d
          where d.datname operator(pg_catalog.=) pg_catalog.current_database()
          and pg_catalog.pg_get_userbyid(d.datdba) operator(pg_catalog.<>) current_user and not\
      """;

  private static final String OWNER_OF_TABLE =
      """
      select pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
        join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) c.relowner
        join pg_catalog.pg_database d
          on d.datname operator(pg_catalog.=) pg_catalog.current_database()
        where n.nspname operator(pg_catalog.=) 'baton'
          and c.relname operator(pg_catalog.=) 'cutover'
          and c.relowner operator(pg_catalog.<>) d.datdba and not r.rolsuper\
      """;

  static final List<RehearsalCheck> ALL =
      List.of(
          new SideCheck(
              true,
              "The role of the old connection does not own the database, whose owner is %s",
              "Connect as its owner, or as a superuser: otherwise nobody believes baton.cutover.",
              pair -> pair.old().names(BELIEVED + SUPERUSER)),
          new SideCheck(
              true,
              "The table baton.cutover of the old database belongs to another role than the"
                  + " database's owner or a superuser: %s",
              "Find out who made it, and drop it: nobody believes it.",
              pair -> pair.old().names(OWNER_OF_TABLE)),
          new SideCheck(
              true,
              "The role of the old connection may not end sessions: %s",
              "GRANT pg_signal_backend to it, or connect as a superuser.",
              pair ->
                  pair.old()
                      .names(
                          """
                          select current_user::pg_catalog.text
                            where not pg_catalog.pg_has_role('pg_signal_backend', 'usage')
                              and not\
                          """
                              + SUPERUSER)),
          new SideCheck(
              true,
              "The role of the old connection does not see what others do: %s",
              "GRANT pg_read_all_stats to it, or connect as a superuser: otherwise their sessions"
                  + " are not ended, and their writes not waited for.",
              pair ->
                  pair.old()
                      .names(
                          """
                          select current_user::pg_catalog.text
                            where not pg_catalog.pg_has_role('pg_read_all_stats', 'usage')\
                          """)),
          new SideCheck(
              false,
              "Sessions of superusers are open, which only a superuser may end: %s",
              "End them before the cut over, or connect as a superuser.",
              pair ->
                  pair.old()
                      .names(
                          """
                          select distinct u.rolname::pg_catalog.text
                            from pg_catalog.pg_stat_activity a
                            join pg_catalog.pg_roles u on u.oid operator(pg_catalog.=) a.usesysid
                            where u.rolsuper and not\
                          """
                              + SUPERUSER
                              + " and"
                              + Application.SESSION)),
          new SideCheck(
              true,
              "The role of the new connection may not disable the subscription: %s",
              "Connect as its owner, or as a superuser.",
              pair ->
                  pair.successor()
                      .names(
                          """
                          select s.subname::pg_catalog.text from pg_catalog.pg_subscription s
                            join pg_catalog.pg_database d on d.oid operator(pg_catalog.=) s.subdbid
                            where s.subenabled
                              and d.datname operator(pg_catalog.=) pg_catalog.current_database()
                              and not pg_catalog.pg_has_role(s.subowner, 'usage')\
                          """)),
          new SideCheck(
              true,
              "The role of the old connection may not read sequences: %s",
              "GRANT SELECT on them to it, or connect as their owner: their positions are not"
                  + " known otherwise.",
              pair ->
                  pair.old()
                      .names(
                          """
                          select pg_catalog.format('%I.%I', n.nspname, c.relname)
                            from pg_catalog.pg_sequence s
                            join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) s.seqrelid
                            join pg_catalog.pg_namespace n
                              on n.oid operator(pg_catalog.=) c.relnamespace
                            where not pg_catalog.has_sequence_privilege(s.seqrelid, 'select')
                              and c.relpersistence operator(pg_catalog.<>) 't' and\
                          """
                              + Application.owns("pg_class", "c.oid"))),
          new SideCheck(
              true,
              "The role of the new connection may not set sequences: %s",
              "GRANT UPDATE on them to it, or connect as their owner.",
              pair ->
                  pair.successor()
                      .names(
                          """
                          select pg_catalog.format('%I.%I', n.nspname, c.relname)
                            from pg_catalog.pg_sequence s
                            join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) s.seqrelid
                            join pg_catalog.pg_namespace n
                              on n.oid operator(pg_catalog.=) c.relnamespace
                            where not pg_catalog.has_sequence_privilege(s.seqrelid, 'update') and\
                          """
                              + Application.owns("pg_class", "c.oid"))),
          new SideCheck(
              true,
              "The role of the new connection may not create the schema baton in the database: %s",
              "GRANT CREATE ON DATABASE to it, or connect as the owner.",
              pair ->
                  pair.successor()
                      .names(
                          """
                          select pg_catalog.current_database()::pg_catalog.text
                            where not pg_catalog.has_database_privilege(
                              pg_catalog.current_database(), 'create')\
                          """)));

  private RightsChecks() {}
}
