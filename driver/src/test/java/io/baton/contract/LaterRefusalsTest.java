package io.baton.contract;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.ServerCertificate;
import io.baton.testkit.junit.PostgresTest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What refuses a connection although the same options worked before: a first connect hears of it at
 * once, and a session that had begun waits until it is put right.
 */
@PostgresTest
@Tag("campaign")
class LaterRefusalsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final PostgresNode node;
  private final PostgresCluster cluster;
  private @TempDir Path folder;
  private Path root;
  private ServerCertificate right;

  LaterRefusalsTest(PostgresCluster cluster) {
    this.cluster = cluster;
    this.node = cluster.primary();
  }

  @BeforeEach
  void encrypt() throws SQLException, IOException {
    right = ServerCertificate.create(folder);
    right.encrypt(node);
    root = Files.writeString(folder.resolve("root.crt"), right.pem());
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + "?sslmode=verify-ca&sslrootcert=" + root,
        cluster.user(),
        cluster.password());
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private BackgroundCall waiting(Connection connection) {
    return BackgroundCall.start(() -> execute(connection, "select 1")).awaitWaiting();
  }

  @Test
  void certificateThatIsNotTrusted_isWaitedFor() throws Exception {
    try (Connection connection = connect()) {
      execute(connection, "set application_name = 'kept'");
      node.crash();
      ServerCertificate.create(folder).putInto(node);
      node.start();
      BackgroundCall call = waiting(connection);

      right.putInto(node);
      node.reload();

      assertThat(call.endsWithin(PATIENCE)).isEmpty();
      assertThat(ContractFixture.ask(connection, "show application_name")).isEqualTo("kept");
    }
  }

  @Test
  void certificateThatIsNotTrusted_endsAFirstConnect_asWithPgjdbc() throws Exception {
    Path other = folder.resolve("other.crt");
    Files.writeString(other, ServerCertificate.create(folder).pem());
    String expected = refusal("jdbc:postgresql:", other);

    assertThat(expected).contains("PSQLException").contains("08006");
    assertThat(refusal("jdbc:baton:postgresql:", other)).isEqualTo(expected);
  }

  /** The monitors are connected already: only the new session meets it. */
  @Test
  void certificateThatIsNotTrustedAnyMore_endsALaterConnect_asWithPgjdbc() throws Exception {
    try (Connection connection = connect()) {
      execute(connection, "select 1");
      Files.writeString(root, ServerCertificate.create(folder).pem());

      assertThat(refusal("jdbc:baton:postgresql:", root))
          .isEqualTo(refusal("jdbc:postgresql:", root));
    }
  }

  private String refusal(String prefix, Path trusted) {
    String url = cluster.jdbcUrl(prefix) + "?sslmode=verify-ca&sslrootcert=" + trusted;
    SQLException refused =
        catchThrowableOfType(
            SQLException.class,
            () -> DriverManager.getConnection(url, cluster.user(), cluster.password()).close());
    return refused.getClass().getName()
        + " "
        + refused.getSQLState()
        + " "
        + refused.getMessage()
        + " "
        + refused.getCause();
  }

  @Test
  void fileThatIsGone_isWaitedFor() throws Exception {
    try (Connection connection = connect()) {
      Files.delete(root);
      node.crash();
      node.start();
      BackgroundCall call = waiting(connection);
      SQLException refused = catchThrowableOfType(SQLException.class, () -> connect().close());
      assertThat((Throwable) refused).as("a first connect").hasMessageContaining("root.crt");

      Files.writeString(root, right.pem());

      assertThat(call.endsWithin(PATIENCE)).isEmpty();
    }
  }

  @Test
  void serverThatCannotFork_isWaitedFor() throws Exception {
    ServerSocket full = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    AtomicInteger refusals = new AtomicInteger();
    Thread refusing = new Thread(() -> refuse(full, refusals), "server that cannot fork");
    try (Connection connection = connect();
        full) {
      refusing.start();
      node.proxy()
          .turnTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort()));
      node.proxy().resetConnections();
      BackgroundCall call = waiting(connection);
      Awaitility.await().until(() -> refusals.get() > 2);
      assertThat(call.hasEnded()).isFalse();

      node.proxy().turnTo(new InetSocketAddress(node.directHost(), node.directPort()));

      assertThat(call.endsWithin(PATIENCE)).isEmpty();
    }
    refusing.join();
  }

  /** Answers as the postmaster does: in the old protocol, before anything else was said. */
  private static void refuse(ServerSocket full, AtomicInteger refusals) {
    byte[] answer = "Ecould not fork new process for connection\n\0".getBytes(US_ASCII);
    while (!full.isClosed()) {
      try (Socket client = full.accept()) {
        InputStream request = client.getInputStream();
        request.readNBytes(8); // The request for TLS: read, so that nothing is reset.
        client.getOutputStream().write(answer);
        refusals.incrementAndGet();
      } catch (IOException closed) {
        // The client has gone, or the test is over.
      }
    }
  }
}
