package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.Clusters;
import io.baton.testkit.PostgresCluster;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
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

  /** What an application takes out of a connection, and drops together with it. */
  private enum Taken {
    CONNECTION {
      @Override
      void take(Connection from) throws SQLException {
        from.unwrap(PgConnection.class).getBackendPID();
      }
    },
    COPY {
      @Override
      void take(Connection from) throws SQLException {
        try {
          from.unwrap(PGConnection.class)
              .getCopyAPI()
              .copyOut("copy (select 1) to stdout", OutputStream.nullOutputStream());
        } catch (IOException impossible) {
          throw new UncheckedIOException(impossible);
        }
      }
    },
    LARGE_OBJECTS {
      @Override
      void take(Connection from) throws SQLException {
        from.setAutoCommit(false);
        from.unwrap(PGConnection.class).getLargeObjectAPI().createLO();
      }
    };

    abstract void take(Connection from) throws SQLException;
  }

  private String dropAfter(Taken taken) throws SQLException {
    Connection dropped = connect("");
    String backend = ask(dropped, "select pg_backend_pid()");
    taken.take(dropped);
    return backend;
  }

  @ParameterizedTest
  @EnumSource
  void connectionThatIsDropped_isEnded_withTheDriversObjectThatWasTakenOutOfIt(Taken taken)
      throws SQLException {
    awaitEnd(dropAfter(taken));
  }

  /** The driver's own object was closed, which the connection around it does not hear of. */
  @Test
  void connectionOfWhichTheDriversObjectIsClosed_holdsNoCluster() throws SQLException {
    int clusters = Clusters.all().size();
    for (int i = 0; i < 3; i++) {
      closeOwn();
    }
    assertThat(Clusters.all()).hasSize(clusters + 1);
    Awaitility.await()
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              System.gc();
              connect("").close();
              return Clusters.all().size() == clusters;
            });
  }

  /** Of a cluster of one server, which is one of its own. */
  private void closeOwn() throws SQLException {
    String server = cluster.primary().host() + ":" + cluster.primary().port();
    DriverManager.getConnection(
            "jdbc:baton:postgresql://" + server + "/" + cluster.database(),
            cluster.user(),
            cluster.password())
        .unwrap(PgConnection.class)
        .close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void connectionThatIsDropped_isEnded_onceOthersAreOpened(boolean autoCommit) throws SQLException {
    awaitEnd(drop(autoCommit));
    assertThat(rows()).isEqualTo(autoCommit ? "7" : "");
  }

  /** Opens others until the backend is gone. */
  private void awaitEnd(String backend) throws SQLException {
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
  }
}
