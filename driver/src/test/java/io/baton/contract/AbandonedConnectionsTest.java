package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.jdbc.PgConnection;

/** Connections that an application drops without closing them end, as with pgjdbc. */
class AbandonedConnectionsTest extends ContractFixture {

  AbandonedConnectionsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  private String drop(boolean autoCommit) throws SQLException {
    Connection dropped = connect("");
    dropped.setAutoCommit(autoCommit);
    PreparedStatement statement = dropped.prepareStatement("insert into entry values (?)");
    statement.setInt(1, 7);
    statement.execute();
    ResultSet rows = dropped.createStatement().executeQuery("select pg_backend_pid()");
    rows.next();
    return rows.getString(1);
  }

  /** Whoever has the driver's own object uses the connection through that. */
  @Test
  void connectionOfWhichTheDriversObjectIsHeld_isLeftAlone() throws SQLException {
    PgConnection held = connect("").unwrap(PgConnection.class);
    for (int i = 0; i < 10; i++) {
      System.gc();
      connect("").close();
    }
    assertThat(ask(held, "select 1")).isEqualTo("1");
    held.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void connectionThatIsDropped_isEnded_onceOthersAreOpened(boolean autoCommit) throws SQLException {
    String backend = drop(autoCommit);
    List<Connection> kept = new ArrayList<>();
    try (Connection direct = cluster.primary().connectAsSuperuser()) {
      String asked = "select count(*) from pg_stat_activity where pid = " + backend;
      assertThat(ask(direct, asked)).isEqualTo("1");
      Awaitility.await()
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                System.gc();
                kept.add(connect(""));
                return ask(direct, asked).equals("0");
              });
    } finally {
      for (Connection one : kept) {
        one.close();
      }
    }
    assertThat(rows()).isEqualTo(autoCommit ? "7" : "");
  }
}
