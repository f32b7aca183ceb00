package io.baton.session.sql;

import java.util.Set;
import java.util.regex.Pattern;

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

  private static final Pattern IN_BODY =
      Pattern.compile(
          BODY.replace("[[:<:]]", "\\b")
              .replace("[[:>:]]", "\\b")
              .replace("[[:alnum:]_]", "\\w")
              .replace("[[:space:]]", "\\s"),
          Pattern.CASE_INSENSITIVE);

  private LastingFunctions() {}

  /** Returns whether a function of this name is one of them. */
  static boolean contains(String name) {
    return NAMES.contains(name)
        || name.startsWith("dblink")
        || (name.startsWith("pg_stat") && name.contains("_reset"));
  }

  /** Returns whether a block of code calls one of them by its name. */
  static boolean areCalledIn(String body) {
    return IN_BODY.matcher(body).find();
  }

  /** Returns the regular expression, in the server's own syntax, that finds them in a body. */
  public static String serverPattern() {
    return BODY;
  }
}
