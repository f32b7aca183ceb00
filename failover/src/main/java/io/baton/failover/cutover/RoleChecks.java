package io.baton.failover.cutover;

import static io.baton.failover.cutover.CatalogueCheck.Weight.NONE;
import static io.baton.failover.cutover.CatalogueCheck.Weight.NOTICE;
import static io.baton.failover.cutover.CatalogueCheck.Weight.OBSTACLE;

import io.baton.failover.cutover.CatalogueCheck.Weight;
import java.util.List;
import java.util.Locale;

/** Whether the roles of the application are there, with their rights and their settings. */
final class RoleChecks {

  /** Names the roles of a database: see {@link RehearsedPair#roles}. */
  static final String ROLES =
      """
      with recursive present as (
        select d.oid as database, d.datdba as owner from pg_catalog.pg_database d
          where d.datname operator(pg_catalog.=) pg_catalog.current_database()),
      involved as (
        select p.owner as role from present p
        union select s.refobjid from pg_catalog.pg_shdepend s, present p
          where s.refclassid operator(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass
            and (s.dbid operator(pg_catalog.=) p.database
              or s.dbid operator(pg_catalog.=) 0 and s.objid operator(pg_catalog.=) p.database
                and s.classid operator(pg_catalog.=) 'pg_catalog.pg_database'::pg_catalog.regclass)
        union select a.usesysid from pg_catalog.pg_stat_activity a where\
      """
          + Application.SESSION
          + """

        union select m.roleid from involved i
          join pg_catalog.pg_auth_members m on m.member operator(pg_catalog.=) i.role)
      select distinct r.rolname::pg_catalog.text from involved i
        join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) i.role\
      """;

  private static final String OF_ROLES =
      " r.rolname operator(pg_catalog.=) any (?::pg_catalog.text[])";

  // Settings by which a statement means another thing, or gives another answer.
  private static final String MEANING =
      """
       pg_catalog.lower(pg_catalog.split_part(c.one, '=', 1)) operator(pg_catalog.=) any (
        '{search_path, role, timezone, datestyle, intervalstyle, bytea_output, extra_float_digits,
          xmlbinary, xmloption, lc_monetary, lc_numeric, lc_time, client_encoding,
          standard_conforming_strings, backslash_quote, array_nulls, transform_null_equals,
          default_transaction_isolation, default_transaction_read_only,
          default_text_search_config, session_replication_role, row_security}'
          ::pg_catalog.text[])\
      """;

  private static final String SETTINGS =
      """
      select '', pg_catalog.concat(pg_catalog.split_part(c.one, '=', 1), ' of ',
          case when r.rolname is null then 'the database'
            when s.setdatabase operator(pg_catalog.=) 0
              then pg_catalog.format('the role %I', r.rolname)
            else pg_catalog.format('the role %I in the database', r.rolname) end),
        pg_catalog.substr(c.one, pg_catalog.strpos(c.one, '=') operator(pg_catalog.+) 1)
        from pg_catalog.pg_db_role_setting s
        cross join lateral pg_catalog.unnest(s.setconfig) c (one)
        left join pg_catalog.pg_database d on d.oid operator(pg_catalog.=) s.setdatabase
        left join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) s.setrole
        where (s.setdatabase operator(pg_catalog.=) 0
            or d.datname operator(pg_catalog.=) pg_catalog.current_database())
          and (s.setrole operator(pg_catalog.=) 0
            or r.rolname operator(pg_catalog.=) any (?::pg_catalog.text[])) and\
      """;

  private static final String SET =
      "ALTER DATABASE ... SET, or ALTER ROLE ... SET, over there, unless it is meant so.";

  private static final String GRANT = "GRANT it over there, unless it is taken away on purpose.";

  static final List<RehearsalCheck> ALL =
      List.of(
          new CatalogueCheck(
              "Roles",
              OBSTACLE,
              NONE,
              "CREATE ROLE over there, with the same password (pg_dumpall --roles-only).",
              "select '', r.rolname::pg_catalog.text, '' from pg_catalog.pg_roles r where"
                  + OF_ROLES),
          new CatalogueCheck(
              "The right to log in of roles is",
              NONE,
              OBSTACLE,
              "ALTER ROLE ... LOGIN or NOLOGIN over there.",
              """
              select '', r.rolname::pg_catalog.text,
                case when r.rolcanlogin then 'login' else 'nologin' end
                from pg_catalog.pg_roles r where\
              """
                  + OF_ROLES),
          new CatalogueCheck(
              "Attributes of roles are",
              NONE,
              NOTICE,
              "ALTER ROLE over there, unless it is meant so.",
              """
              select '', r.rolname::pg_catalog.text, pg_catalog.concat_ws(' ',
                  case when r.rolsuper then 'superuser' end,
                  case when not r.rolinherit then 'noinherit' end,
                  case when r.rolcreaterole then 'createrole' end,
                  case when r.rolcreatedb then 'createdb' end,
                  case when r.rolbypassrls then 'bypassrls' end,
                  'connection limit', r.rolconnlimit)
                from pg_catalog.pg_roles r where\
              """
                  + OF_ROLES),
          new CatalogueCheck(
              "Memberships of roles are",
              OBSTACLE,
              NONE,
              GRANT,
              """
              select distinct '', pg_catalog.format('%I in %I', r.rolname, g.rolname), ''
                from pg_catalog.pg_auth_members m
                join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) m.member
                join pg_catalog.pg_roles g on g.oid operator(pg_catalog.=) m.roleid
                where\
              """
                  + OF_ROLES),
          privilegeOnSchemas("USAGE", OBSTACLE),
          privilegeOnSchemas("CREATE", NOTICE),
          new CatalogueCheck(
              "Privileges on tables are",
              OBSTACLE,
              NONE,
              GRANT,
              """
              select pg_catalog.format('%I.%I', n.nspname, c.relname),
                pg_catalog.format('%s on %I.%I for %I', v.privilege, n.nspname, c.relname,
                  r.rolname),
                ''
                from pg_catalog.pg_roles r
                cross join pg_catalog.pg_class c
                join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
                cross join pg_catalog.unnest(
                  '{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'
                    ::pg_catalog.text[]) v (privilege)
                where pg_catalog.has_table_privilege(r.oid, c.oid, v.privilege)
                  and c.relkind operator(pg_catalog.=) any ('{r,p,v,m,f}'::pg_catalog."char"[]) and\
              """
                  + Application.owns("pg_class", "c.oid")
                  + " and not r.rolsuper and"
                  + OF_ROLES),
          new CatalogueCheck(
              "Settings by which statements mean another thing are",
              OBSTACLE,
              OBSTACLE,
              SET,
              SETTINGS + MEANING),
          new CatalogueCheck(
              "Settings are", NOTICE, NOTICE, SET, SETTINGS + " not (" + MEANING + ")"),
          pair -> {
            List<String> known =
                pair.successor().names("select pg_catalog.lower(name) from pg_catalog.pg_settings");
            return SideCheck.found(
                false,
                "Settings that the new version has no more, or does not show: %s",
                pair.old().items(SETTINGS + " true", pair.roles()).stream()
                    .map(RehearsedDatabase.Item::name)
                    .filter(name -> isUnknown(name, known))
                    .toList(),
                "Take them out, also of the connection's options and of SET in programs: over"
                    + " there such a SET is an error.");
          });

  private RoleChecks() {}

  private static CatalogueCheck privilegeOnSchemas(String privilege, Weight missing) {
    return new CatalogueCheck(
        privilege + " on schemas is",
        missing,
        NONE,
        GRANT,
        """
        select pg_catalog.format('%I', n.nspname),
          pg_catalog.format('%I for %I', n.nspname, r.rolname), ''
          from pg_catalog.pg_roles r
          cross join pg_catalog.pg_namespace n
          where not r.rolsuper and pg_catalog.has_schema_privilege(r.oid, n.oid,\
        """
            + " '"
            + privilege
            + "') and"
            + Application.owns("pg_namespace", "n.oid")
            + " and"
            + OF_ROLES);
  }

  /** A name with a dot is a setting of an extension, or of the application. */
  private static boolean isUnknown(String name, List<String> known) {
    String setting = name.substring(0, name.indexOf(' ')).toLowerCase(Locale.ROOT);
    return setting.indexOf('.') < 0 && !known.contains(setting);
  }
}
