package io.baton.jdbc.pgjdbc;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.net.SocketException;
import org.junit.jupiter.api.Test;

/** What is sent on a connection without a server. */
class StartUpSocketTest {

  private static final byte[] START_UP = {0, 0, 0, 8, 0, 3, 0, 0};
  private static final byte[] TERMINATE = {'X', 0, 0, 0, 4};
  private static final byte[] SYNC = {'S', 0, 0, 0, 4};

  @Test
  void farewell_isTaken_sinceTheDriverLogsWhatBecomesOfIt() throws Exception {
    try (StartUpSocket socket = new StartUpSocket(new byte[0])) {
      OutputStream request = socket.getOutputStream();
      request.write(START_UP);

      assertThatCode(() -> request.write(TERMINATE)).doesNotThrowAnyException();
    }
  }

  @Test
  void anythingElse_failsAsOnALostConnection() throws Exception {
    try (StartUpSocket socket = new StartUpSocket(new byte[0])) {
      OutputStream request = socket.getOutputStream();
      request.write(START_UP);

      assertThatThrownBy(() -> request.write(SYNC)).isInstanceOf(SocketException.class);
      // What the driver has left in its buffer, when it says farewell.
      assertThatCode(() -> request.write(SYNC)).doesNotThrowAnyException();
    }
  }
}
