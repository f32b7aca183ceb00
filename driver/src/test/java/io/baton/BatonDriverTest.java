package io.baton;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.jdbc.options.BatonOption;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGProperty;

class BatonDriverTest {

  private final BatonDriver driver = new BatonDriver();

  @Test
  void driverManager_askedForABatonUrl_findsTheDriver() throws SQLException {
    assertThat(DriverManager.getDriver("jdbc:baton:postgresql://h/db"))
        .isInstanceOf(BatonDriver.class);
    assertThat(ServiceLoader.load(Driver.class)).hasAtLeastOneElementOfType(BatonDriver.class);
  }

  @Test
  void driverManager_askedForAPgjdbcUrl_findsPgjdbc() throws SQLException {
    assertThat(DriverManager.getDriver("jdbc:postgresql://h/db"))
        .isInstanceOf(org.postgresql.Driver.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdbc:postgresql://h/db", "jdbc:mysql://h/db", "", "baton"})
  void urlOfAnotherDriver_isLeftToIt(String url) throws SQLException {
    assertThat(driver.acceptsURL(url)).isFalse();
    assertThat(driver.connect(url, new Properties())).isNull();
  }

  @Test
  void driverManager_givenAMistypedOption_throwsWhatIsWrong() {
    assertThatThrownBy(
            () ->
                DriverManager.getConnection(
                    "jdbc:baton:postgresql://h/db?baton.failoverTimout=5s", "app", "s3cr3t"))
        .isInstanceOf(SQLException.class)
        .hasMessage(
            "baton.failoverTimout is not an option of Baton. Did you mean baton.failoverTimeout?");
  }

  @Test
  void driverManager_givenAMistypedSubprotocol_throwsWhatIsWrong() {
    assertThatThrownBy(() -> DriverManager.getConnection("jdbc:baton:postgres://h/db"))
        .isInstanceOf(SQLException.class)
        .hasMessageStartingWith("The URL is malformed at character 12: after jdbc:baton: comes");
  }

  @SuppressWarnings("NullAway") // what is tested is that null is refused
  @Test
  void nullUrl_isRefused() {
    assertThatThrownBy(() -> driver.acceptsURL(null)).isInstanceOf(SQLException.class);
    assertThatThrownBy(() -> driver.connect(null, new Properties()))
        .isInstanceOf(SQLException.class);
  }

  @Test
  void propertyInfo_ofAUrl_holdsEveryOptionAndEveryPropertyOfPgjdbc() {
    Properties given = new Properties();
    given.setProperty("baton.reads", "writer");
    given.setProperty("prepareThreshold", "3");

    Map<String, DriverPropertyInfo> infos =
        byName(
            driver.getPropertyInfo(
                "jdbc:baton:postgresql://h1,h2/shop?user=app&baton.failoverTimeout=5s", given));

    assertThat(infos.keySet())
        .containsAll(BatonOption.all().stream().map(BatonOption::name).toList())
        .containsAll(Arrays.stream(PGProperty.values()).map(PGProperty::getName).toList())
        .hasSize(BatonOption.all().size() + PGProperty.values().length);
    assertThat(named(infos, "baton.failoverTimeout").value).isEqualTo("5s");
    assertThat(named(infos, "baton.reads").value).isEqualTo("writer");
    assertThat(named(infos, "baton.reads").choices).containsExactly("declared", "auto", "writer");
    assertThat(named(infos, "baton.heartbeat").value).isEqualTo("1s");
    assertThat(named(infos, "baton.heartbeat").choices).isNull();
    assertThat(named(infos, "baton.heartbeat").required).isFalse();
    assertThat(named(infos, "baton.heartbeat").description)
        .isEqualTo(
            "How often each server is asked whether it lives, which is how a hung one is found."
                + " Values: a duration from 10ms to 1h, such as 1s; 0 switches it off.");
    assertThat(named(infos, "baton.patroniUrls").description)
        .startsWith("Where the REST interface of Patroni is");
    assertThat(named(infos, "prepareThreshold").value).isEqualTo("3");
    assertThat(named(infos, "user").value).isEqualTo("app");
    assertThat(named(infos, "PGHOST").value).isEqualTo("h1,h2");
    assertThat(named(infos, "PGDBNAME").value).isEqualTo("shop");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"jdbc:baton:", "jdbc:baton:postgresql://h", "jdbc:baton:postgresql://h/?baton.x"})
  void propertyInfo_ofAUrlThatIsBeingTyped_isAnsweredAllTheSame(String url) {
    assertThat(driver.getPropertyInfo(url, null))
        .hasSize(BatonOption.all().size() + PGProperty.values().length);
  }

  private static Map<String, DriverPropertyInfo> byName(DriverPropertyInfo[] infos) {
    return List.of(infos).stream()
        .collect(Collectors.toMap(info -> info.name, Function.identity()));
  }

  private static DriverPropertyInfo named(Map<String, DriverPropertyInfo> infos, String name) {
    return Objects.requireNonNull(infos.get(name), name);
  }

  @Test
  void version_comesFromTheBuild() {
    assertThat(BatonVersion.FULL).matches("[0-9]+\\.[0-9]+\\..+").doesNotContain("$");
    assertThat(driver.getMajorVersion() + "." + driver.getMinorVersion() + ".")
        .isEqualTo(BatonVersion.FULL.substring(0, BatonVersion.FULL.indexOf('.', 2) + 1));
    assertThat(driver.jdbcCompliant()).isFalse();
  }

  @Test
  void parentLogger_isNotSupported() {
    assertThatThrownBy(driver::getParentLogger).isInstanceOf(SQLFeatureNotSupportedException.class);
  }
}
