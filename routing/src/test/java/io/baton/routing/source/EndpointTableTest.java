package io.baton.routing.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.routing.topology.EndpointListing;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.WriterLease;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is read from the tables of an administrator, whatever is in them. */
@PostgresTest
class EndpointTableTest {

  private static final Duration A_CENTURY = Duration.ofDays(36_000);

  private final PostgresCluster cluster;
  private Connection administrator;
  private Connection asking;

  EndpointTableTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void connect() throws SQLException {
    cluster.resetDatabase();
    administrator = cluster.primary().connectAsSuperuser();
    execute("drop schema if exists baton cascade");
    EndpointTable.create(administrator);
    execute("insert into baton.endpoint (host) values ('good')");
    // As connectors do.
    asking =
        DriverManager.getConnection(
            cluster.jdbcUrl("jdbc:postgresql:") + "?preferQueryMode=simple",
            cluster.user(),
            cluster.password());
    asking.setNetworkTimeout(Runnable::run, 3000);
  }

  @AfterEach
  void close() throws SQLException {
    asking.close();
    administrator.close();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = administrator.createStatement()) {
      statement.execute(sql);
    }
  }

  private EndpointListing ask() throws SQLException {
    return new EndpointTable().ask(asking);
  }

  private Duration left(String expiresAt) throws SQLException {
    execute(
        "delete from baton.writer_lease; insert into baton.writer_lease (host, expires_at) values"
            + " ('good', '"
            + expiresAt
            + "')");
    WriterLease lease = Objects.requireNonNull(ask().lease());
    return lease.left();
  }

  @Test
  void lease_thatEndsInThousandsOfYears_isOneOfAHundred() throws SQLException {
    for (String far : new String[] {"2300-01-01", "9999-12-31", "294276-12-31", "infinity"}) {
      assertThat(left(far)).isGreaterThan(A_CENTURY);
      assertThat(left(far).toNanos()).isPositive();
    }
    assertThat(left("-infinity")).isLessThan(A_CENTURY.negated());
  }

  @Test
  void row_thatIsNoEndpoint_isPassedOver_andTheOthersAndTheLeaseCount() throws SQLException {
    execute("alter table baton.endpoint drop constraint endpoint_host_check");
    execute("insert into baton.endpoint (host) values ('  ')");
    assertThat(left("2300-01-01")).isGreaterThan(A_CENTURY);
    assertThat(ask().endpoints())
        .extracting(ListedEndpoint::endpoint)
        .extracting(Object::toString)
        .containsExactly("good:5432");
  }

  @Test
  void leaseOfNobody_isRefused() throws SQLException {
    execute("alter table baton.writer_lease drop constraint writer_lease_host_check");
    execute("insert into baton.writer_lease (host, expires_at) values ('', 'infinity')");
    assertThatThrownBy(this::ask)
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("baton.writer_lease");
  }

  @Test
  void blankHost_isRefusedByTheTable() {
    assertThatThrownBy(() -> execute("insert into baton.endpoint (host) values (' ')"))
        .hasMessageContaining("endpoint_host_check");
  }

  @Test
  void lockedTable_isAnAnswerOfTheServer_beforeTheClientGivesUp() throws SQLException {
    administrator.setAutoCommit(false);
    execute("lock table baton.endpoint in access exclusive mode");

    assertThatThrownBy(this::ask)
        .isInstanceOfSatisfying(
            SQLException.class, locked -> assertThat(locked.getSQLState()).isEqualTo("55P03"));

    administrator.rollback();
    assertThat(ask().endpoints()).hasSize(1);
  }

  @Test
  void tablesThatAreThere_areNotLockedAgain() throws SQLException {
    asking.setAutoCommit(false);
    try (Statement reading = asking.createStatement()) {
      reading.execute("select from baton.endpoint");
    }

    execute("set lock_timeout = '500ms'");
    EndpointTable.create(administrator);

    asking.rollback();
    asking.setAutoCommit(true);
  }

  @Test
  void tableOfAnEarlierRelease_getsItsColumn() throws SQLException {
    execute("alter table baton.endpoint drop column tags");
    EndpointTable.create(administrator);
    execute("update baton.endpoint set tags = 'large'");
    assertThat(ask().endpoints().get(0).tags()).containsEntry("large", "true");
  }
}
