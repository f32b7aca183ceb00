package io.baton.jdbc.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.jdbc.pgjdbc.PgUrl;
import io.baton.routing.topology.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.Driver;

class BatonUrlTest {

  private static final String SERVICE_FILE = "org.postgresql.pgservicefile";

  @Test
  void url_withHostsDatabaseAndParameters_isParted() throws SQLException {
    BatonUrl url =
        BatonUrl.parse(
            "jdbc:baton:postgresql://h1:5433,h2/shop?user=app&baton.failoverTimeout=5s&ssl=true",
            null);

    assertThat(url.endpoints()).containsExactly(new Endpoint("h1", 5433), new Endpoint("h2", 5432));
    assertThat(url.database()).isEqualTo("shop");
    assertThat(url.user()).isEqualTo("app");
    assertThat(url.option(BatonOption.FAILOVER_TIMEOUT)).isEqualTo(Duration.ofSeconds(5));
    assertThat(url.pgProperties()).isEqualTo(properties("user", "app", "ssl", "true"));
    assertThat(url.pgUrl(url.endpoints().get(0))).isEqualTo("jdbc:postgresql://h1:5433/shop");
    assertThat(url.displayText()).isEqualTo("jdbc:baton:postgresql://h1:5433,h2:5432/shop");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "shop",
        "",
        "//",
        "///",
        "?user=app",
        "shop?user=app",
        "//h/",
        "//h/?user=app",
        "//h:5433/",
        "//h/shop",
        "///shop",
        "//:5433/shop",
        "//h1,h2,h3/shop",
        "//h1:1,h2:2/shop",
        "//h1,h2,/shop",
        "//[::1]/shop",
        "//[::1]:5433,[fe80::1],h/shop",
        "//h/sh%20op%2Fx",
        "//h/sh+op",
        "//h/shop?user=a&user=b",
        "//h/shop?password=a%26b%3Dc",
        "//h/shop?ssl",
        "//h/shop?ssl=",
        "//h/shop?&user=app&",
        "//h/shop?host=h2&port=5433&dbname=other",
        "//h/shop?PGHOST=h2&PGPORT=5433",
        "//h/shop?custom=x&ApplicationName=y",
        "//h/shop#x",
      })
  void url_thatPgjdbcAccepts_meansTheSameHere(String rest) throws SQLException {
    Properties given = properties("user", "u", "password", "p", "PGDBNAME", "d", "PGPORT", "6000");
    Properties expected = Objects.requireNonNull(Driver.parseURL("jdbc:postgresql:" + rest, given));

    BatonUrl url = BatonUrl.parse("jdbc:baton:postgresql:" + rest, given);

    assertThat(url.endpoints()).containsExactlyElementsOf(endpoints(expected));
    String database = expected.getProperty("PGDBNAME");
    assertThat(url.database()).isEqualTo(database.isEmpty() ? url.user() : database);
    List.of("PGHOST", "PGPORT", "PGDBNAME").forEach(expected::remove);
    assertThat(url.pgProperties()).isEqualTo(expected);
  }

  private static List<Endpoint> endpoints(Properties settings) {
    String[] hosts = settings.getProperty("PGHOST").split(",", 0);
    String[] ports = settings.getProperty("PGPORT").split(",", 0);
    return IntStream.range(0, hosts.length)
        .mapToObj(
            i ->
                new Endpoint(
                    hosts[i].isEmpty() ? "localhost" : hosts[i], Integer.parseInt(ports[i])))
        .toList();
  }

  @Test
  void urlOfOneEndpoint_givenToPgjdbc_leadsThereAndToTheDatabase() throws SQLException {
    BatonUrl url =
        BatonUrl.parse("jdbc:baton:postgresql://h1,[::1]:5433/a%2Fb%20%25?user=app", null);

    Properties first = PgUrl.parse(url.pgUrl(url.endpoints().get(0)), new Properties()).get();
    Properties second = PgUrl.parse(url.pgUrl(url.endpoints().get(1)), new Properties()).get();

    assertThat(url.database()).isEqualTo("a/b %");
    assertThat(first).containsEntry("PGHOST", "h1").containsEntry("PGPORT", "5432");
    assertThat(second).containsEntry("PGHOST", "[::1]").containsEntry("PGPORT", "5433");
    assertThat(first).containsEntry("PGDBNAME", "a/b %");
  }

  @Test
  void slashAlone_whichPgjdbcDocuments_meansLocalhost() throws SQLException {
    BatonUrl url = BatonUrl.parse("jdbc:baton:postgresql:/", properties("user", "app"));

    assertThat(url.endpoints()).containsExactly(new Endpoint("localhost", 5432));
    assertThat(url.database()).isEqualTo("app");
  }

  @Test
  void userAndDatabase_givenNowhere_areTheOperatingSystemsUser() throws SQLException {
    BatonUrl url = BatonUrl.parse("jdbc:baton:postgresql://h/", null);

    assertThat(url.user()).isEqualTo(System.getProperty("user.name"));
    assertThat(url.database()).isEqualTo(url.user());
  }

  @Test
  void options_inUrlAndProperties_areReadWithTheUrlFirst() throws SQLException {
    Properties defaults =
        properties("baton.heartbeat", "3s", "user", "byDefault", "tcpKeepAlive", "true");
    Properties given = new Properties(defaults);
    given.setProperty("baton.failoverTimeout", "7s");
    given.setProperty("baton.reads", "writer");
    given.setProperty("user", "given");

    BatonUrl url =
        BatonUrl.parse(
            "jdbc:baton:postgresql://h/db?baton.failoverTimeout=5s&baton.failoverTimeout=6s",
            given);

    assertThat(url.option(BatonOption.FAILOVER_TIMEOUT)).isEqualTo(Duration.ofSeconds(6));
    assertThat(url.option(BatonOption.READS)).isEqualTo(Reads.WRITER);
    assertThat(url.option(BatonOption.HEARTBEAT)).isEqualTo(Duration.ofSeconds(3));
    assertThat(url.pgProperties()).isEqualTo(properties("user", "given", "tcpKeepAlive", "true"));
  }

  @Test
  void properties_afterParsing_areNotTouchedAndNotHeld() throws SQLException {
    Properties given = properties("user", "app", "baton.reads", "writer");
    BatonUrl url = BatonUrl.parse("jdbc:baton:postgresql://h/db", given);

    url.pgProperties().setProperty("user", "other");
    given.setProperty("user", "other");

    assertThat(url.user()).isEqualTo("app");
    assertThat(given).hasSize(2);
  }

  @Test
  void service_inTheServiceFile_isReadAsPgjdbcReadsIt(@TempDir Path folder)
      throws IOException, SQLException {
    Path file = folder.resolve("services.conf");
    Files.writeString(
        file, "[shop]\nhost=h1,h2\nport=5433,5434\ndbname=shop\nuser=app\npassword=secret\n");
    String before = System.getProperty(SERVICE_FILE);
    System.setProperty(SERVICE_FILE, file.toString());
    try {
      BatonUrl url =
          BatonUrl.parse("jdbc:baton:postgresql://?service=shop&baton.reads=writer", null);

      assertThat(url.endpoints())
          .containsExactly(new Endpoint("h1", 5433), new Endpoint("h2", 5434));
      assertThat(url.database()).isEqualTo("shop");
      assertThat(url.pgProperties()).isEqualTo(properties("user", "app", "password", "secret"));
    } finally {
      restore(SERVICE_FILE, before);
    }
  }

  @Test
  void password_inThePasswordFile_isLeftToEachConnection(@TempDir Path folder)
      throws IOException, SQLException {
    Path file = folder.resolve("pgpass");
    Files.writeString(file, "*:*:*:*:secret\n");
    String property = "org.postgresql.pgpassfile";
    String before = System.getProperty(property);
    System.setProperty(property, file.toString());
    try {
      BatonUrl url = BatonUrl.parse("jdbc:baton:postgresql://h1,h2/db?user=app", null);

      assertThat(url.pgProperties()).isEqualTo(properties("user", "app"));
      assertThat(PgUrl.parse(url.pgUrl(url.endpoints().get(0)), url.pgProperties()))
          .hasValue(properties("user", "app", "PGHOST", "h1", "PGPORT", "5432", "PGDBNAME", "db"));
    } finally {
      restore(property, before);
    }
  }

  private static void restore(String property, String before) {
    if (before == null) {
      System.clearProperty(property);
    } else {
      System.setProperty(property, before);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "primary, WRITER",
    "master, WRITER",
    "secondary, READER",
    "preferSecondary, READER",
    "slave, READER",
    "any, ANY",
    "preferPrimary, ANY"
  })
  void targetServerType_isTranslatedAndNotPassedOn(String type, SessionTarget target)
      throws SQLException {
    BatonUrl url =
        BatonUrl.parse(
            "jdbc:baton:postgresql://h1,h2/db?user=a&loadBalanceHosts=true&hostRecheckSeconds=2"
                + "&targetServerType="
                + type,
            null);

    assertThat(url.option(BatonOption.TARGET)).isEqualTo(target);
    assertThat(url.options().isGiven(BatonOption.TARGET)).isTrue();
    assertThat(url.pgProperties()).isEqualTo(properties("user", "a"));
  }

  @Test
  void targetServerType_besideATarget_isOverruled() throws SQLException {
    BatonUrl url =
        BatonUrl.parse(
            "jdbc:baton:postgresql://h/db?targetServerType=secondary&baton.target=writer", null);

    assertThat(url.option(BatonOption.TARGET)).isEqualTo(SessionTarget.WRITER);
  }

  @Test
  void endpoint_namedTwice_isOneEndpoint() throws SQLException {
    BatonUrl url = BatonUrl.parse("jdbc:baton:postgresql://h1,h2:5432,H1:5432/db", null);

    assertThat(url.endpoints()).containsExactly(new Endpoint("h1", 5432), new Endpoint("h2", 5432));
  }

  @ParameterizedTest
  @CsvSource({"10, 10000", "0.5, 500", "0, 0", "-1, 0", "soon, 0"})
  void loginTimeout_inSeconds_isReadAsPgjdbcReadsIt(String text, long millis) throws SQLException {
    BatonUrl url = BatonUrl.parse("jdbc:baton:postgresql://h/db?loginTimeout=" + text, null);

    assertThat(url.loginTimeout()).isEqualTo(Duration.ofMillis(millis));
  }

  @Test
  void urls_thatSayTheSame_areEqual() throws SQLException {
    BatonUrl one =
        BatonUrl.parse("jdbc:baton:postgresql://h:5432/db?user=a&baton.reads=writer", null);
    BatonUrl other =
        BatonUrl.parse(
            "jdbc:baton:postgresql://h/db", properties("baton.reads", "writer", "user", "a"));

    assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
    assertThat(one).isNotEqualTo(one.withCredentials("b", null));
    assertThat(one.withCredentials("b", "p").pgProperties())
        .isEqualTo(properties("user", "b", "password", "p"));
    assertThat(one.withCredentials(null, null)).isEqualTo(one);
  }

  @Test
  void database_ofAnotherUser_isHisUnlessItIsNamed() throws SQLException {
    BatonUrl unnamed = BatonUrl.parse("jdbc:baton:postgresql://h/?user=a", null);
    BatonUrl named = BatonUrl.parse("jdbc:baton:postgresql://h/a?user=a", null);

    assertThat(unnamed.database()).isEqualTo("a");
    assertThat(unnamed.withCredentials("b", "p").database()).isEqualTo("b");
    assertThat(named.withCredentials("b", "p").database()).isEqualTo("a");
  }

  @Test
  void toString_ofAUrlWithSecrets_showsNone() throws SQLException {
    BatonUrl url =
        BatonUrl.parse(
            "jdbc:baton:postgresql://h/db?user=app&password=s3cr3t&sslpassword=s3cr3t"
                + "&baton.reads=writer",
            null);

    assertThat(url.toString())
        .isEqualTo("jdbc:baton:postgresql://h:5432/db [baton.reads=writer]")
        .doesNotContain("s3cr3t");
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:baton:postgresql://h/db, true",
    "jdbc:baton:postgresql:db, true",
    "jdbc:baton:postgres://h/db, true",
    "jdbc:postgresql://h/db, false",
    "jdbc:mysql://h/db, false",
    "baton:postgresql://h/db, false",
    "'', false",
  })
  void accepts_anyUrl_thatIsAddressedToBaton(String url, boolean accepted) {
    assertThat(BatonUrl.accepts(url)).isEqualTo(accepted);
  }

  private static Properties properties(String... namesAndValues) {
    Properties properties = new Properties();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      properties.setProperty(namesAndValues[i], namesAndValues[i + 1]);
    }
    return properties;
  }

  @ParameterizedTest
  @CsvSource({
    "shop.cluster-abc1.eu-central-1.rds.amazonaws.com, , one.abc1.eu-central-1.rds.amazonaws.com:5432",
    "shop.cluster-ro-abc1.us-gov-east-1.rds.amazonaws.com:5433, ,"
        + " one.abc1.us-gov-east-1.rds.amazonaws.com:5433",
    "shop.cluster-custom-abc1.eu-west-1.rds.amazonaws.com, , one.abc1.eu-west-1.rds.amazonaws.com:5432",
    "two.abc1.eu-west-1.rds.amazonaws.com, , one.abc1.eu-west-1.rds.amazonaws.com:5432",
    "shop.cluster-abc1.cn-north-1.rds.amazonaws.com.cn, ,"
        + " one.abc1.cn-north-1.rds.amazonaws.com.cn:5432",
    "shop.cluster-abc1.rds.cn-north-1.amazonaws.com.cn, ,"
        + " one.abc1.rds.cn-north-1.amazonaws.com.cn:5432",
    "db.example.org:5433, ?.example.org, one.example.org:5433",
    "db.example.org:5433, ?.example.org:6000, one.example.org:6000",
    "db.example.org, %3F-db.example.org, one-db.example.org:5432",
  })
  void auroraInstances_areReachedAsThePatternOrTheHostsSay(
      String host, @Nullable String pattern, String endpoint) throws SQLException {
    String option = pattern == null ? "" : "&baton.auroraHostPattern=" + pattern;
    BatonUrl url =
        BatonUrl.parse(
            "jdbc:baton:postgresql://" + host + "/shop?baton.topology=aurora" + option, null);

    assertThat(url.auroraInstance("one")).hasToString(endpoint);
    assertThatThrownBy(() -> url.auroraInstance("evil.host"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "db.example.org",
        "10.0.0.1",
        "shop.proxy-abc1.eu-central-1.rds.amazonaws.com",
        "shop.global-abc1.global.rds.amazonaws.com"
      })
  void aurora_withHostsThatTellNothingOfInstances_isRefused(String host) {
    assertThatThrownBy(
            () ->
                BatonUrl.parse(
                    "jdbc:baton:postgresql://" + host + "/shop?baton.topology=aurora", null))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("baton.auroraHostPattern")
        .hasMessageContaining(host)
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("22023");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "baton.rules=user:app=reports | Rule 1 of baton.rules names the group reports, and"
            + " baton.groups has none.",
        "baton.rules=user:x=batch;user:app=raports&baton.groups=batch=h1;reports=h2:5433 | Rule 2 of"
            + " baton.rules names the group raports, and baton.groups has none of this name. Did"
            + " you mean reports?",
        "baton.groups=batch=h1,h2 | The group batch of baton.groups has h2:5432, which is none"
            + " of the hosts of the URL. Did you mean h2:5433?",
      })
  void rules_thatLeadNowhere_areRefused(String options, String message) {
    assertThatThrownBy(
            () -> BatonUrl.parse("jdbc:baton:postgresql://h1,h2:5433/shop?" + options, null))
        .isInstanceOf(SQLException.class)
        .hasMessage(message)
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("22023");
  }

  @ParameterizedTest
  @CsvSource({
    "user=app, batch",
    "user=bi, reports",
    "user=bi&ApplicationName=nightly-7, batch",
    "user=other, ",
  })
  void rules_fitByTheFirstThatDoes(String who, @Nullable String group) throws SQLException {
    BatonUrl url =
        BatonUrl.parse(
            "jdbc:baton:postgresql://h1,h2/shop?baton.groups=reports=h1;batch=h2"
                + "&baton.rules=application:nightly-*=batch;user:bi=reports;database:dwh=reports;"
                + "user:app=batch&"
                + who,
            null);

    assertThat(url.readerScope().map(scope -> scope.group().name()))
        .isEqualTo(Optional.ofNullable(group));
    assertThat(url.withCredentials("bi", null).readerScope()).isPresent();
  }
}
