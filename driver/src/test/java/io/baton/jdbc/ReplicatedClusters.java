package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.PostgresVersion;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A cluster of PostgreSQL 15 and one of the preferred version, which subscribes to all tables of
 * the application's database in the first.
 */
record ReplicatedClusters(PostgresCluster old, PostgresCluster successor) implements AutoCloseable {

  /**
   * Starts both; returns when all tables are copied.
   *
   * @param schema is run on both sides, as the application's role
   * @param rows is run on the old side then
   */
  static ReplicatedClusters start(String schema, String rows) throws SQLException {
    PostgresCluster old =
        PostgresCluster.builder()
            .version(PostgresVersion.of(15))
            .setting("wal_level", "logical")
            .setting("max_prepared_transactions", "5")
            .start();
    ReplicatedClusters clusters = new ReplicatedClusters(old, PostgresCluster.builder().start());
    try {
      clusters.replicate(schema, rows);
      return clusters;
    } catch (SQLException | RuntimeException | Error failure) {
      clusters.close();
      throw failure;
    }
  }

  private void replicate(String schema, String rows) throws SQLException {
    for (PostgresCluster cluster : List.of(old, successor)) {
      try (Connection direct = cluster.primary().connect()) {
        Sql.execute(direct, schema);
      }
    }
    try (Connection direct = old.primary().connect()) {
      Sql.execute(direct, rows);
    }
    try (Connection publisher = superuser(old).getConnection();
        Connection subscriber = superuser(successor).getConnection()) {
      assertThat(successor.user()).isEqualTo(old.user());
      Sql.execute(subscriber, "alter role %s password '%s'".formatted(old.user(), old.password()));
      Sql.execute(publisher, "create publication everything for all tables");
      Sql.execute(
          subscriber,
          "create subscription everything connection '%s' publication everything"
              .formatted(connectionToOld()));
      Awaitility.await()
          .until(
              () ->
                  Sql.ask(
                          subscriber,
                          "select bool_and(srsubstate = 'r')::text from pg_subscription_rel")
                      .equals("true"));
    }
  }

  /** What a subscription connects with. */
  String connectionToOld() {
    PostgresNode from = old.primary();
    return "host=%s port=%d dbname=%s user=%s password=%s"
        .formatted(
            from.directHost(),
            from.directPort(),
            old.database(),
            old.superuser(),
            old.superuserPassword());
  }

  /** Leads to the application's database, past the proxy, as the superuser. */
  static DataSource superuser(PostgresCluster cluster) {
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
