package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.jdbc.UnconnectedSockets;
import io.baton.testkit.PostgresCluster;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** A call that ends with an exception of the program's own, although its statement has run. */
class BrokenOffTest extends ContractFixture {

  private static final AtomicBoolean BREAKS = new AtomicBoolean();

  private static final class Broken extends IllegalStateException {
    private static final long serialVersionUID = 1L;
  }

  /** Makes sockets that break once, after they have sent what they were to send. */
  public static final class Sockets extends UnconnectedSockets {

    @Override
    public Socket createSocket() {
      return new Socket() {
        @Override
        public OutputStream getOutputStream() throws IOException {
          return new FilterOutputStream(super.getOutputStream()) {
            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
              out.write(bytes, from, length);
              if (BREAKS.getAndSet(false)) {
                throw new Broken();
              }
            }
          };
        }
      };
    }
  }

  BrokenOffTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "?baton.heartbeat=1h&socketFactory=" + Sockets.class.getName());
  }

  @Test
  void transaction_isNotReplayed_withoutACallThatMayHaveRun() throws SQLException {
    connection.setAutoCommit(false);
    insert(1);
    BREAKS.set(true);
    assertThatThrownBy(() -> insert(2)).isInstanceOf(Broken.class);
    cluster.primary().proxy().resetConnections();

    assertThatThrownBy(() -> insert(3))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("an exception of the program")
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("40001");
    connection.rollback();
    insert(4);
    connection.commit();
    assertThat(rows()).isEqualTo("4");
  }
}
