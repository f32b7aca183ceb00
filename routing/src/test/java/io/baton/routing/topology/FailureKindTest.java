package io.baton.routing.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateExpiredException;
import java.sql.SQLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What failures to connect say about a server, as pgjdbc throws them. */
class FailureKindTest {

  private static FailureKind kind(@Nullable String state, @Nullable Throwable cause) {
    return FailureKind.of(new SQLException("The connection attempt failed.", state, cause));
  }

  @Test
  void failure_ofThisMachineOrTheWay_saysNothingOfTheServer() {
    assertThat(kind("08001", new UnknownHostException("db.example.org")))
        .isEqualTo(FailureKind.INCONCLUSIVE);
    assertThat(kind("08001", new BindException("Address already in use")))
        .isEqualTo(FailureKind.INCONCLUSIVE);
    for (String lack :
        new String[] {
          "Cannot assign requested address", "Too many open files", "No buffer space available"
        }) {
      assertThat(kind("08001", new SocketException(lack))).isEqualTo(FailureKind.INCONCLUSIVE);
      assertThat(kind("08001", new IOException(new IOException(lack))))
          .isEqualTo(FailureKind.INCONCLUSIVE);
    }
    SSLHandshakeException expired = new SSLHandshakeException("PKIX path validation failed");
    expired.initCause(new CertificateExpiredException("NotAfter: yesterday"));
    assertThat(kind("08006", expired)).isEqualTo(FailureKind.INCONCLUSIVE);
    assertThat(kind("08004", null)).isEqualTo(FailureKind.INCONCLUSIVE);
  }

  /** The driver does not understand what a postmaster says then, and sees the end of the stream. */
  @Test
  void server_thatCouldNotForkAProcess_isNotGone() {
    assertThat(kind("08001", new EOFException())).isEqualTo(FailureKind.INCONCLUSIVE);
  }

  @Test
  void refusal_orReset_orNoRoute_saysThatNobodyIsThere() {
    assertThat(kind("08001", new ConnectException("Connection refused")))
        .isEqualTo(FailureKind.UNREACHABLE);
    assertThat(kind("08001", new SocketException("Connection reset")))
        .isEqualTo(FailureKind.UNREACHABLE);
    assertThat(kind("08001", new NoRouteToHostException("No route to host")))
        .isEqualTo(FailureKind.UNREACHABLE);
    assertThat(kind("08001", null)).isEqualTo(FailureKind.UNREACHABLE);
    assertThat(kind("57P03", null)).isEqualTo(FailureKind.UNREACHABLE);
  }

  @Test
  void silence_andRefusal_areWhatTheyWere() {
    assertThat(kind("08001", new SocketTimeoutException("Connect timed out")))
        .isEqualTo(FailureKind.SILENT);
    assertThat(kind("28P01", null)).isEqualTo(FailureKind.REFUSED);
    assertThat(kind("53300", null)).isEqualTo(FailureKind.REFUSED);
  }

  private static SQLException saidByPooler(String text) {
    return new SQLException("FATAL: " + text, "08P01");
  }

  /** PgBouncer has one SQLState for all that it says itself. */
  @Test
  void pooler_thatHasNoConnectionLeft_isFull_andNotGone() {
    SQLException waited = saidByPooler("query_wait_timeout");
    assertThat(FailureKind.of(waited)).isEqualTo(FailureKind.SILENT);
    assertThat(FailureKind.isFull(waited)).isTrue();
    for (String text :
        new String[] {
          "no more connections allowed (max_client_conn)",
          "client connections exceeded (max_db_client_connections)",
          "client connections exceeded (max_user_client_connections)"
        }) {
      assertThat(FailureKind.of(saidByPooler(text))).isEqualTo(FailureKind.REFUSED);
      assertThat(FailureKind.isFull(saidByPooler(text))).isTrue();
    }
    assertThat(FailureKind.isFull(new SQLException("FATAL: too many clients", "53300"))).isTrue();
  }

  @Test
  void pooler_thatHasLostItsServer_isAsThoughNobodyWereThere() {
    SQLException lost =
        saidByPooler(
            "server login has been failing, cached error: connect failed (server_login_retry)");
    assertThat(FailureKind.of(lost)).isEqualTo(FailureKind.UNREACHABLE);
    assertThat(FailureKind.isFull(lost)).isFalse();
    assertThat(FailureKind.isFull(new SQLException("FATAL: query_wait_timeout", "P0001")))
        .isFalse();
  }
}
