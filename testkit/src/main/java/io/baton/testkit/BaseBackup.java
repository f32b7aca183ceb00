package io.baton.testkit;

import java.sql.SQLException;

/**
 * A copy of a running primary's data, taken as PostgreSQL's manual describes for a "low level base
 * backup": the embedded binaries have no {@code pg_basebackup}. The WAL that makes it consistent is
 * streamed from the primary, which keeps enough of it.
 */
record BaseBackup(PostgresNode source, PostgresVersion version) {
  private static final String LABEL = "baton-testkit";

  /** Replaces the data of a node that is down, and makes it a standby of the source. */
  void takeTo(PostgresNode target) {
    boolean named = version.isAtLeast(PostgresVersion.V15);
    String start = named ? "pg_backup_start('%s', true)" : "pg_start_backup('%s', true, false)";
    String stop = named ? "pg_backup_stop(false)" : "pg_stop_backup(false, false)";
    try (Superuser superuser = source.superuser()) {
      superuser.query("SELECT " + start.formatted(LABEL));
      target.copyFrom(source);
      target.writeBackupLabel(superuser.query("SELECT labelfile FROM " + stop));
    } catch (SQLException e) {
      throw new ClusterException("No base backup of " + source, e);
    }
    target.follow(source);
  }
}
