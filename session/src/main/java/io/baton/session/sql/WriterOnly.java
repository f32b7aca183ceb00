package io.baton.session.sql;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What reads, and yet belongs on the writer: a standby refuses it, or its answer is about the
 * server itself and not about the data. What asks whether its server is a standby is none of it.
 */
final class WriterOnly {
  private static final Set<String> FUNCTIONS =
      Set.of(
          "currval",
          "lastval",
          "pg_backend_pid",
          "pg_blocking_pids",
          "pg_cancel_backend",
          "pg_current_wal_flush_lsn",
          "pg_current_wal_insert_lsn",
          "pg_current_wal_lsn",
          "lowrite",
          "nextval",
          "pg_current_xact_id",
          "pg_export_snapshot",
          "pg_lock_status",
          "pg_get_sequence_data",
          "pg_notify",
          "pg_prepared_xact",
          "pg_safe_snapshot_blocking_pids",
          "pg_sequence_last_value",
          "pg_terminate_backend",
          "pg_walfile_name",
          "pg_walfile_name_offset",
          "setval",
          "txid_current");

  private static final Set<String> VIEWS = Set.of("pg_locks", "pg_prepared_xacts", "pg_sequences");

  /** Whether it is on where a standby is asked, whatever the transaction is. */
  private static final Set<String> SETTINGS =
      Set.of("transaction_read_only", "transaction_isolation");

  static final String SERIALIZABLE = "serializable";

  private static final String READ_ONLY = "transaction_read_only";

  private WriterOnly() {}

  static boolean isFunction(@Nullable String schema, String name) {
    return isOfSystem(schema)
        && (FUNCTIONS.contains(name)
            || (name.startsWith("lo_") && !name.equals("lo_get"))
            || name.startsWith("pg_stat_")
            || name.startsWith("pg_advisory_")
            || name.startsWith("pg_try_advisory_"));
  }

  /** The views of what the server does, of which each server has its own. */
  static boolean isRelation(@Nullable String schema, String name) {
    return isOfSystem(schema)
        && (name.startsWith("pg_stat_") || name.startsWith("pg_statio_") || VIEWS.contains(name));
  }

  static boolean isSetting(@Nullable String name) {
    return name != null && SETTINGS.contains(name.toLowerCase(Locale.ROOT));
  }

  /**
   * Whether the command, or the kind of transaction that it asks for, is one that standbys refuse.
   * Some that standbys refuse are none that a read-only transaction does.
   */
  static boolean isCommand(CommandKind kind, Iterable<Effect> effects) {
    switch (kind) {
      case LISTEN, UNLISTEN, NOTIFY, LOCK, MAINTENANCE -> {
        return true;
      }
      default -> {}
    }
    for (Effect effect : effects) {
      TransactionModes modes =
          effect instanceof Effect.Begin begin
              ? begin.modes()
              : effect instanceof Effect.SetTransaction set ? set.modes() : TransactionModes.NONE;
      if (SERIALIZABLE.equals(modes.isolation()) || Boolean.FALSE.equals(modes.readOnly())) {
        return true;
      }
      if (effect instanceof Effect.SetSetting set && READ_ONLY.equals(set.name())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOfSystem(@Nullable String schema) {
    return schema == null || schema.equals("pg_catalog");
  }
}
