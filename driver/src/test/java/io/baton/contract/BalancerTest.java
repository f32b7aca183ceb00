package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A real HAProxy between the driver and the servers, which are known by its two addresses alone:
 * that of the writer, and that of all standbys. It runs where {@code BATON_PATRONI} is set or with
 * {@code -Ppatroni}, for HAProxy has to be installed; CI does so.
 */
@Tag("haproxy")
@PostgresTest(standbys = 2, synchronous = true)
class BalancerTest {

  private static final Path SCRIPT =
      Path.of(System.getProperty("baton.scripts", "../testkit/scripts"), "haproxy-balancer");

  private final PostgresCluster cluster;
  private final List<HttpServer> checks = new ArrayList<>();
  private Path folder = Path.of("");
  private String writer = "";
  private String reader = "";

  BalancerTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void start() throws Exception {
    for (PostgresNode node : cluster.nodes()) {
      HttpServer check = HttpServer.create(new InetSocketAddress(loopback(), 0), 0);
      answer(check, "/primary", node, true);
      answer(check, "/replica", node, false);
      check.start();
      checks.add(check);
    }
    folder = Files.createTempDirectory("baton-haproxy");
    int writerPort = freePort();
    int readerPort = freePort();
    writer = "127.0.0.1:" + writerPort;
    reader = "127.0.0.1:" + readerPort;
    script(
        "start",
        folder.toString(),
        String.valueOf(writerPort),
        String.valueOf(readerPort),
        checks.stream().map(c -> "" + c.getAddress().getPort()).collect(Collectors.joining(",")),
        cluster.nodes().stream().map(n -> "" + n.directPort()).collect(Collectors.joining(",")));
    Awaitility.await().until(() -> answers(writer) && answers(reader));
    try (Connection direct = cluster.primary().connect();
        Statement statement = direct.createStatement()) {
      statement.execute("create table if not exists work (id int primary key)");
      statement.execute("truncate work");
    }
  }

  @AfterEach
  void stop() throws Exception {
    script("stop", folder.toString());
    checks.forEach(check -> check.stop(0));
    cluster.repair();
  }

  private static void answer(HttpServer check, String path, PostgresNode node, boolean primary) {
    check.createContext(
        path,
        exchange -> {
          boolean is = node.isRunning() && node.isPrimary() == primary;
          exchange.sendResponseHeaders(is ? 200 : 503, -1);
          exchange.close();
        });
  }

  private boolean answers(String balanced) {
    try (Connection plain = open("jdbc:postgresql://" + balanced + "/" + cluster.database())) {
      return plain.isValid(1);
    } catch (SQLException notYet) {
      return false;
    }
  }

  private Connection open(String url) throws SQLException {
    return DriverManager.getConnection(url, cluster.user(), cluster.password());
  }

  private Connection connect(String hosts, String options) throws SQLException {
    return open(
        "jdbc:baton:postgresql://"
            + hosts
            + "/"
            + cluster.database()
            + "?baton.heartbeat=200ms"
            + options);
  }

  /** Writes rows in transactions, until it is over. */
  private static final class Worker extends Thread {
    private final Connection connection;
    private final int first;
    private final AtomicInteger done;
    private final AtomicBoolean over;
    private final Queue<String> errors;

    Worker(
        Connection connection,
        int first,
        AtomicInteger done,
        AtomicBoolean over,
        Queue<String> errors) {
      this.connection = connection;
      this.first = first;
      this.done = done;
      this.over = over;
      this.errors = errors;
    }

    @Override
    public void run() {
      try (connection;
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        for (int id = first; !over.get(); id += 2) {
          statement.execute("insert into work values (" + id + ")");
          statement.execute("insert into work values (" + (id + 1) + ")");
          connection.commit();
          done.addAndGet(2);
        }
      } catch (SQLException failure) {
        errors.add(failure.toString());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void writes_throughTheBalancersAddresses_goOnAtTheNextPrimary(boolean planned) throws Exception {
    AtomicInteger done = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    Queue<String> errors = new ConcurrentLinkedQueue<>();
    List<Worker> workers = new ArrayList<>();
    for (int worker = 0; worker < 4; worker++) {
      String hosts = worker % 2 == 0 ? writer : writer + "," + reader;
      workers.add(new Worker(connect(hosts, ""), worker * 1_000_000, done, over, errors));
    }
    workers.forEach(Thread::start);
    Awaitility.await().until(() -> done.get() > 40);

    if (planned) {
      cluster.switchover();
    } else {
      cluster.failover();
    }

    int before = done.get();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> !errors.isEmpty() || done.get() > before + 40);
    over.set(true);
    for (Worker worker : workers) {
      worker.join();
    }
    assertThat(errors).isEmpty();
    try (Connection direct = cluster.primary().connect();
        Statement statement = direct.createStatement();
        ResultSet row = statement.executeQuery("select count(*) from work")) {
      row.next();
      assertThat(row.getInt(1)).isEqualTo(done.get());
    }
  }

  @Test
  void report_onOneStandby_outlivesTheOtherOneBehindTheSameAddress() throws Exception {
    try (Connection one = connect(reader, "&baton.target=reader");
        Connection other = connect(reader, "&baton.target=reader")) {
      int port = port(one);
      port(other);
      BackgroundCall report =
          BackgroundCall.start(
              () -> {
                try (Statement statement = one.createStatement();
                    ResultSet row =
                        statement.executeQuery(
                            "select inet_server_port() from pg_sleep(3), generate_series(1, 1)")) {
                  row.next();
                  assertThat(row.getInt(1)).as("it was not made again elsewhere").isEqualTo(port);
                }
              });
      PostgresNode dies =
          cluster.standbys().stream()
              .filter(node -> node.directPort() != port)
              .findFirst()
              .orElseThrow();

      dies.crash();

      assertThat(port(other)).isEqualTo(port);
      assertThat(report.endsWithin(Duration.ofSeconds(20))).isEmpty();
      dies.start();
    }
  }

  private static int port(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select inet_server_port()")) {
      row.next();
      return row.getInt(1);
    }
  }

  private static InetAddress loopback() {
    return InetAddress.getLoopbackAddress();
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, loopback())) {
      return free.getLocalPort();
    }
  }

  private static void script(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).inheritIO().start();
    if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException(command + " failed");
    }
  }
}
