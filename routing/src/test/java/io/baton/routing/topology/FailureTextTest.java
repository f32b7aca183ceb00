package io.baton.routing.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class FailureTextTest {

  private static String text(String message, Throwable cause) {
    return FailureText.of(new SQLException(message, "08001", cause));
  }

  @Test
  void rootCause_isNamed() {
    assertThat(text("The connection attempt failed.", new ConnectException("Connection refused")))
        .isEqualTo("The connection attempt failed: Connection refused [08001]");
    assertThat(text("The connection attempt failed.", new UnknownHostException("db1")))
        .isEqualTo("The connection attempt failed: UnknownHostException: db1 [08001]");
    assertThat(text("An I/O error occurred while sending to the backend.:", new EOFException()))
        .startsWith("An I/O error occurred while sending to the backend")
        .endsWith("EOFException [08001]");
  }

  @Test
  void causeThatTheMessageHas_isNotRepeated() {
    assertThat(text("I/O error: Connection reset", new ConnectException("Connection reset")))
        .isEqualTo("I/O error: Connection reset [08001]");
  }

  @Test
  void lineBreaks_andNoMessage() {
    assertThat(FailureText.of(new SQLException("one\n  two", "57P01")))
        .isEqualTo("one two [57P01]");
    assertThat(FailureText.of(new IllegalStateException())).isEqualTo("IllegalStateException");
  }

  @Test
  void message_isNeverNull() {
    assertThat(FailureText.message(new SQLException("one\n  two", "57P01")))
        .isEqualTo("one\n  two");
    assertThat(FailureText.message(new ClosedChannelException()))
        .isEqualTo("ClosedChannelException");
    assertThat(FailureText.message(new SQLException())).isEqualTo("SQLException");
  }
}
