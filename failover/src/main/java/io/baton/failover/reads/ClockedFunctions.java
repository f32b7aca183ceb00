package io.baton.failover.reads;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;

/**
 * The functions of a database, not the system's, whose sources name what depends on the moment, or
 * another such function: found by words, so some are among them that only speak of it. The source
 * of a function in C is not known.
 */
public final class ClockedFunctions {

  private static final String QUESTION =
      """
      with recursive own as (
        select p.proname::pg_catalog.text as name,
            pg_catalog.lower(pg_catalog.pg_get_functiondef(p.oid)) as source
          from pg_catalog.pg_proc p
          where p.oid operator(pg_catalog.>=) 16384::pg_catalog.oid
            and p.prokind operator(pg_catalog.=) 'f'::pg_catalog."char"
            and p.provolatile operator(pg_catalog.<>) 'v'::pg_catalog."char"),
      clocked(name) as (
        select o.name from own o where o.source operator(pg_catalog.~) '<words>'
        union select o.name from own o, clocked c
          where pg_catalog.strpos(o.source, pg_catalog.lower(c.name)) operator(pg_catalog.>) 0
            and o.name operator(pg_catalog.<>) c.name)
      select name from clocked
      """
          .replace(
              "<words>",
              """
              \\m(current_date|current_time|current_timestamp|localtime|localtimestamp|ctid|xmin|xmax
              |tableoid|now|today|tomorrow|yesterday|tablesample)\\M
              |\\m(age|version|[a-z]+_timestamp|timeofday|inet_[a-z_]+|txid_[a-z_]+|lo_[a-z_]+
              |has_[a-z_]+|currval|lastval|nextval|random|uuidv7|current_setting
              |pg_(?!typeof\\M|get_function)[a-z_]+)\\s*\\(
              """
                  .replace("\n", ""));

  private ClockedFunctions() {}

  /** Returns their names. */
  public static Set<String> of(Connection connection) throws SQLException {
    Set<String> names = new HashSet<>();
    try (Statement query = connection.createStatement();
        ResultSet rows = query.executeQuery(QUESTION)) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    return names;
  }
}
