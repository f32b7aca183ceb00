package io.baton.session.catalogue;

import io.baton.session.sql.BlindWrite;
import io.baton.session.sql.RelationName;
import io.baton.session.sql.SqlQuoting;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * What a server says of a relation that is written to: whether the rows that a write leaves in it
 * can be returned to the session, and whether they are all that the write does.
 *
 * <p>To return rows takes more than to write them: the privilege to read every column, policies of
 * row-level security that let the rows be seen, columns that can be computed. Where any of it may
 * be missing, rows are not asked for: the application would get an error that its own statement
 * does not raise. And a write may do more than its rows show: triggers, actions of foreign keys,
 * rules, functions in defaults and constraints. Where there is any of that, its rows prove nothing.
 *
 * <p>Immutable.
 *
 * @param standing what stands in the way
 * @param updateSpreads whether an update may change rows of other tables
 * @param deleteSpreads whether a delete may change rows of other tables
 * @param version the major version of the server
 */
public record WriteTarget(
    Standing standing, boolean updateSpreads, boolean deleteSpreads, int version) {

  /** What stands in the way of having the rows of a write. */
  public enum Standing {
    /** Nothing. */
    OPEN,
    /** There is no such relation. */
    MISSING,
    /** Its rows are not, or not only, those of one ordinary table. */
    NOT_A_TABLE,
    /** The role may not read all that it writes. */
    UNREADABLE,
    /** Code runs when it is written to. */
    RUNS_CODE
  }

  private static final int VERSION_UNIT = 10_000;

  /**
   * Every name and operator is qualified, since it runs under the settings of the application,
   * whose search path decides which relation is meant.
   *
   * <p>Triggers of the system (foreign keys) are judged by their constraints; functions of the
   * system that serve as triggers change the row at hand, or nothing.
   */
  private static final String QUESTION =
      """
      with baton_tree(id) as (
        select c.oid from pg_catalog.pg_class c
          where c.oid operator(pg_catalog.=) pg_catalog.to_regclass(?)::pg_catalog.oid
        union select t.relid::pg_catalog.oid
          from pg_catalog.pg_partition_tree(pg_catalog.to_regclass(?)) t),
      baton_code(body) as (
        select d.adbin::pg_catalog.text from pg_catalog.pg_attrdef d
          join baton_tree on d.adrelid operator(pg_catalog.=) id
        union all select k.conbin::pg_catalog.text from pg_catalog.pg_constraint k
          join baton_tree on k.conrelid operator(pg_catalog.=) id
          where k.contype operator(pg_catalog.=) 'c'),
      baton_keys(on_update, on_delete) as (
        select k.confupdtype operator(pg_catalog.<>) all (array['a', 'r']::pg_catalog."char"[]),
            k.confdeltype operator(pg_catalog.<>) all (array['a', 'r']::pg_catalog."char"[])
          from pg_catalog.pg_constraint k
            join baton_tree on k.confrelid operator(pg_catalog.=) id
          where k.contype operator(pg_catalog.=) 'f')
      select case
          when c.relkind operator(pg_catalog.<>) all (array['r', 'p']::pg_catalog."char"[])
            or exists (select from baton_tree join pg_catalog.pg_class p
              on p.oid operator(pg_catalog.=) id
              where p.relhasrules
                or p.relkind operator(pg_catalog.<>) all (array['r', 'p']::pg_catalog."char"[]))
            or exists (select from pg_catalog.pg_inherits i
              where i.inhparent operator(pg_catalog.=) c.oid
                and c.relkind operator(pg_catalog.=) 'r')
            or exists (select from pg_catalog.pg_attribute a
              where a.attrelid operator(pg_catalog.=) c.oid and not a.attisdropped
                and a.attgenerated operator(pg_catalog.=) 'v')
            then 'NOT_A_TABLE'
          when pg_catalog.row_security_active(c.oid)
            or not pg_catalog.has_table_privilege(c.oid, 'SELECT')
            or not pg_catalog.has_function_privilege(
              'pg_catalog.hashtextextended(pg_catalog.text, pg_catalog.int8)', 'EXECUTE')
            or not pg_catalog.has_function_privilege('pg_catalog.concat(pg_catalog."any")', 'EXECUTE')
            or not pg_catalog.has_function_privilege('pg_catalog.count()', 'EXECUTE')
            or not pg_catalog.has_function_privilege('pg_catalog.sum(pg_catalog.int8)', 'EXECUTE')
            then 'UNREADABLE'
          when exists (select from pg_catalog.pg_trigger t
              join baton_tree on t.tgrelid operator(pg_catalog.=) id
              where not t.tgisinternal and t.tgenabled operator(pg_catalog.<>) 'D'
                and t.tgfoid operator(pg_catalog.>=) 16384::pg_catalog.oid)
            or exists (select from baton_code, pg_catalog.regexp_matches(
                body, ':(?:opfuncid|funcid) ([0-9]+)', 'g') m
              join pg_catalog.pg_proc p on p.oid operator(pg_catalog.=) m[1]::pg_catalog.oid
              where p.provolatile operator(pg_catalog.=) 'v'
                and p.oid operator(pg_catalog.>=) 16384::pg_catalog.oid)
            or exists (select from pg_catalog.pg_cast a
              join pg_catalog.pg_proc p on p.oid operator(pg_catalog.=) a.castfunc
              where a.castcontext operator(pg_catalog.=) 'a'
                and p.provolatile operator(pg_catalog.=) 'v'
                and p.oid operator(pg_catalog.>=) 16384::pg_catalog.oid)
            then 'RUNS_CODE'
          else 'OPEN' end,
        (select pg_catalog.bool_or(on_update) from baton_keys),
        (select pg_catalog.bool_or(on_delete) from baton_keys),
        pg_catalog.current_setting('server_version_num')
        from pg_catalog.pg_class c
        where c.oid operator(pg_catalog.=) pg_catalog.to_regclass(?)::pg_catalog.oid
      """;

  /**
   * Asks the server, in one round trip, of the relation that a name means to the session now. It
   * may be asked inside of a transaction.
   *
   * @throws SQLException if the connection breaks, or the transaction has failed
   */
  public static WriteTarget ask(Connection connection, RelationName name) throws SQLException {
    try (PreparedStatement question = connection.prepareStatement(QUESTION)) {
      String named = SqlQuoting.relation(name);
      question.setString(1, named);
      question.setString(2, named);
      question.setString(3, named);
      try (ResultSet row = question.executeQuery()) {
        return row.next()
            ? new WriteTarget(
                Standing.valueOf(row.getString(1)),
                row.getBoolean(2),
                row.getBoolean(3),
                Integer.parseInt(row.getString(4)) / VERSION_UNIT)
            : new WriteTarget(Standing.MISSING, false, false, 0);
      }
    }
  }

  /** Returns whether a write may change rows of other tables than this one. */
  public boolean spreads(BlindWrite write) {
    return standing == Standing.RUNS_CODE
        || (updateSpreads && write.mayUpdate())
        || (deleteSpreads && write.mayDelete());
  }
}
