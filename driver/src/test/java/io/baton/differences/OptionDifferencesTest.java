package io.baton.differences;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.differences.Comparison.Known;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;

/**
 * Mistakes in pgjdbc's options, what refuses a login, and what a driver says of itself: each ends
 * as with pgjdbc, with its class, SQLState and text, and at once.
 */
@PostgresTest
@Tag("campaign")
class OptionDifferencesTest {

  private static final List<Known> LEFT =
      List.of(
          Known.of(
              "(connectTimeout|socketTimeout)=.*",
              "`connectTimeout=x`, `socketTimeout=x`",
              "They connect.",
              "Baton bounds each attempt itself, by less where that is asked for."),
          Known.of(
              "(loadBalanceHosts|hostRecheckSeconds|targetServerType)=.*",
              "`targetServerType`, `loadBalanceHosts`, `hostRecheckSeconds` with other values",
              "The first is refused with Baton's own text, the others are not looked at.",
              "They are pgjdbc's choice among hosts, which Baton makes: see"
                  + " [connecting](../guide/connecting.md)."),
          Known.of(
              "localSocketAddress=.*",
              "`localSocketAddress` with an address that this machine does not have",
              "Baton's `NoServerException` (08001) with pgjdbc's exception as its cause.",
              "No server was reached, which is told for all servers at once."),
          Known.of(
              "acceptsURL\\(null\\)|connect\\(null\\)",
              "`Driver.acceptsURL(null)`, `Driver.connect(null, …)`",
              "An `SQLException` with SQLState 22023; pgjdbc's have another class, or no SQLState.",
              "JDBC asks for an `SQLException`, and a mistake in a URL is 22023 here."),
          Known.of(
              "acceptsURL of a malformed one.*|connect with a malformed URL.*",
              "`Driver.acceptsURL` and `Driver.connect` with a URL that begins right and is malformed",
              "It is accepted, and refused with SQLState 22023 and the reason; pgjdbc does not"
                  + " accept it, or says that it cannot be parsed.",
              "Nobody else can have been meant, and a reason is more than \"No suitable driver\"."));

  /** Long before any time limit of Baton's. */
  private static final Duration AT_ONCE = Duration.ofSeconds(20);

  /** Another server, one that writes files, and one that is refused with the names of files. */
  private static final Set<String> NOT_HERE = Set.of("PGHOST", "PGPORT", "loggerFile", "service");

  private static final List<String> FURTHER =
      List.of(
          "options=-c%20work_mem=x",
          "options=-c%20no_such_setting=1",
          "sslmode=require",
          "sslmode=verify-full&sslrootcert=/no/such/file",
          "sslmode=require&sslfactory=no.such.Factory",
          "sslmode=require&sslhostnameverifier=no.such.Verifier",
          "sslmode=require&sslpasswordcallback=no.such.Callback",
          "sslmode=require&sslcert=/no/such/file&sslkey=/no/such/file",
          "gssEncMode=require",
          "channelBinding=require",
          "requireAuth=gss",
          "requireAuth=!scram-sha-256,!password,!md5,!none",
          "protocolVersion=2",
          "socketFactory=java.lang.Object",
          "authenticationPluginClassName=java.lang.Object",
          "prepareThreshold=",
          "autosave=",
          "stringtype=",
          "sslmode=",
          "maxResultBuffer=",
          "preferQueryMode=",
          "socketFactory=",
          "options=",
          "maxResultBuffer=0",
          "loginTimeout=-1",
          "loginTimeout=0",
          "loginTimeout=20&connectExecutor=no.such.Executor",
          "loginTimeout=20&connectExecutor=io.baton.differences.OptionDifferencesTest$OnItsThread",
          "connectExecutor=no.such.Executor",
          "localSocketAddress=192.0.2.1",
          "user=nobody",
          "password=wrong",
          "user=",
          "password=");

  private final Side pgjdbc;
  private final Side baton;
  private final Comparison comparison = new Comparison("options", LEFT);

  OptionDifferencesTest(PostgresCluster cluster) {
    this.pgjdbc = Side.pgjdbc(cluster);
    this.baton = Side.baton(cluster);
  }

  /** An executor of the application. */
  public static final class OnItsThread implements Executor {

    /** Made by name. */
    public OnItsThread() {}

    @Override
    public void execute(Runnable task) {
      new Thread(task, "on its thread").start();
    }
  }

  @Test
  void options_withMistakes_endAsWithPgjdbc() throws Exception {
    for (PGProperty property : PGProperty.values()) {
      if (!NOT_HERE.contains(property.getName())) {
        compare(property.getName() + "=nonsense");
      }
    }
    comparison.counted("each option of pgjdbc with nonsense");
    FURTHER.forEach(this::compare);
    comparison.counted(
        "options with nothing, that do not fit together, name no file or class, or refuse the"
            + " login");
    describe();
    comparison.counted("what a driver says of itself and of a URL");

    comparison.assertAsTold();
  }

  private void compare(String option) {
    long began = System.nanoTime();
    String expected = Told.by(() -> connected(pgjdbc, option));
    String actual = Told.by(() -> connected(baton, option));
    Duration took = Duration.ofNanos(System.nanoTime() - began);

    comparison.add(option, withoutPort(expected), withoutPort(actual));
    assertThat(took).as(option).isLessThan(AT_ONCE);
  }

  private static String withoutPort(String told) {
    return told.replaceAll("127\\.0\\.0\\.1:[0-9]+", "host:port");
  }

  /** What is there once it is connected. */
  private static String connected(Side side, String option) throws SQLException {
    Properties given =
        option.contains("user=") || option.startsWith("password=")
            ? withoutLogin(side, option)
            : side.login();
    try (Connection connection = DriverManager.getConnection(side.url(option), given);
        Statement statement = connection.createStatement()) {
      PGConnection own = connection.unwrap(PGConnection.class);
      return "connected "
          + connection.isReadOnly()
          + statement.getFetchSize()
          + own.getPrepareThreshold()
          + own.getAutosave()
          + own.getPreferQueryMode()
          + connection.getSchema()
          + connection.getMetaData().getURL();
    }
  }

  /** Only what the URL leaves to be said. */
  private static Properties withoutLogin(Side side, String option) {
    Properties login = side.login();
    login.remove(option.startsWith("password=") ? "password" : "user");
    return login;
  }

  private void describe() throws SQLException {
    Driver expecting = DriverManager.getDriver(pgjdbc.url(""));
    Driver actually = DriverManager.getDriver(baton.url(""));
    same("acceptsURL(null)", expecting, actually, driver -> driver.acceptsURL(null));
    same("acceptsURL", expecting, actually, driver -> driver.acceptsURL("jdbc:other:"));
    same("connect", expecting, actually, driver -> driver.connect("jdbc:other:", null));
    same("connect(null)", expecting, actually, driver -> driver.connect(null, null));
    for (String rest : List.of("/test", "//h:x/db", "//h:99999/db", "//h/db?service=none")) {
      comparison.add(
          "acceptsURL of a malformed one " + rest,
          Told.by(() -> expecting.acceptsURL("jdbc:postgresql:" + rest)),
          Told.by(() -> actually.acceptsURL("jdbc:baton:postgresql:" + rest)));
      comparison.add(
          "connect with a malformed URL " + rest,
          Told.by(() -> expecting.connect("jdbc:postgresql:" + rest, pgjdbc.login())),
          Told.by(() -> actually.connect("jdbc:baton:postgresql:" + rest, pgjdbc.login())));
    }
    same("jdbcCompliant", expecting, actually, Driver::jdbcCompliant);
    for (String rest : List.of("//h:1/db?prepareThreshold=3&sslmode=require", "nonsense", "")) {
      for (Properties given : Arrays.asList(null, new Properties(), pgjdbc.login())) {
        comparison.add(
            "getPropertyInfo " + rest,
            Told.by(() -> properties(expecting, "jdbc:postgresql:" + rest, given)),
            Told.by(() -> properties(actually, "jdbc:baton:postgresql:" + rest, given)));
      }
    }
  }

  private interface Question {
    @Nullable Object of(Driver driver) throws SQLException;
  }

  private void same(String call, Driver expecting, Driver actually, Question question) {
    comparison.add(
        call, Told.by(() -> question.of(expecting)), Told.by(() -> question.of(actually)));
  }

  /** The properties of pgjdbc that a driver tells of. */
  private static String properties(Driver driver, String url, @Nullable Properties given)
      throws SQLException {
    List<DriverPropertyInfo> told = new ArrayList<>(List.of(driver.getPropertyInfo(url, given)));
    told.removeIf(info -> info.name.startsWith("baton."));
    return told.stream()
        .map(
            info ->
                info.name
                    + "="
                    + info.value
                    + info.required
                    + Arrays.toString(info.choices)
                    + info.description)
        .collect(Collectors.joining("\n"));
  }
}
