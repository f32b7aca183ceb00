package io.baton.jdbc;

import io.baton.failover.cutover.CutoverPlan;
import io.baton.routing.topology.Endpoint;
import io.baton.testkit.LogicalReplication;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A cluster, and one of another version that follows it by logical replication; with tables for
 * transfers between accounts: see {@link NotedTransfers}.
 */
final class ReplicatedClusters implements AutoCloseable {

  private static final String TABLES =
      """
      create table account (id int primary key, balance bigint not null);
      create table operation (id text primary key, worker int, number int);
      create table entry (id bigint generated always as identity primary key, what text);
      create sequence loaded;
      create sequence restarted;
      create sequence downwards increment -1 minvalue -100 maxvalue -1;
      create sequence untouched start 7
      """;

  private static final String ROWS =
      """
      insert into account select i, 1000 from generate_series(1, 20) i;
      select setval('loaded', 501, false);
      alter sequence restarted restart with 9000;
      select setval('downwards', -50, false)
      """;

  private final PostgresCluster old;
  private final PostgresCluster successor;
  private final List<Connection> opened = new ArrayList<>();
  private final List<OtherProgram> programs = new ArrayList<>();

  /** Both, with the tables of {@link NotedTransfers}. */
  ReplicatedClusters(PostgresVersion from) throws SQLException {
    this(from, TABLES, ROWS);
  }

  /**
   * Starts both; returns when all tables are copied.
   *
   * @param schema is run on both sides, as the application's role
   * @param rows is run on the old side then
   */
  static ReplicatedClusters start(String schema, String rows) throws SQLException {
    return start(PostgresVersion.of(15), schema, rows);
  }

  /** The same from another version. */
  static ReplicatedClusters start(PostgresVersion from, String schema, String rows)
      throws SQLException {
    return new ReplicatedClusters(from, schema, rows);
  }

  private ReplicatedClusters(PostgresVersion from, String schema, String rows) throws SQLException {
    old =
        PostgresCluster.builder()
            .version(from)
            .setting("wal_level", "logical")
            .setting("max_prepared_transactions", "5")
            .setting("max_connections", "300")
            .start();
    successor =
        PostgresCluster.builder()
            .setting("max_prepared_transactions", "5")
            .setting("max_connections", "300")
            .start();
    boolean isReady = false;
    try {
      replicate(schema, rows);
      isReady = true;
    } finally {
      if (!isReady) {
        close();
      }
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
    LogicalReplication.start(old, successor);
  }

  PostgresCluster old() {
    return old;
  }

  PostgresCluster successor() {
    return successor;
  }

  /** A source of connections to the present primary, as superuser, without Baton. */
  static DataSource superuser(PostgresCluster cluster) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setServerNames(new String[] {cluster.primary().directHost()});
    source.setPortNumbers(new int[] {cluster.primary().directPort()});
    source.setDatabaseName(cluster.database());
    source.setUser(cluster.superuser());
    source.setPassword(cluster.superuserPassword());
    return source;
  }

  /** A session of Baton's that knows the old cluster alone, and is patient. */
  Connection connect() throws SQLException {
    Connection connection = connect("baton.cutoverPause=20s");
    opened.add(connection);
    return connection;
  }

  /** A session of its own, which the caller closes. */
  Connection connect(String options) throws SQLException {
    return DriverManager.getConnection(
        old.jdbcUrl("jdbc:baton:postgresql:") + "?" + options, old.user(), old.password());
  }

  /** Another program that knows the old cluster alone, and is patient; closed with these. */
  OtherProgram startOtherProgram() throws IOException {
    OtherProgram program =
        OtherProgram.start(
            old.jdbcUrl("jdbc:baton:postgresql:") + "?baton.cutoverPause=20s",
            old.user(),
            old.password());
    programs.add(program);
    return program;
  }

  List<Connection> opened() {
    return opened;
  }

  CutoverPlan plan(Duration drain, Duration pause) {
    List<Endpoint> to =
        successor.nodes().stream().map(node -> new Endpoint(node.host(), node.port())).toList();
    return new CutoverPlan(to, Duration.ofMillis(1500), Duration.ofSeconds(5), drain, pause);
  }

  static String ask(PostgresCluster cluster, String sql) throws SQLException {
    try (Connection direct = superuser(cluster).getConnection()) {
      return Sql.ask(direct, sql);
    }
  }

  @Override
  public void close() throws SQLException {
    programs.forEach(OtherProgram::close);
    for (Connection connection : opened) {
      connection.close();
    }
    old.close();
    successor.close();
  }
}
