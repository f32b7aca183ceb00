package io.baton.session.sql;

import java.util.Locale;
import java.util.Set;

/**
 * The functions of PostgreSQL, and of extensions that come with it, whose effects no rollback
 * undoes. Where they have run, the transaction around them cannot be run again.
 *
 * <p>{@code nextval} is none of them: no value of a sequence is given twice because it is called
 * again. {@code setval} is: a replay would set the sequence back behind what others drew meanwhile.
 */
public final class LastingFunctions {

  private static final Set<String> NAMES =
      Set.of(
          "lo_export",
          "pg_backup_start",
          "pg_backup_stop",
          "pg_cancel_backend",
          "pg_copy_logical_replication_slot",
          "pg_copy_physical_replication_slot",
          "pg_create_logical_replication_slot",
          "pg_create_physical_replication_slot",
          "pg_create_restore_point",
          "pg_drop_replication_slot",
          "pg_file_rename",
          "pg_file_sync",
          "pg_file_unlink",
          "pg_file_write",
          "pg_log_backend_memory_contexts",
          "pg_logical_emit_message",
          "pg_logical_slot_get_binary_changes",
          "pg_logical_slot_get_changes",
          "pg_promote",
          "pg_reload_conf",
          "pg_replication_origin_advance",
          "pg_replication_slot_advance",
          "pg_rotate_logfile",
          "pg_start_backup",
          "pg_stop_backup",
          "pg_switch_wal",
          "pg_sync_replication_slots",
          "pg_terminate_backend",
          "pg_truncate_visibility_map",
          "pg_wal_replay_pause",
          "pg_wal_replay_resume",
          "setval");

  /**
   * In the syntax of the server, without backslashes: see standard_conforming_strings. Of {@code
   * pg_logical_emit_message}, the first argument says whether it is transactional.
   */
  private static final String BODY =
      "[[:<:]](dblink[[:alnum:]_]*|pg_stat[[:alnum:]_]*_reset[[:alnum:]_]*|"
          + String.join("|", NAMES.stream().sorted().toList())
          + ")[[:space:]]*[(](?![[:space:]]*true[[:>:]])";

  private LastingFunctions() {}

  /** Returns whether a function of this name is one of them. */
  static boolean contains(String name) {
    return NAMES.contains(name)
        || name.startsWith("dblink")
        || (name.startsWith("pg_stat") && name.contains("_reset"));
  }

  /** Returns whether a block of code calls one of them by its name. */
  static boolean areCalledIn(String body) {
    int at = 0;
    while (at < body.length()) {
      int end = endOfWord(body, at);
      if (end == at) {
        at++;
      } else if (isCalled(body, at, end)) {
        return true;
      } else {
        at = end;
      }
    }
    return false;
  }

  private static boolean isCalled(String body, int from, int to) {
    int open = afterSpace(body, to);
    if (open == body.length() || body.charAt(open) != '(') {
      return false;
    }
    int first = afterSpace(body, open + 1);
    boolean toldTransactional =
        body.regionMatches(true, first, "true", 0, 4) && endOfWord(body, first) == first + 4;
    return !toldTransactional && contains(body.substring(from, to).toLowerCase(Locale.ROOT));
  }

  private static int endOfWord(String body, int from) {
    int at = from;
    while (at < body.length() && TextSearch.isOfWord(body.charAt(at))) {
      at++;
    }
    return at;
  }

  private static int afterSpace(String body, int from) {
    int at = from;
    while (at < body.length() && SqlLexer.isSpace(body.charAt(at))) {
      at++;
    }
    return at;
  }

  /** Returns the regular expression, in the server's own syntax, that finds them in a body. */
  public static String serverPattern() {
    return BODY;
  }
}
