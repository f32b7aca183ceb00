package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.testkit.PostgresCluster;
import java.lang.management.ManagementFactory;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What the journal of a transaction keeps in memory stays within {@code baton.journal.maxBytes}.
 */
@Tag("campaign")
class JournalMemoryTest extends ContractFixture {

  private static final int MEGABYTE = 1 << 20;

  /** A tenth of what the application does here; the rest is what caches and the tests may take. */
  private static final long GENEROUS = 20L * MEGABYTE;

  private final long before = liveBytes();

  JournalMemoryTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "?baton.journal.maxBytes=1MB");
  }

  private static long liveBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private void assertKeepsLittle() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(liveBytes() - before).isLessThan(GENEROUS));
  }

  private void assertIsTooLarge() throws SQLException {
    cluster.failover();
    assertThatThrownBy(() -> insert(9))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("baton.journal.maxBytes");
    connection.rollback();
    assertThat(rows()).isEmpty();
  }

  private static String text(int number) {
    return number + "x".repeat(MEGABYTE);
  }

  @Test
  void insertsWithLongTexts_passTheLimitAndAreDropped() throws SQLException {
    connection.setAutoCommit(false);
    for (int number = 0; number < 60; number++) {
      execute("insert into entry select " + number + " where '" + text(number) + "' <> ''");
    }

    assertKeepsLittle();
    assertIsTooLarge();
  }

  @Test
  void insertsWithLongValues_passTheLimitAndAreDropped() throws SQLException {
    connection.setAutoCommit(false);
    try (PreparedStatement statement =
        connection.prepareStatement("insert into entry select ? where ? <> ''")) {
      for (int number = 0; number < 60; number++) {
        statement.setInt(1, number);
        statement.setString(2, text(number));
        statement.executeUpdate();
      }
    }

    assertKeepsLittle();
    assertIsTooLarge();
  }

  /** The journal holds no rows: what the application has dropped can be collected. */
  @Test
  void resultsThatAreNeverClosed_areNotKeptAlive_andTheTransactionIsReplayed() throws SQLException {
    connection.setAutoCommit(false);
    insert(1);
    for (int number = 0; number < 200; number++) {
      dropResult();
    }

    assertKeepsLittle();
    cluster.failover();
    insert(2);
    connection.commit();
    assertThat(rows()).isEqualTo("1 2");
  }

  private void dropResult() throws SQLException {
    Statement statement = connection.createStatement();
    ResultSet rows = statement.executeQuery("select repeat('x', 500000)");
    rows.next();
  }

  @Test
  void statementPreparedWithALongText_isCountedOnce() throws SQLException {
    connection.setAutoCommit(false);
    char[] filler = new char[20_000];
    Arrays.fill(filler, ' ');
    String text = "insert into entry " + new String(filler) + " values (?)";
    try (PreparedStatement statement = connection.prepareStatement(text)) {
      for (int id = 1; id <= 200; id++) {
        statement.setInt(1, id);
        statement.executeUpdate();
      }
    }

    cluster.failover();
    connection.commit();
    try (var direct = cluster.primary().connect()) {
      assertThat(ask(direct, "select count(*) from entry")).isEqualTo("200");
    }
  }
}
