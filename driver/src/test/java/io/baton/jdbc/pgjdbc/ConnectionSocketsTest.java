package io.baton.jdbc.pgjdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class ConnectionSocketsTest {

  private final ConnectionSockets sockets = new ConnectionSockets();

  @Test
  void abort_closesAllSockets_andKeepsItsFirstReason() throws Exception {
    Socket connection = added();
    Socket cancelRequest = added();

    sockets.abort("its server is a standby now");
    sockets.abort("its server does not answer");

    assertThat(connection.isClosed()).isTrue();
    assertThat(cancelRequest.isClosed()).isTrue();
    assertThat(sockets.isAborted()).isTrue();
    assertThat(sockets.abortReason()).isEqualTo("its server is a standby now");
  }

  @Test
  void socket_addedAfterTheAbort_isClosedAtOnce() throws Exception {
    sockets.abort("its server is a standby now");
    Socket late = new Socket();

    assertThatThrownBy(() -> sockets.add(late))
        .isInstanceOf(IOException.class)
        .hasMessage("The connection was aborted: its server is a standby now");
    assertThat(late.isClosed()).isTrue();
  }

  @Test
  void sockets_closedByTheDriver_areNotHeld() throws Exception {
    for (int times = 0; times < 100; times++) {
      added().close();
    }
    Socket last = added();

    assertThat(sockets.size()).isEqualTo(1);
    last.close();
  }

  private Socket added() throws IOException {
    Socket socket = new Socket();
    sockets.add(socket);
    return socket;
  }
}
