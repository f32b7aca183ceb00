package io.baton.jdbc.pgjdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.routing.topology.Endpoint;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.core.BaseConnection;
import org.postgresql.geometric.PGpoint;
import org.postgresql.util.PGBinaryObject;
import org.postgresql.util.PGobject;

/** Connections without a server, next to one that has the server they remember. */
@PostgresTest
class OfflineConnectionTest {

  /** That of the JDK, and that of an object. */
  private static final Set<String> NOT_COMPARED = Set.of("hashCode", "toString");

  private final List<PhysicalConnection> opened = new ArrayList<>();
  private PostgresNode node;
  private PgConnector connector;

  @BeforeEach
  void connect(PostgresCluster cluster) {
    node = cluster.primary();
    connector = connector(cluster, Map.of());
  }

  @AfterEach
  void close() {
    opened.forEach(PhysicalConnection::close);
  }

  private static PgConnector connector(PostgresCluster cluster, Map<String, String> options) {
    Properties properties = new Properties();
    properties.setProperty("user", cluster.user());
    properties.setProperty("password", cluster.password());
    properties.setProperty("ApplicationName", "orders");
    properties.putAll(options);
    return new PgConnector(
        endpoint -> "jdbc:postgresql://" + endpoint + "/" + cluster.database(), properties, null);
  }

  private PhysicalConnection live() throws SQLException {
    return closedLater(
        connector.opening(new Endpoint(node.host(), node.port())).open(Duration.ofSeconds(10)));
  }

  private PhysicalConnection lost() throws SQLException {
    PhysicalConnection lost = live();
    lost.abort("lost by the test");
    return lost;
  }

  private PhysicalConnection offline(PhysicalConnection lost) throws SQLException {
    return closedLater(connector.offline(lost).orElseThrow());
  }

  private PhysicalConnection closedLater(PhysicalConnection connection) {
    opened.add(connection);
    return connection;
  }

  // ---- calls that the driver answers from memory

  /** Every method without parameters whose call on a live connection sends nothing. */
  @Test
  void localCalls_withoutAServer_answerAsWithOne() throws Exception {
    PhysicalConnection live = live();
    try (Statement statement = live.connection().createStatement()) {
      statement.execute("set time zone 'Asia/Tokyo'");
      statement.execute("set application_name = 'invoices'");
      statement.execute("set standard_conforming_strings = off");
    }
    PGConnection defaults = (PGConnection) live.connection();
    defaults.setPrepareThreshold(7);
    defaults.setDefaultFetchSize(33);
    set(live.connection());
    Map<String, Object> expected = answers(live.connection(), null);
    assertThat(expected)
        .hasSizeGreaterThan(200)
        .containsEntry("DatabaseMetaData.getUserName", "app")
        .containsEntry("Connection.getNetworkTimeout", 12_345)
        .containsEntry("PGConnection.getPrepareThreshold", 7)
        .containsKeys("DatabaseMetaData.getURL", "DatabaseMetaData.getDatabaseProductVersion")
        .containsKeys("Connection.getClientInfo", "PGConnection.getParameterStatuses")
        .doesNotContainKey("Connection.getSchema");

    live.abort("lost by the test");
    PhysicalConnection offline = offline(live);
    set(offline.connection());

    assertThat(answers(offline.connection(), expected.keySet())).isEqualTo(expected);
    assertThat(offline.isSevered()).isFalse();
  }

  /** What the application may have set by JDBC. */
  private static void set(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    connection.setReadOnly(true);
    connection.setHoldability(ResultSet.HOLD_CURSORS_OVER_COMMIT);
    connection.setNetworkTimeout(Runnable::run, 12_345);
    connection.setTypeMap(Map.of("mood", PGobject.class));
  }

  /** All answers to calls that send nothing, or to these calls. */
  private Map<String, Object> answers(Connection connection, @Nullable Set<String> calls)
      throws Exception {
    Map<Class<?>, Object> objects = new LinkedHashMap<>();
    objects.put(Connection.class, connection);
    objects.put(PGConnection.class, connection);
    objects.put(DatabaseMetaData.class, connection.getMetaData());
    objects.put(Statement.class, connection.createStatement());
    objects.put(PreparedStatement.class, connection.prepareStatement("select ?"));
    objects.put(CallableStatement.class, connection.prepareCall("{? = call abs(?)}"));
    Map<String, Object> answers = new TreeMap<>();
    for (Map.Entry<Class<?>, Object> object : objects.entrySet()) {
      for (Method method : object.getKey().getMethods()) {
        String call = object.getKey().getSimpleName() + "." + method.getName();
        if (isGetter(method) && (calls == null || calls.contains(call))) {
          long before = node.proxy().requests();
          Object answer = answer(object.getValue(), method);
          assertThat(connection.isClosed()).as("closed by " + call).isFalse();
          if (node.proxy().requests() == before) {
            answers.put(call, answer);
          }
        }
      }
    }
    return answers;
  }

  private static boolean isGetter(Method method) {
    return method.getParameterCount() == 0
        // The driver asks the server for the first of them, and remembers.
        && !method.getName().endsWith("NameLength")
        && method.getReturnType() != void.class
        && !NOT_COMPARED.contains(method.getName());
  }

  private static Object answer(Object object, Method method) throws IllegalAccessException {
    Object answer;
    try {
      answer = method.invoke(object);
    } catch (InvocationTargetException thrown) {
      return String.valueOf(thrown.getCause());
    }
    if (answer instanceof Object[] elements) {
      return Arrays.asList(elements);
    }
    if (answer instanceof int[] numbers) {
      return Arrays.toString(numbers);
    }
    if (answer instanceof long[] numbers) {
      return Arrays.toString(numbers);
    }
    boolean isValue =
        answer instanceof String
            || answer instanceof Number
            || answer instanceof Boolean
            || answer instanceof Enum
            || answer instanceof Map;
    return isValue ? answer : "an object of " + (answer == null ? null : answer.getClass());
  }

  @Test
  void localCallsWithParameters_withoutAServer_answerAsWithOne() throws Exception {
    PhysicalConnection live = live();
    List<@Nullable Object> expected = otherAnswers(live.connection());

    live.abort("lost by the test");
    PhysicalConnection offline = offline(live);

    assertThat(otherAnswers(offline.connection())).isEqualTo(expected);
    assertThat(offline.isSevered()).isFalse();
    assertThat(offline.standardConformingStrings()).isTrue();
    assertThat(offline.isOnStandby()).isFalse();
    assertThat(offline.takeNotifications()).isEmpty();
  }

  private static List<@Nullable Object> otherAnswers(Connection connection) throws SQLException {
    PGConnection defaults = connection.unwrap(PGConnection.class);
    DatabaseMetaData description = connection.getMetaData();
    return Arrays.asList(
        connection.nativeSQL("select {fn ucase('a')}, ? from {oj a left outer join b on true}"),
        connection.getClientInfo("ApplicationName"),
        connection.isWrapperFor(PGConnection.class),
        connection.createArrayOf("int4", new Object[] {1, null}).toString(),
        connection.createArrayOf("text", new Object[] {"a", "b\"c"}).toString(),
        connection
            .createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE)
            .getResultSetType(),
        connection.prepareStatement("insert into t values (?)", new String[] {"id"}).toString(),
        description.supportsResultSetType(ResultSet.TYPE_SCROLL_INSENSITIVE),
        description.supportsTransactionIsolationLevel(Connection.TRANSACTION_SERIALIZABLE),
        defaults.escapeLiteral("it's \\ here"),
        defaults.escapeIdentifier("a \"b\""),
        defaults.getParameterStatus("server_version"));
  }

  // ---- statements

  @Test
  void parameters_boundWithoutAServer_areThoseBoundWithOne() throws Exception {
    PhysicalConnection live = live();
    Array array = live.connection().createArrayOf("text", new String[] {"a", null});
    String expected;
    try (PreparedStatement statement = bound(live.connection(), array)) {
      expected = statement.toString();
    }
    assertThat(expected).contains("2026-03-29", "1.50", "{\"a\": 1}");

    live.abort("lost by the test");
    PhysicalConnection offline = offline(live);
    try (PreparedStatement statement = bound(offline.connection(), array)) {
      assertThat(statement).hasToString(expected);
      statement.addBatch();
      statement.clearBatch();
      statement.clearParameters();
    }
    assertThat(offline.isSevered()).isFalse();
  }

  private static PreparedStatement bound(Connection connection, Array array) throws SQLException {
    Calendar tokyo = Calendar.getInstance(TimeZone.getTimeZone("Asia/Tokyo"));
    PGobject json = new PGobject();
    json.setType("jsonb");
    json.setValue("{\"a\": 1}");
    SQLXML xml = connection.createSQLXML();
    xml.setString("<a/>");
    List<Binder> binders =
        List.of(
            (statement, index) -> statement.setInt(index, -1),
            (statement, index) -> statement.setLong(index, Long.MIN_VALUE),
            (statement, index) -> statement.setShort(index, (short) 7),
            (statement, index) -> statement.setBoolean(index, true),
            (statement, index) -> statement.setDouble(index, 0.1),
            (statement, index) -> statement.setFloat(index, 0.1f),
            (statement, index) -> statement.setBigDecimal(index, new BigDecimal("1.50")),
            (statement, index) -> statement.setString(index, "it's \\ here"),
            (statement, index) -> statement.setBytes(index, new byte[] {1, 0, -1}),
            (statement, index) -> statement.setNull(index, Types.VARCHAR),
            (statement, index) -> statement.setNull(index, Types.OTHER),
            (statement, index) -> statement.setDate(index, Date.valueOf("2026-03-29")),
            (statement, index) -> statement.setTime(index, Time.valueOf("02:30:00")),
            (statement, index) ->
                statement.setTimestamp(index, Timestamp.valueOf("2026-03-29 02:30:00.123456")),
            (statement, index) ->
                statement.setTimestamp(
                    index, Timestamp.valueOf("2026-03-29 02:30:00.123456"), tokyo),
            (statement, index) -> statement.setObject(index, LocalDate.parse("2026-01-02")),
            (statement, index) -> statement.setObject(index, LocalTime.parse("03:04:05.6")),
            (statement, index) ->
                statement.setObject(index, LocalDateTime.parse("2026-01-02T03:04:05")),
            (statement, index) ->
                statement.setObject(index, OffsetDateTime.parse("2026-01-02T03:04:05+06:00")),
            (statement, index) -> statement.setObject(index, new UUID(1, 2)),
            (statement, index) -> statement.setObject(index, "12", Types.INTEGER),
            (statement, index) -> statement.setObject(index, "happy", Types.OTHER),
            (statement, index) -> statement.setObject(index, new int[] {1, 2}),
            (statement, index) -> statement.setObject(index, new PGpoint(1, 2)),
            (statement, index) -> statement.setObject(index, json),
            (statement, index) -> statement.setArray(index, array),
            (statement, index) -> statement.setSQLXML(index, xml),
            (statement, index) ->
                statement.setCharacterStream(index, new StringReader("streamed"), 8),
            (statement, index) ->
                statement.setBinaryStream(
                    index, new ByteArrayInputStream("ab".getBytes(StandardCharsets.UTF_8)), 2));
    PreparedStatement statement =
        connection.prepareStatement("select ?" + ", ?".repeat(binders.size() - 1));
    for (int index = 1; index <= binders.size(); index++) {
      binders.get(index - 1).bind(statement, index);
    }
    return statement;
  }

  private interface Binder {
    void bind(PreparedStatement statement, int index) throws SQLException;
  }

  @Test
  void procedureCall_preparedWithoutAServer_takesItsParameters() throws Exception {
    PhysicalConnection offline = offline(lost());
    try (CallableStatement call = offline.connection().prepareCall("{? = call abs(?)}")) {
      call.registerOutParameter(1, Types.INTEGER);
      call.setInt(2, -3);
      call.setQueryTimeout(5);
    }
    assertThat(offline.isSevered()).isFalse();
  }

  // ---- calls that need a server

  @Test
  void executions_withoutAServer_endAsOnALostConnection() throws Exception {
    PhysicalConnection lost = lost();
    Map<String, Work> executions = new LinkedHashMap<>();
    executions.put("execute", connection -> connection.createStatement().execute("select 1"));
    executions.put(
        "prepared", connection -> connection.prepareStatement("select 1").executeQuery());
    executions.put(
        "in a transaction",
        connection -> {
          connection.setAutoCommit(false);
          connection.createStatement().executeUpdate("create table t ()");
        });
    executions.put(
        "batch",
        connection -> {
          Statement statement = connection.createStatement();
          statement.addBatch("select 1");
          statement.executeBatch();
        });
    executions.put(
        "with a timeout",
        connection -> {
          Statement statement = connection.createStatement();
          statement.setQueryTimeout(5);
          statement.execute("select 1");
        });
    executions.put("schema", Connection::getSchema);
    executions.put("isolation", Connection::getTransactionIsolation);
    executions.put("metadata of rows", connection -> connection.getMetaData().getSQLKeywords());
    executions.put(
        "parameters", connection -> connection.prepareStatement("select ?").getParameterMetaData());
    executions.put(
        "COPY",
        connection ->
            connection.unwrap(PGConnection.class).getCopyAPI().copyIn("copy t from stdin"));
    executions.put(
        "awaited notifications",
        connection -> connection.unwrap(PGConnection.class).getNotifications(5_000));

    executions.forEach((name, execution) -> assertEnds(name, execution, lost));
  }

  private interface Work {
    void runOn(Connection connection) throws SQLException;
  }

  private void assertEnds(String name, Work execution, PhysicalConnection lost) {
    PhysicalConnection offline;
    try {
      offline = offline(lost);
    } catch (SQLException failure) {
      throw new AssertionError(failure);
    }
    assertThat(offline.isOffline()).isTrue();
    assertThat(offline.isSevered()).as("before " + name).isFalse();

    SQLException failure =
        catchThrowableOfType(SQLException.class, () -> execution.runOn(offline.connection()));

    assertThat((Throwable) failure).as(name).isNotNull();
    assertThat(failure.getSQLState()).as(name).isEqualTo("08006");
    assertThat(offline.isSeveredBy(failure)).as(name).isTrue();
    assertThat(offline.isGivenUpByDriver(failure)).as(name).isFalse();
  }

  @Test
  void validity_withoutAServer_isDenied() throws Exception {
    PhysicalConnection offline = offline(lost());

    assertThat(offline.connection().isValid(30)).isFalse();
    assertThat(offline.isSevered()).isTrue();
  }

  @Test
  void cancelRequest_withoutAServer_isNoUseAndDoesNoHarm() throws Exception {
    PhysicalConnection offline = offline(lost());

    ((BaseConnection) offline.connection()).cancelQuery();

    assertThat(offline.isSevered()).isFalse();
  }

  @Test
  void close_withoutAServer_leavesTheConnectionClosed() throws Exception {
    PhysicalConnection offline = offline(lost());

    offline.close();

    assertThat(offline.connection().isClosed()).isTrue();
    assertThat(offline.isSevered()).isTrue();
  }

  // ---- how it is made

  @Test
  void connection_openedWithOptionsThatAskTheServer_opensWithoutOne(PostgresCluster cluster)
      throws Exception {
    PhysicalConnection lost = lost();
    connector =
        connector(
            cluster,
            Map.ofEntries(
                Map.entry("sslmode", "require"),
                Map.entry("sslNegotiation", "direct"),
                Map.entry("gssEncMode", "require"),
                Map.entry("channelBinding", "require"),
                Map.entry("requireAuth", "scram-sha-256"),
                Map.entry("localSocketAddress", "no-such-address.invalid"),
                Map.entry("loginTimeout", "1"),
                Map.entry("connectTimeout", "1"),
                Map.entry("targetServerType", "primary"),
                Map.entry("readOnly", "true"),
                Map.entry("readOnlyMode", "always"),
                Map.entry("protocolVersion", "3.2"),
                Map.entry("socketFactory", "no.such.Factory"),
                Map.entry("socketTimeout", "4"),
                Map.entry("datatype.mood", BinaryMood.class.getName())));

    PhysicalConnection offline = offline(lost);
    offline.connection().setReadOnly(true);
    offline.connection().setAutoCommit(false);
    offline.connection().setAutoCommit(true);

    assertThat(offline.isSevered()).isFalse();
    assertThat(offline.connection().isReadOnly()).isTrue();
    assertThat(offline.connection().getNetworkTimeout()).isEqualTo(4_000);
  }

  @Test
  void connection_thatTheDriverGaveUp_hasALikeOneWithoutAServer() throws Exception {
    PhysicalConnection lost = live();
    try (Statement statement = lost.connection().createStatement()) {
      SQLException failure =
          catchThrowableOfType(
              SQLException.class, () -> statement.execute("set datestyle to 'German'"));
      assertThat(lost.isGivenUpByDriver(failure)).isTrue();
    }

    PhysicalConnection offline = offline(lost);

    assertThat(offline.isSevered()).isFalse();
    assertThat(((PGConnection) offline.connection()).getParameterStatus("DateStyle"))
        .isEqualTo("ISO");
  }

  @Test
  void classOfBinaryValues_registeredWithoutAServer_isTakenWithoutAQuestion() throws Exception {
    PhysicalConnection offline = offline(lost());

    offline.addDataType("mood", BinaryMood.class);

    assertThat(offline.isSevered()).isFalse();
    assertThat(offline.connection().unwrap(BaseConnection.class).getTypeInfo())
        .extracting(types -> types.getPGobject("mood"))
        .isEqualTo(BinaryMood.class);
  }

  /** A class whose type the driver asks the server for when it is registered. */
  public static final class BinaryMood extends PGobject implements PGBinaryObject {

    private static final long serialVersionUID = 1;

    @Override
    public void setByteValue(byte[] bytes, int offset) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int lengthInBytes() {
      return 0;
    }

    @Override
    public void toBytes(byte[] bytes, int offset) {
      throw new UnsupportedOperationException();
    }
  }
}
