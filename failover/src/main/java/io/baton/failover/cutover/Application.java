package io.baton.failover.cutover;

/** Conditions of queries by which a catalogue shows what is of the application only. */
final class Application {

  /** Of the schema {@code n}: neither the server's own nor Baton's. */
  static final String SCHEMA =
      """
       n.nspname operator(pg_catalog.!~) '^pg_'
        and n.nspname operator(pg_catalog.<>) all ('{information_schema,baton}'::pg_catalog.name[])\
      """;

  /**
   * Of a row {@code a} of {@code pg_stat_activity}: a session of somebody else in the database. Who
   * may not see what others do is not told which processes are sessions, but the role of each.
   */
  static final String SESSION =
      """
       a.datname operator(pg_catalog.=) pg_catalog.current_database()
        and a.usesysid is not null
        and coalesce(a.backend_type, 'client backend') operator(pg_catalog.=) 'client backend'
        and a.pid operator(pg_catalog.<>) pg_catalog.pg_backend_pid()
        and not exists (select from pg_catalog.pg_stat_get_wal_senders() w
          where w.pid operator(pg_catalog.=) a.pid)\
      """;

  private Application() {}

  /**
   * Of an object in a schema {@code n} of the application: it did not come with an extension.
   *
   * @param catalogue the catalogue that lists it
   * @param oid what gives its number
   */
  static String owns(String catalogue, String oid) {
    return SCHEMA
        + """
           and not exists (select from pg_catalog.pg_depend e
            where e.classid operator(pg_catalog.=) 'pg_catalog.%s'::pg_catalog.regclass
              and e.objid operator(pg_catalog.=) %s and e.deptype operator(pg_catalog.=) 'e')\
          """
            .formatted(catalogue, oid);
  }
}
