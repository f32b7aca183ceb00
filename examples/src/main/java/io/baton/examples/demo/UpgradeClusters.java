package io.baton.examples.demo;

import io.baton.testkit.LogicalReplication;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A cluster, and a newer one that follows it by logical replication, as an operator sets it up
 * before an upgrade. Used by one thread.
 */
final class UpgradeClusters implements AutoCloseable {
  private static final PostgresVersion FROM = PostgresVersion.of(15);
  private static final PostgresVersion TO = PostgresVersion.V18;

  /**
   * Which server ran an insert, for the report: a cluster's first node has the same name in each.
   */
  private static final String NAMED_BY_VERSION =
      "alter table operation alter column server"
          + " set default 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)";

  private final PostgresCluster old;
  private final PostgresCluster successor;

  private UpgradeClusters(PostgresCluster old, PostgresCluster successor) {
    this.old = old;
    this.successor = successor;
  }

  /** Starts both, without any data yet. */
  static UpgradeClusters start() {
    PostgresCluster old =
        PostgresCluster.builder().version(FROM).setting("wal_level", "logical").start();
    try {
      return new UpgradeClusters(old, PostgresCluster.builder().version(TO).start());
    } catch (RuntimeException failure) {
      old.close();
      throw failure;
    }
  }

  PostgresCluster old() {
    return old;
  }

  PostgresCluster successor() {
    return successor;
  }

  /** Opens the bank in the old cluster, and has the new one follow it. */
  void openBank() throws SQLException {
    for (PostgresCluster cluster : List.of(old, successor)) {
      try (Connection direct = cluster.primary().connect();
          Statement statement = direct.createStatement()) {
        Bank.open(direct);
        statement.execute(NAMED_BY_VERSION);
        // Updates are replicated by it.
        statement.execute("alter table operation replica identity full");
        if (cluster.equals(successor)) {
          statement.execute("truncate account"); // The rows come by replication.
        }
      }
    }
    LogicalReplication.start(old, successor);
  }

  /** As the one who operates the databases connects, without Baton. */
  static PGSimpleDataSource superuser(PostgresCluster cluster) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setServerNames(new String[] {cluster.primary().directHost()});
    source.setPortNumbers(new int[] {cluster.primary().directPort()});
    source.setDatabaseName(cluster.database());
    source.setUser(cluster.superuser());
    source.setPassword(cluster.superuserPassword());
    return source;
  }

  @Override
  public void close() {
    old.close();
    successor.close();
  }
}
