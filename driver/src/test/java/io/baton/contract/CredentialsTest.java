package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.BatonDataSource;
import io.baton.Clusters;
import io.baton.EndpointStatus;
import io.baton.PasswordSupplier;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.plugin.AuthenticationPlugin;
import org.postgresql.plugin.AuthenticationRequestType;

/**
 * Passwords that change while sessions live: whoever supplies them is asked anew for each
 * connection to a server, of a session or of a monitor.
 */
@PostgresTest(standbys = 1)
@Tag("campaign")
class CredentialsTest {

  private static final String SECRET = "the-secret";

  /** The password that is right now. */
  private static volatile String current = SECRET;

  private static final AtomicInteger ASKED = new AtomicInteger();
  private static final Set<String> THREADS = ConcurrentHashMap.newKeySet();

  private final PostgresCluster cluster;

  CredentialsTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  private static String next() {
    ASKED.incrementAndGet();
    THREADS.add(Thread.currentThread().getName());
    return current;
  }

  /** Supplies the present password. */
  public static final class Own implements PasswordSupplier {

    /** Made by name. */
    public Own() {}

    @Override
    public String password(String user, String host, int port) {
      assertThat(user).isEqualTo("shop");
      assertThat(host).isNotEmpty();
      assertThat(port).isPositive();
      return next();
    }
  }

  /** Supplies it, too. */
  public static final class Plain implements Supplier<String> {

    /** Made by name. */
    public Plain() {}

    @Override
    public String get() {
      return next();
    }
  }

  /** Supplies it to pgjdbc. */
  public static final class Plugin implements AuthenticationPlugin {

    /** Made by name. */
    public Plugin() {}

    @Override
    public char[] getPassword(AuthenticationRequestType type) {
      return next().toCharArray();
    }
  }

  /** Has none. */
  public static final class Failing implements PasswordSupplier {

    /** Made by name. */
    public Failing() {}

    @Override
    public @Nullable String password(String user, String host, int port) {
      throw new IllegalStateException("no token since " + SECRET + " has expired");
    }
  }

  /** Does not answer; takes no interrupt, either. */
  public static final class Hanging implements PasswordSupplier {

    /** Released to let it answer. */
    static volatile CountDownLatch answer = new CountDownLatch(0);

    /** Made by name. */
    public Hanging() {}

    @Override
    public String password(String user, String host, int port) {
      boolean answered = false;
      while (!answered) {
        try {
          answer.await();
          answered = true;
        } catch (InterruptedException ignored) {
          // Like code that reads from a socket.
        }
      }
      return next();
    }
  }

  @BeforeEach
  void role() throws SQLException {
    administrate(
        "do $$ begin create role shop login; exception when duplicate_object then null; end $$");
    change(SECRET);
    ASKED.set(0);
    THREADS.clear();
  }

  private void change(String password) throws SQLException {
    administrate("alter role shop password '" + password + "'");
    current = password;
  }

  private void administrate(String sql) throws SQLException {
    try (Connection direct = cluster.primary().connectAsSuperuser();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }

  private Connection open(String option) throws SQLException {
    Properties login = new Properties();
    login.setProperty("user", "shop");
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + "?" + option, login);
  }

  private static String who(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("select session_user || ' ' || count(*) from own")) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static void prepare(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("create temp table own (id int)");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "baton.passwordSupplier=io.baton.contract.CredentialsTest$Own",
        "baton.passwordSupplier=io.baton.contract.CredentialsTest$Plain",
        "authenticationPluginClassName=io.baton.contract.CredentialsTest$Plugin"
      })
  void supplier_ofAPasswordThatHasChanged_isAskedAnewForTheNextServer(String option)
      throws SQLException {
    try (Connection connection = open(option)) {
      prepare(connection);
      // Monitors may look beside the session: what the last test knew of the servers is fresh.
      Awaitility.await("logins of the session and of two monitors").until(() -> ASKED.get() > 2);
      int before = ASKED.get();
      assertThat(THREADS).anyMatch(name -> name.startsWith("baton-monitor"));

      change("another");
      cluster.failover();

      assertThat(who(connection)).isEqualTo("shop 0");
      assertThat(ASKED.get()).isGreaterThan(before);
    }
  }

  @Test
  void instance_ofADataSource_isAsked() throws SQLException {
    AtomicInteger asked = new AtomicInteger();
    try (BatonDataSource dataSource = new BatonDataSource()) {
      dataSource.setUrl(cluster.jdbcUrl("jdbc:baton:postgresql:"));
      dataSource.setUser("shop");
      dataSource.setPasswordSupplierInstance(
          (user, host, port) -> {
            asked.incrementAndGet();
            return current;
          });
      try (Connection connection = dataSource.getConnection()) {
        prepare(connection);
        assertThat(who(connection)).isEqualTo("shop 0");
      }
      int before = asked.get();
      change("another");
      try (Connection connection = dataSource.getConnection()) {
        assertThat(connection.isValid(5)).isTrue();
      }
      assertThat(asked.get()).isGreaterThan(before);
      assertThat(dataSource.toString()).doesNotContain(SECRET);
    }
  }

  @Test
  void passwordFile_thatHasChanged_isReadAnew(@TempDir Path directory)
      throws IOException, SQLException {
    Path file = directory.resolve("passwords");
    Files.writeString(file, "*:*:*:shop:" + SECRET + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    String before = System.getProperty("org.postgresql.pgpassfile");
    System.setProperty("org.postgresql.pgpassfile", file.toString());
    try (Connection connection = open("")) {
      prepare(connection);

      change("another");
      Files.writeString(file, "*:*:*:shop:another\n");
      cluster.failover();

      assertThat(who(connection)).isEqualTo("shop 0");
    } finally {
      if (before == null) {
        System.clearProperty("org.postgresql.pgpassfile");
      } else {
        System.setProperty("org.postgresql.pgpassfile", before);
      }
    }
  }

  private SQLException refusal(String option) {
    long began = System.nanoTime();
    SQLException refused = catchThrowableOfType(SQLException.class, () -> open(option).close());
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
    return refused;
  }

  @Test
  void supplierThatFails_isNamedAtOnce() {
    SQLException refused = refusal("baton.passwordSupplier=" + Failing.class.getName());

    assertThat(refused.getSQLState()).isEqualTo("28000");
    assertThat((Throwable) refused)
        .hasMessageContaining("baton.passwordSupplier")
        .hasMessageContaining("Failing")
        .hasMessageContaining("\"shop\"")
        .hasMessageNotContaining(SECRET)
        .hasCauseInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"no.such.Class", "java.lang.Object", "java.lang.Runnable"})
  void classThatSuppliesNothing_isAMistake(String name) {
    SQLException refused = refusal("baton.passwordSupplier=" + name);

    assertThat(refused.getSQLState()).isEqualTo("22023");
    assertThat((Throwable) refused).hasMessageContaining("baton.passwordSupplier=" + name);
  }

  @Test
  void wrongPasswordOfASupplier_isTheServersOwnError() {
    current = "wrong";

    SQLException refused = refusal("baton.passwordSupplier=" + Own.class.getName());

    assertThat(refused.getSQLState()).isEqualTo("28P01");
    assertThat(ASKED.get()).as("logins that were tried").isLessThan(20);
  }

  @Test
  void supplierThatHangs_isWaitedForAsLongAsForAConnect() {
    Hanging.answer = new CountDownLatch(1);
    try {
      long began = System.nanoTime();
      SQLException refused =
          refusal("connectTimeout=1&baton.passwordSupplier=" + Hanging.class.getName());

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
      assertThat(refused.getSQLState()).isEqualTo("28000");
      assertThat((Throwable) refused)
          .hasMessageContaining("Hanging has not answered within 1000 ms");
    } finally {
      Hanging.answer.countDown();
    }
  }

  @Test
  void supplierThatHangs_inAFailover_isAskedAgain() throws Exception {
    try (Connection connection =
        open("connectTimeout=1&baton.passwordSupplier=" + Hanging.class.getName())) {
      prepare(connection);
      Hanging.answer = new CountDownLatch(1);
      try {
        cluster.failover();
        BackgroundCall call =
            BackgroundCall.start(() -> assertThat(who(connection)).isEqualTo("shop 0"));
        call.awaitEndOr(Duration.ofSeconds(3));
        assertThat(call.hasEnded()).isFalse();

        Hanging.answer.countDown();
        assertThat(call.endsWithin(Duration.ofSeconds(20))).isEmpty();
      } finally {
        Hanging.answer.countDown();
      }
    }
  }

  private BatonDataSource suppliedBy(PasswordSupplier supplier, String options) {
    BatonDataSource dataSource = new BatonDataSource();
    dataSource.setUrl(cluster.jdbcUrl("jdbc:baton:postgresql:") + options);
    dataSource.setUser("shop");
    dataSource.setPasswordSupplierInstance(supplier);
    return dataSource;
  }

  /** It is no trouble that passes: the supplier has answered. */
  @Test
  void supplierThatHasNoPasswordAnyMore_endsTheSessionAtOnce() throws SQLException {
    AtomicReference<@Nullable String> password = new AtomicReference<>(SECRET);
    try (BatonDataSource source =
            suppliedBy((user, host, port) -> password.get(), "?baton.failoverTimeout=60s");
        Connection connection = source.getConnection()) {
      prepare(connection);
      password.set(null);
      long began = System.nanoTime();
      cluster.primary().terminateBackends();

      SQLException lost = catchThrowableOfType(SQLException.class, () -> who(connection));

      assertThat(lost.getSQLState()).isEqualTo("08006");
      assertThat(lost.getCause())
          .isInstanceOf(SQLException.class)
          .extracting(cause -> ((SQLException) cause).getSQLState())
          .isEqualTo("08004");
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(30));
    }
  }

  /** The server is there: what is said is what kept the session from it. */
  @Test
  void supplierThatFailsWhileTheWriterIsUp_isNamedFirst() throws SQLException {
    AtomicReference<@Nullable String> password = new AtomicReference<>(SECRET);
    try (BatonDataSource source =
            suppliedBy(
                (user, host, port) -> {
                  String given = password.get();
                  if (given == null) {
                    throw new IllegalStateException("no token");
                  }
                  return given;
                },
                "?baton.failoverTimeout=2s&ApplicationName=victim&baton.warm=0");
        Connection connection = source.getConnection()) {
      prepare(connection);
      Awaitility.await()
          .until(
              () -> Clusters.of(connection).topology().stream().allMatch(EndpointStatus::isUsable));
      password.set(null);
      cluster.primary().terminateBackends("victim");

      SQLException none = catchThrowableOfType(SQLException.class, () -> who(connection));

      assertThat(none.getSQLState()).isEqualTo("08001");
      assertThat(String.valueOf(none.getMessage()).lines().findFirst())
          .hasValueSatisfying(
              headline ->
                  assertThat(headline)
                      .contains("answers its monitor")
                      .contains("baton.passwordSupplier")
                      .doesNotContain("is a primary"));
    }
  }

  private SQLException endWithoutMonitors(String change, @Nullable String later)
      throws SQLException {
    AtomicReference<@Nullable String> password = new AtomicReference<>(SECRET);
    try (BatonDataSource source =
            suppliedBy(
                (user, host, port) -> {
                  String given = password.get();
                  if (given == null) {
                    throw new IllegalStateException("no token");
                  }
                  return given;
                },
                "?baton.failoverTimeout=2s&baton.warm=0");
        Connection connection = source.getConnection()) {
      prepare(connection);
      password.set(later);
      administrate(change);
      cluster.awaitReplication();
      cluster.primary().terminateBackends();
      return catchThrowableOfType(SQLException.class, () -> who(connection));
    }
  }

  /** Nobody is missing: it is not said that a primary is. */
  @Test
  void whatKeepsEverybodyOut_isNamedFirst_ofASupplier() throws SQLException {
    SQLException none = endWithoutMonitors("select 1", null);

    assertThat(none.getSQLState()).isEqualTo("08001");
    assertThat(String.valueOf(none.getMessage()).lines().findFirst().orElseThrow())
        .contains("let this program in", "baton.passwordSupplier")
        .doesNotContain("is a primary");
  }

  @Test
  void whatKeepsEverybodyOut_isNamedFirst_ofARole() throws SQLException {
    try {
      SQLException none = endWithoutMonitors("alter role shop connection limit 0", SECRET);

      assertThat(none.getSQLState()).isEqualTo("08001");
      assertThat(String.valueOf(none.getMessage()).lines().findFirst().orElseThrow())
          .contains("let this program in", "53300")
          .doesNotContain("is a primary");
    } finally {
      administrate("alter role shop connection limit -1");
    }
  }
}
