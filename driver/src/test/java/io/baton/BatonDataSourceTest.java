package io.baton;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.BatonUrl;
import io.baton.jdbc.options.Reads;
import io.baton.routing.topology.Endpoint;
import java.beans.BeanInfo;
import java.beans.IntrospectionException;
import java.beans.Introspector;
import java.beans.PropertyDescriptor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLNonTransientException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.naming.Reference;
import javax.naming.StringRefAddr;
import javax.naming.spi.NamingManager;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.ds.PGSimpleDataSource;

class BatonDataSourceTest {

  static Stream<BatonOption<?>> options() {
    return BatonOption.all().stream();
  }

  @ParameterizedTest
  @MethodSource("options")
  void everyOption_isABeanPropertyOfTypeString(BatonOption<?> option)
      throws ReflectiveOperationException, IntrospectionException {
    PropertyDescriptor property = named(beanProperties(BatonDataSource.class), option.beanName());
    BatonDataSource dataSource = new BatonDataSource();

    assertThat(property.getPropertyType()).isEqualTo(String.class);
    assertThat(property.getReadMethod().invoke(dataSource)).isEqualTo(option.defaultText());
    if (!option.defaultText().isEmpty()) {
      property.getWriteMethod().invoke(dataSource, option.defaultText());
      assertThat(dataSource.settings().properties())
          .containsOnly(Map.entry(option.name(), option.defaultText()));
    }
  }

  @Test
  void everyBeanPropertyOfPgjdbcsDataSource_isThereWithItsType() throws IntrospectionException {
    Map<String, PropertyDescriptor> ours = beanProperties(BatonDataSource.class);
    Map<String, PropertyDescriptor> theirs = beanProperties(PGSimpleDataSource.class);

    assertThat(theirs).hasSizeGreaterThan(80);
    theirs.forEach(
        (name, property) -> {
          PropertyDescriptor ourProperty = named(ours, name);
          assertThat(ourProperty.getPropertyType()).isEqualTo(property.getPropertyType());
          assertThat(ourProperty.getWriteMethod() == null)
              .isEqualTo(property.getWriteMethod() == null);
        });
  }

  private static PropertyDescriptor named(Map<String, PropertyDescriptor> properties, String name) {
    return Objects.requireNonNull(properties.get(name), () -> "no bean property " + name);
  }

  private static Map<String, PropertyDescriptor> beanProperties(Class<?> type)
      throws IntrospectionException {
    BeanInfo info = Introspector.getBeanInfo(type, Object.class);
    return Arrays.stream(info.getPropertyDescriptors())
        .collect(Collectors.toMap(PropertyDescriptor::getName, Function.identity()));
  }

  @Test
  void hikari_withDataSourceClassName_bindsEveryKindOfProperty() throws SQLException {
    HikariConfig config = new HikariConfig();
    config.setDataSourceClassName("io.baton.BatonDataSource");
    config.setUsername("app");
    config.setPassword("s3cr3t");
    config.addDataSourceProperty("serverNames", "h1,h2");
    config.addDataSourceProperty("portNumbers", "5433,5434");
    config.addDataSourceProperty("databaseName", "shop");
    config.addDataSourceProperty("failoverTimeout", "20s");
    config.addDataSourceProperty("reads", "writer");
    config.addDataSourceProperty("prepareThreshold", "3");
    config.addDataSourceProperty("reWriteBatchedInserts", true);

    BatonUrl url = boundByHikari(config);

    assertThat(url.endpoints()).containsExactly(new Endpoint("h1", 5433), new Endpoint("h2", 5434));
    assertThat(url.database()).isEqualTo("shop");
    assertThat(url.option(BatonOption.FAILOVER_TIMEOUT)).isEqualTo(Duration.ofSeconds(20));
    assertThat(url.option(BatonOption.READS)).isEqualTo(Reads.WRITER);
    assertThat(url.pgProperties())
        .containsEntry("prepareThreshold", "3")
        .containsEntry("reWriteBatchedInserts", "true");
  }

  @Test
  void hikari_withDataSourceClassNameAndUrl_bindsTheUrl() throws SQLException {
    HikariConfig config = new HikariConfig();
    config.setDataSourceClassName("io.baton.BatonDataSource");
    config.addDataSourceProperty("url", "jdbc:baton:postgresql://h1/shop?baton.reads=writer");
    config.addDataSourceProperty("user", "app");

    BatonUrl url = boundByHikari(config);

    assertThat(url.endpoints()).containsExactly(new Endpoint("h1", 5432));
    assertThat(url.user()).isEqualTo("app");
    assertThat(url.option(BatonOption.READS)).isEqualTo(Reads.WRITER);
  }

  @Test
  void hikari_givenAMalformedOption_failsWithTheReason() {
    HikariConfig config = new HikariConfig();
    config.setDataSourceClassName("io.baton.BatonDataSource");
    config.addDataSourceProperty("failoverTimeout", "20");

    assertThatThrownBy(() -> boundByHikari(config))
        .hasStackTraceContaining(
            "baton.failoverTimeout=20 is not valid: the unit is missing, as in 20s or 20ms.");
  }

  private static BatonUrl boundByHikari(HikariConfig config) throws SQLException {
    config.setInitializationFailTimeout(-1);
    config.setMinimumIdle(0);
    try (HikariDataSource pool = new HikariDataSource(config)) {
      return pool.unwrap(BatonDataSource.class).effectiveUrl();
    }
  }

  @Test
  void urlAndProperty_inEitherOrder_leaveTheWordToTheProperty() throws SQLException {
    BatonDataSource urlFirst = new BatonDataSource();
    urlFirst.setUrl(
        "jdbc:baton:postgresql://h1:5433/a?user=u&prepareThreshold=1&baton.heartbeat=2s");
    set(urlFirst);
    BatonDataSource urlLast = new BatonDataSource();
    set(urlLast);
    urlLast.setUrl(
        "jdbc:baton:postgresql://h1:5433/a?user=u&prepareThreshold=1&baton.heartbeat=2s");

    BatonUrl url = urlFirst.effectiveUrl();

    assertThat(url).isEqualTo(urlLast.effectiveUrl());
    assertThat(url.endpoints()).containsExactly(new Endpoint("h2", 5432));
    assertThat(url.database()).isEqualTo("b");
    assertThat(url.user()).isEqualTo("v");
    assertThat(url.pgProperties()).containsEntry("prepareThreshold", "2");
    assertThat(url.option(BatonOption.HEARTBEAT)).isEqualTo(Duration.ofSeconds(3));
  }

  private static void set(BatonDataSource dataSource) {
    dataSource.setServerNames(new String[] {"h2"});
    dataSource.setDatabaseName("b");
    dataSource.setUser("v");
    dataSource.setPrepareThreshold(2);
    dataSource.setHeartbeat("3s");
  }

  @Test
  void url_setTwice_isTheSecondAlone() throws SQLException {
    BatonDataSource dataSource = new BatonDataSource();
    dataSource.setUrl("jdbc:baton:postgresql://h1/a?prepareThreshold=1&custom=x");
    dataSource.setUrl("jdbc:baton:postgresql://h2/b?custom=y");

    BatonUrl url = dataSource.effectiveUrl();

    assertThat(dataSource.getUrl()).isEqualTo("jdbc:baton:postgresql://h2/b?custom=y");
    assertThat(url.endpoints()).containsExactly(new Endpoint("h2", 5432));
    assertThat(url.pgProperties())
        .containsEntry("custom", "y")
        .doesNotContainKey("prepareThreshold");
  }

  @Test
  void hosts_withOnePort_shareIt() throws SQLException {
    BatonDataSource dataSource = new BatonDataSource();
    dataSource.setServerNames(new String[] {"h1", "h2:6000", "::1", "[::2]", "[::3]:6001"});
    dataSource.setPortNumbers(new int[] {5433});

    assertThat(dataSource.effectiveUrl().endpoints())
        .containsExactly(
            new Endpoint("h1", 5433),
            new Endpoint("h2", 6000),
            new Endpoint("::1", 5433),
            new Endpoint("::2", 5433),
            new Endpoint("::3", 6001));
  }

  @Test
  void ports_besideAUrlWithHosts_areTheirPorts() throws SQLException {
    BatonDataSource dataSource = new BatonDataSource();
    dataSource.setUrl("jdbc:baton:postgresql://h1,h2/a");
    dataSource.setPortNumbers(new int[] {5433, 0});

    assertThat(dataSource.effectiveUrl().endpoints())
        .containsExactly(new Endpoint("h1", 5433), new Endpoint("h2", 5432));
  }

  @Test
  void ports_thatAreNotAsManyAsHosts_areRefused() {
    BatonDataSource dataSource = new BatonDataSource();
    dataSource.setServerNames(new String[] {"h1", "h2", "h3"});
    dataSource.setPortNumbers(new int[] {5433, 5434});

    assertThatThrownBy(dataSource::getConnection)
        .isInstanceOf(SQLException.class)
        .hasMessage("There are 3 hosts and 2 ports; give one port for all hosts, or one each.");
  }

  @Test
  void dataSource_withNothingSet_leadsToLocalhost() throws SQLException {
    BatonDataSource dataSource = new BatonDataSource();

    assertThat(dataSource.effectiveUrl().displayText())
        .isEqualTo("jdbc:baton:postgresql://localhost:5432/" + System.getProperty("user.name"));
    assertThat(dataSource.getUrl()).isEqualTo(dataSource.effectiveUrl().displayText());
  }

  @Test
  void option_thatIsNotValid_isRefusedBySetterAndByName() {
    BatonDataSource dataSource = new BatonDataSource();

    assertThatThrownBy(() -> dataSource.setTopology("aurorra"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("baton.topology=aurorra is not valid: did you mean aurora?")
        .hasCauseInstanceOf(SQLNonTransientException.class);
    assertThatThrownBy(() -> dataSource.setProperty("baton.raeds", "writer"))
        .isInstanceOf(SQLException.class)
        .hasMessage("baton.raeds is not an option of Baton. Did you mean baton.reads?");
    assertThatThrownBy(() -> dataSource.setProperty("noSuchProperty", "1"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("noSuchProperty");
    assertThatThrownBy(() -> dataSource.setUrl("jdbc:baton:postgresql://h?password=s3cr3t"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("The URL is malformed at character 26")
        .message()
        .doesNotContain("s3cr3t");
    assertThat(dataSource.settings().byName()).isEmpty();
  }

  @Test
  void property_byName_isSetReadAndTakenBack() throws SQLException {
    BatonDataSource dataSource = new BatonDataSource();
    dataSource.setProperty("baton.heartbeat", "2s");
    dataSource.setProperty("prepareThreshold", "3");

    assertThat(dataSource.getHeartbeat()).isEqualTo("2s");
    assertThat(dataSource.getProperty("baton.heartbeat")).isEqualTo("2s");
    assertThat(dataSource.getPrepareThreshold()).isEqualTo(3);
    assertThat(dataSource.getProperty("prepareThreshold")).isEqualTo("3");

    dataSource.setHeartbeat(null);

    assertThat(dataSource.getHeartbeat()).isEqualTo("1s");
  }

  @Test
  void loginTimeout_isHandedOn() throws SQLException {
    BatonDataSource dataSource = new BatonDataSource();
    dataSource.setLoginTimeout(7);

    assertThat(dataSource.getLoginTimeout()).isEqualTo(7);
    assertThat(dataSource.effectiveUrl().loginTimeout()).isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void urlAndToString_ofADataSourceWithSecrets_showNone() {
    BatonDataSource dataSource = configured();

    assertThat(dataSource.toString())
        .isEqualTo(
            "BatonDataSource[jdbc:baton:postgresql://h1:5433,h2:5433/shop"
                + "?baton.reads=writer&prepareThreshold=3]");
    assertThat(dataSource.getUrl())
        .isEqualTo(
            "jdbc:baton:postgresql://h1:5433,h2:5433/shop?baton.reads=writer&prepareThreshold=3");
    assertThat(dataSource.settings().toString()).doesNotContain("s3cr3t");
    dataSource.setUrl("jdbc:baton:postgresql://h/db?password=s3cr3t&user=app");
    assertThat(dataSource.toString()).doesNotContain("s3cr3t");
  }

  @Test
  void dataSource_throughJndi_isTheSame() throws Exception {
    BatonDataSource dataSource = configured();

    Object found = NamingManager.getObjectInstance(dataSource.getReference(), null, null, null);

    assertThat(found)
        .isInstanceOfSatisfying(
            BatonDataSource.class,
            copy -> assertThat(copy.settings()).isEqualTo(dataSource.settings()));
  }

  @Test
  void reference_writtenByHandInAContainer_isUnderstood() throws Exception {
    Reference reference =
        new Reference("javax.sql.DataSource", BatonDataSourceFactory.class.getName(), null);
    Map.of(
            "auth", "Container",
            "url", "jdbc:baton:postgresql://h1/shop",
            "username", "app",
            "failoverTimeout", "20s",
            "baton.reads", "writer",
            "portNumber", "5433",
            "ApplicationName", "shop")
        .forEach((name, value) -> reference.add(new StringRefAddr(name, value)));

    Object found = NamingManager.getObjectInstance(reference, null, null, null);

    assertThat(found).isInstanceOf(BatonDataSource.class);
    BatonUrl url = ((BatonDataSource) found).effectiveUrl();
    assertThat(url.endpoints()).containsExactly(new Endpoint("h1", 5433));
    assertThat(url.user()).isEqualTo("app");
    assertThat(url.options().texts())
        .containsOnly(
            Map.entry("baton.failoverTimeout", "20s"), Map.entry("baton.reads", "writer"));
    assertThat(url.pgProperties()).containsEntry("ApplicationName", "shop");
  }

  @Test
  void reference_toSomethingElse_isLeftToOthers() {
    assertThat(
            new BatonDataSourceFactory()
                .getObjectInstance(new Reference("java.lang.String"), null, null, null))
        .isNull();
    assertThat(new BatonDataSourceFactory().getObjectInstance("text", null, null, null)).isNull();
  }

  @Test
  void dataSource_throughAStream_isTheSameAndUsable()
      throws IOException, ClassNotFoundException, SQLException {
    BatonDataSource dataSource = configured();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream stream = new ObjectOutputStream(bytes)) {
      stream.writeObject(dataSource);
    }

    try (ObjectInputStream stream =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      BatonDataSource copy = (BatonDataSource) stream.readObject();
      assertThat(copy.settings()).isEqualTo(dataSource.settings());
      assertThat(copy.effectiveUrl()).isEqualTo(dataSource.effectiveUrl());
      copy.close();
    }
  }

  @Test
  void dataSource_onceClosed_opensNoConnections() {
    BatonDataSource dataSource = configured();
    dataSource.close();
    dataSource.close();

    assertThatThrownBy(dataSource::getConnection)
        .isInstanceOf(SQLNonTransientConnectionException.class)
        .hasMessage("The data source is closed")
        .extracting(e -> ((SQLException) e).getSQLState())
        .isEqualTo("08003");
    assertThatThrownBy(() -> dataSource.getConnection("app", "s3cr3t"))
        .hasMessage("The data source is closed");
  }

  @Test
  void unwrap_toWhatItIsAndIsNot_answersAsJdbcSays() throws SQLException {
    BatonDataSource dataSource = new BatonDataSource();

    assertThat(dataSource.isWrapperFor(DataSource.class)).isTrue();
    assertThat(dataSource.unwrap(BatonDataSource.class)).isSameAs(dataSource);
    assertThat(dataSource.isWrapperFor(PGSimpleDataSource.class)).isFalse();
    assertThatThrownBy(() -> dataSource.unwrap(PGSimpleDataSource.class))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("PGSimpleDataSource");
  }

  private static BatonDataSource configured() {
    BatonDataSource dataSource = new BatonDataSource();
    dataSource.setServerNames(new String[] {"h1", "h2"});
    dataSource.setPortNumbers(new int[] {5433});
    dataSource.setDatabaseName("shop");
    dataSource.setUser("app");
    dataSource.setPassword("s3cr3t");
    dataSource.setSslPassword("s3cr3t");
    dataSource.setPrepareThreshold(3);
    dataSource.setReads("writer");
    return dataSource;
  }
}
