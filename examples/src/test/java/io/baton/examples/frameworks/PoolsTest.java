package io.baton.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import com.mchange.v2.c3p0.ComboPooledDataSource;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalPropertiesReader;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.apache.tomcat.jdbc.pool.PoolProperties;
import org.junit.jupiter.api.Test;

/** Each pool is configured with URL, user and password, and no driver class. */
@PostgresTest(standbys = 2, synchronous = true)
class PoolsTest {

  @Test
  void hikari_goesOn(PostgresCluster cluster) throws SQLException {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(Servers.url(cluster));
    config.setUsername(cluster.user());
    config.setPassword(cluster.password());
    try (HikariDataSource pool = new HikariDataSource(config)) {
      transactionThatLosesItsServer(cluster, pool);
    }
  }

  @Test
  void agroal_goesOn(PostgresCluster cluster) throws SQLException {
    Map<String, String> properties =
        Map.of(
            AgroalPropertiesReader.MAX_SIZE, "4",
            AgroalPropertiesReader.JDBC_URL, Servers.url(cluster),
            AgroalPropertiesReader.PRINCIPAL, cluster.user(),
            AgroalPropertiesReader.CREDENTIAL, cluster.password());
    try (AgroalDataSource pool =
        AgroalDataSource.from(new AgroalPropertiesReader().readProperties(properties))) {
      transactionThatLosesItsServer(cluster, pool);
    }
  }

  @Test
  void dbcp2_goesOn(PostgresCluster cluster) throws SQLException {
    try (BasicDataSource pool = new BasicDataSource()) {
      pool.setUrl(Servers.url(cluster));
      pool.setUsername(cluster.user());
      pool.setPassword(cluster.password());
      transactionThatLosesItsServer(cluster, pool);
    }
  }

  @Test
  void c3p0_goesOn(PostgresCluster cluster) throws SQLException {
    try (ComboPooledDataSource pool = new ComboPooledDataSource()) {
      pool.setJdbcUrl(Servers.url(cluster));
      pool.setUser(cluster.user());
      pool.setPassword(cluster.password());
      transactionThatLosesItsServer(cluster, pool);
    }
  }

  @Test
  void tomcat_goesOn(PostgresCluster cluster) throws SQLException {
    PoolProperties properties = new PoolProperties();
    properties.setUrl(Servers.url(cluster));
    properties.setUsername(cluster.user());
    properties.setPassword(cluster.password());
    org.apache.tomcat.jdbc.pool.DataSource pool =
        new org.apache.tomcat.jdbc.pool.DataSource(properties);
    try {
      transactionThatLosesItsServer(cluster, pool);
    } finally {
      pool.close();
    }
  }

  private static void transactionThatLosesItsServer(PostgresCluster cluster, DataSource pool)
      throws SQLException {
    long before;
    try (Connection connection = pool.getConnection()) {
      Servers.execute(connection, "drop table if exists visit");
      Servers.execute(connection, "create table visit (name text)");
      before = Servers.ask(connection, Servers.PORT);
    }
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      insert(connection, "first");
      cluster.failover();
      insert(connection, "second");
      connection.commit();
    }
    assertThat(Servers.ask(pool, Servers.PORT)).isNotEqualTo(before);
    assertThat(Servers.ask(pool, "select count(*) from visit")).isEqualTo(2);
  }

  private static void insert(Connection connection, String name) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("insert into visit values (?)")) {
      statement.setString(1, name);
      statement.executeUpdate();
    }
  }
}
