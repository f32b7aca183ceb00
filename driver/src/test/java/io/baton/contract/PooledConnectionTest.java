package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.BatonConnectionPoolDataSource;
import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.ConnectionEvent;
import javax.sql.ConnectionEventListener;
import javax.sql.PooledConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The connection that a pool of another maker keeps, and what the pool is told of it. */
class PooledConnectionTest extends ContractFixture implements ConnectionEventListener {

  private final List<String> events = new ArrayList<>();
  private BatonConnectionPoolDataSource dataSource;
  private PooledConnection pooled;

  PooledConnectionTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @Override
  public void connectionClosed(ConnectionEvent event) {
    events.add("closed");
  }

  @Override
  public void connectionErrorOccurred(ConnectionEvent event) {
    events.add("error " + event.getSQLException().getSQLState());
  }

  @BeforeEach
  void open() throws SQLException {
    dataSource = new BatonConnectionPoolDataSource();
    dataSource.setUrl(cluster.jdbcUrl("jdbc:baton:postgresql:"));
    pooled = dataSource.getPooledConnection(cluster.user(), cluster.password());
    pooled.addConnectionEventListener(this);
  }

  @AfterEach
  void closeAll() throws SQLException {
    pooled.close();
    dataSource.close();
  }

  private static void insert(Connection handle, int id) throws SQLException {
    try (PreparedStatement statement =
        handle.prepareStatement("insert into entry values (" + id + ")")) {
      statement.executeUpdate();
    }
  }

  @Test
  void session_thatIsRestored_isNoErrorOfThePool() throws SQLException {
    Connection handle = pooled.getConnection();
    handle.setAutoCommit(false);
    insert(handle, 1);
    cluster.failover();
    insert(handle, 2);
    handle.commit();
    handle.close();

    assertThat(events).containsExactly("closed");
    assertThat(rows()).isEqualTo("1 2");
  }

  @Test
  void session_thatIsLost_isAnErrorOfThePool_once() throws SQLException {
    Connection handle = pooled.getConnection();
    try (Statement statement = handle.createStatement()) {
      statement.execute("create temp table kept as select 1 as a");
      cluster.primary().terminateBackends();
      assertThat(stateOf(() -> statement.execute("select 1"))).isEqualTo("08006");
    }
    assertThat(handle.isClosed()).isTrue();
    handle.close();

    assertThat(events).containsExactly("error 08006", "closed");
    assertThat(stateOf(() -> pooled.getConnection())).isEqualTo("08003");
    assertThat(events).hasSize(2);
  }

  @Test
  void handle_thatIsClosed_leavesNothingOpen_andTheSessionWhole() throws SQLException {
    Connection handle = pooled.getConnection();
    int backend = handle.unwrap(BatonConnection.class).getBackendPID();
    handle.setAutoCommit(false);
    insert(handle, 1);
    handle.close();
    assertThat(stateOf(() -> handle.prepareStatement("select 1"))).isEqualTo("08003");

    Connection next = pooled.getConnection();
    assertThat(next.unwrap(BatonConnection.class).getBackendPID()).isEqualTo(backend);
    assertThat(next.getAutoCommit()).isTrue();
    assertThat(rows()).isEmpty();
    assertThat(next.unwrap(BatonConnection.class)).isSameAs(next);
    assertThat(next).isNotEqualTo(handle).hasSameHashCodeAs(next);
  }
}
