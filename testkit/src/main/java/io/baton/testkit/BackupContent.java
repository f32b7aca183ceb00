package io.baton.testkit;

import java.nio.file.Path;
import java.util.List;

/** Which files of a data folder belong in a copy of it that is to become a standby. */
final class BackupContent {
  /** Folders that are there and empty. */
  static final List<String> EMPTIED_FOLDERS =
      List.of(
          "pg_wal",
          "pg_replslot",
          "pg_dynshmem",
          "pg_notify",
          "pg_serial",
          "pg_snapshots",
          "pg_stat_tmp",
          "pg_subtrans");

  /** Files that belong to the one server, or are written anew. */
  static final List<String> OMITTED_FILES =
      List.of(
          "postmaster.pid",
          "postmaster.opts",
          "standby.signal",
          "recovery.signal",
          "promote",
          "backup_label",
          "pg_internal.init");

  private BackupContent() {}

  /** Whether a file or folder, named relative to the data folder, is to be copied. */
  static boolean includes(Path file) {
    boolean inside = file.getNameCount() > 1;
    return !(inside && EMPTIED_FOLDERS.contains(file.getName(0).toString()))
        && !OMITTED_FILES.contains(String.valueOf(file.getFileName()))
        && !file.toString().contains("pgsql_tmp");
  }
}
