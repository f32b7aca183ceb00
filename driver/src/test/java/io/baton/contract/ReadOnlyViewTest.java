package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.baton.BatonDataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The ways to a standby of code that cannot call setReadOnly. */
@PostgresTest(standbys = 1)
class ReadOnlyViewTest {

  private final HikariDataSource pool = new HikariDataSource();

  ReadOnlyViewTest(PostgresCluster cluster) {
    pool.setJdbcUrl(cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.heartbeat=200ms");
    pool.setUsername(cluster.user());
    pool.setPassword(cluster.password());
    pool.setMaximumPoolSize(1);
  }

  @AfterEach
  void close() {
    pool.close();
  }

  private static boolean isOnStandby(DataSource source) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("select pg_is_in_recovery()")) {
      result.next();
      return result.getBoolean(1);
    }
  }

  @Test
  void viewOfAPool_readsOnTheStandby_andThePoolWritesAsBefore() throws SQLException {
    DataSource view = BatonDataSource.readOnly(pool);

    Awaitility.await().until(() -> isOnStandby(view));

    assertThat(isOnStandby(pool)).isFalse();
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      assertThat(connection.isReadOnly()).isFalse();
      statement.execute("create table written (n int)");
    }
  }

  @Test
  void connectionsOfAView_knowWhatTheyAre() throws SQLException {
    DataSource view = BatonDataSource.readOnly(pool);

    try (Connection connection = view.getConnection()) {
      assertThat(connection.isReadOnly()).isTrue();
      assertThat(connection.isWrapperFor(io.baton.BatonConnection.class)).isTrue();
    }
    assertThat(view.unwrap(HikariDataSource.class)).isSameAs(pool);
  }
}
