package io.baton.differences;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.differences.Comparison.Known;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.largeobject.LargeObject;
import org.postgresql.largeobject.LargeObjectManager;
import org.postgresql.util.ByteStreamWriter;
import org.postgresql.util.PGobject;

/** Scripts of several calls, as applications and pools make them. */
@PostgresTest
class ScriptDifferencesTest {

  private static final List<Known> LEFT =
      List.of(
          Known.of(
              "maxResultBuffer of a long result",
              "a result past `maxResultBuffer`",
              "The same exception; afterwards the session goes on, where pgjdbc's connection is"
                  + " closed.",
              "pgjdbc loses its place in the protocol and closes; the session is restored."),
          Known.of(
              "terminated, autocommit: (isValid|statement)",
              "a statement, or `isValid`, after an administrator ended the backend, outside of a"
                  + " transaction",
              "It answers, where pgjdbc throws 57P01 or 08006, or says no.",
              "The session is restored: it is valid."),
          Known.of(
              "terminated, in a transaction: .*",
              "the same in a transaction",
              "A statement answers, since the transaction is replayed, and `isValid` says yes; of a"
                  + " transaction that cannot be replayed it says no, and the connection is not"
                  + " closed.",
              "What became of the transaction is told by the next statement, and not by `isValid`."),
          Known.of(
              "terminated, holding what is lost: .*",
              "the same, of a session that cannot be restored",
              "`isValid` says no and the connection is closed, as with pgjdbc; a statement ends"
                  + " with Baton's 08006, which names what is lost.",
              "pgjdbc has no text for it."));

  /** Long before baton.failoverTimeout. */
  private static final Duration AT_ONCE = Duration.ofSeconds(20);

  private final Side pgjdbc;
  private final Side baton;
  private final Comparison comparison = new Comparison("scripts", LEFT);

  ScriptDifferencesTest(PostgresCluster cluster) {
    this.pgjdbc = Side.pgjdbc(cluster);
    this.baton = Side.baton(cluster);
  }

  /** What an application does with a connection. */
  private interface Script {
    @Nullable Object on(Connection connection) throws Exception;
  }

  @BeforeEach
  void table() throws SQLException {
    try (Connection connection = pgjdbc.open();
        Statement statement = connection.createStatement()) {
      statement.execute("drop table if exists entry");
      statement.execute("create table entry (id int primary key, c text)");
    }
  }

  @BeforeEach
  void mayReplicate() throws SQLException {
    asSuperuser("alter role " + pgjdbc.cluster().user() + " replication");
  }

  @AfterEach
  void mayNotReplicate() throws SQLException {
    asSuperuser("alter role " + pgjdbc.cluster().user() + " noreplication");
  }

  private void asSuperuser(String sql) throws SQLException {
    try (Connection connection = pgjdbc.cluster().primary().connectAsSuperuser();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void compare(String name, Script script) throws SQLException {
    compare(name, "", script);
  }

  private void compare(String name, String options, Script script) throws SQLException {
    long began = System.nanoTime();
    table();
    String expected = told(pgjdbc, options, script);
    table();
    String actual = told(baton, options, script);
    comparison.add(name, expected, actual);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).as(name).isLessThan(AT_ONCE);
  }

  private static String told(Side side, String options, Script script) throws SQLException {
    try (Connection connection = side.open(options)) {
      return Told.by(() -> script.on(connection))
          + (connection.isClosed() ? ", closed" : ", open, entries " + entries(connection));
    }
  }

  private static String entries(Connection connection) {
    return Told.by(
        () -> {
          if (!connection.getAutoCommit()) {
            connection.rollback();
          }
          return connection
              .createStatement()
              .executeQuery(
                  "select string_agg(id || coalesce(c, '-'), ' ' order by id) from entry");
        });
  }

  @Test
  @Tag("campaign")
  void scripts_onBothDrivers_tellTheSame() throws Exception {
    batches();
    comparison.counted("batches, savepoints, generated keys, transactions");
    interfaces();
    comparison.counted("COPY, large objects, arrays, types, casts");
    streams();
    comparison.counted("streams and writers that fail, in and outside of a transaction");
    limits();
    comparison.counted("small `maxResultBuffer`, replication");
    terminated();
    comparison.counted("a backend that is terminated");

    comparison.assertAsTold();
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static @Nullable String ask(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  // ---- batches and transactions

  private void batches() throws SQLException {
    for (boolean autoCommit : new boolean[] {true, false}) {
      for (String options : List.of("", "reWriteBatchedInserts=true", "preferQueryMode=simple")) {
        String where = (autoCommit ? "autocommit " : "transaction ") + options;
        compare(
            "batch of a duplicate, " + where,
            options,
            connection -> {
              connection.setAutoCommit(autoCommit);
              try (PreparedStatement insert =
                  connection.prepareStatement("insert into entry values (?, 'x')")) {
                for (int id : new int[] {1, 2, 1, 3}) {
                  insert.setInt(1, id);
                  insert.addBatch();
                }
                return insert.executeBatch();
              }
            });
        compare(
            "batch of texts, " + where,
            options,
            connection -> {
              connection.setAutoCommit(autoCommit);
              try (Statement statement = connection.createStatement()) {
                statement.addBatch("insert into entry values (1), (2)");
                statement.addBatch("update entry set c = 'u'");
                statement.addBatch("select 1");
                statement.addBatch("insert into entry values (1)");
                return statement.executeBatch();
              }
            });
        compare(
            "batch with keys, " + where,
            options,
            connection -> {
              connection.setAutoCommit(autoCommit);
              try (PreparedStatement insert =
                  connection.prepareStatement(
                      "insert into entry values (?, 'x')", new String[] {"c", "id"})) {
                for (int id = 1; id < 4; id++) {
                  insert.setInt(1, id);
                  insert.addBatch();
                }
                return Told.value(insert.executeLargeBatch())
                    + Told.value(insert.getGeneratedKeys());
              }
            });
      }
    }
    compare(
        "batch without parameters",
        connection -> {
          PreparedStatement insert = connection.prepareStatement("insert into entry values (?)");
          insert.addBatch();
          return insert.executeBatch();
        });
    compare("keys of no column", connection -> keys(connection, "nonsense"));
    compare("keys of a column", connection -> keys(connection, "id"));
    compare(
        "savepoint of another connection",
        connection -> {
          connection.setAutoCommit(false);
          Savepoint savepoint = connection.setSavepoint("one");
          connection.releaseSavepoint(savepoint);
          connection.rollback(savepoint);
          return "rolled back";
        });
    compare(
        "savepoint after rollback",
        connection -> {
          connection.setAutoCommit(false);
          Savepoint savepoint = connection.setSavepoint();
          connection.rollback();
          connection.rollback(savepoint);
          return "rolled back";
        });
    compare(
        "commit of a failed transaction",
        connection -> {
          connection.setAutoCommit(false);
          execute(connection, "insert into entry values (1)");
          Told.by(() -> ask(connection, "select 1 / 0"));
          connection.commit();
          return "committed";
        });
    compare(
        "deferred constraint at commit",
        connection -> {
          execute(
              connection, "create temp table late (id int unique deferrable initially deferred)");
          connection.setAutoCommit(false);
          execute(connection, "insert into late values (1), (1)");
          connection.commit();
          return "committed";
        });
    compare(
        "query timeout",
        connection -> {
          try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            statement.execute("select pg_sleep(30)");
          }
          return "slept";
        });
    compare("raised error", connection -> raise(connection, "P0001"));
    compare("raised error of class 08", connection -> raise(connection, "08006"));
    compare("raised error 57P01", connection -> raise(connection, "57P01"));
    compare("raised error 40001", connection -> raise(connection, "40001"));
    compare(
        "warnings",
        connection -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute("do $$ begin raise warning 'one'; raise notice 'two'; end $$");
            return Told.failure(statement.getWarnings());
          }
        });
    compare(
        "read-only transaction",
        connection -> {
          connection.setReadOnly(true);
          execute(connection, "insert into entry values (1)");
          return "inserted";
        });
  }

  private static Object keys(Connection connection, String column) throws Exception {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate("insert into entry values (1, 'x')", new String[] {column});
      return Told.value(statement.getGeneratedKeys());
    }
  }

  private static Object raise(Connection connection, String state) throws SQLException {
    execute(
        connection,
        "do $$ begin raise exception 'told' using errcode = '" + state + "', hint = 'h'; end $$");
    return "nothing raised";
  }

  // ---- interfaces of pgjdbc

  private void interfaces() throws SQLException {
    compare(
        "copy in",
        connection ->
            copy(connection).copyIn("copy entry from stdin", new StringReader("1\ta\n2\tb\n")));
    compare(
        "copy in of nonsense",
        connection -> copy(connection).copyIn("copy entry from stdin", new StringReader("x\ta\n")));
    compare(
        "copy in from a stream that fails",
        connection -> copy(connection).copyIn("copy entry from stdin", failing()));
    compare("copy of a select", connection -> copy(connection).copyIn("select 1"));
    compare(
        "copy out",
        connection -> {
          StringWriter text = new StringWriter();
          long rows = copy(connection).copyOut("copy (select 1, 2) to stdout", text);
          return rows + text.toString();
        });
    compare(
        "large object",
        connection -> {
          connection.setAutoCommit(false);
          LargeObjectManager manager = connection.unwrap(PGConnection.class).getLargeObjectAPI();
          long id = manager.createLO();
          LargeObject object = manager.open(id);
          object.write(new byte[] {1, 2, 3});
          object.seek(1);
          String read = Told.value(object.read(5)) + object.size();
          object.close();
          connection.commit();
          return read;
        });
    compare(
        "large object that is not there",
        connection -> {
          connection.setAutoCommit(false);
          return connection.unwrap(PGConnection.class).getLargeObjectAPI().open(4711L);
        });
    compare(
        "large object in autocommit",
        connection -> connection.unwrap(PGConnection.class).getLargeObjectAPI().open(4711L));
    compare(
        "array of objects",
        connection -> {
          PreparedStatement statement = connection.prepareStatement("select ?::int[]");
          statement.setArray(1, connection.createArrayOf("int4", new Object[] {1, "x"}));
          return statement.executeQuery();
        });
    compare(
        "array of an unknown type",
        connection -> connection.createArrayOf("nonsense", new Object[] {1}));
    compare(
        "own type",
        connection -> {
          PGobject point = new PGobject();
          point.setType("point");
          point.setValue("nonsense");
          PreparedStatement statement = connection.prepareStatement("select ?");
          statement.setObject(1, point);
          return statement.executeQuery();
        });
    compare("client info", connection -> info(connection, "ApplicationName", "shop"));
    compare("client info of no name", connection -> info(connection, "nonsense", "x"));
    compare("client info as null", connection -> info(connection, "ApplicationName", null));
    compare("cast", connection -> ((PGConnection) connection).getPrepareThreshold());
    compare(
        "unwrapped to the driver's class",
        connection ->
            connection.unwrap(PgConnection.class).getPrepareThreshold()
                + ask(connection, "select 1"));
    compare(
        "unwrapped to the driver's interface",
        connection -> connection.unwrap(BaseConnection.class).getStandardConformingStrings());
    compare("unwrapped to a text", connection -> connection.unwrap(String.class));
    compare("url", connection -> connection.getMetaData().getURL());
    compare("native", connection -> connection.nativeSQL("select {fn now()} {d '2020-01-01'}"));
    compare(
        "prepared statement as text",
        connection -> {
          PreparedStatement statement = connection.prepareStatement("select ?, ?");
          statement.setInt(1, 7);
          statement.setString(2, "it's");
          return statement.toString();
        });
  }

  private static @Nullable Object info(Connection connection, String name, @Nullable String value)
      throws SQLException {
    connection.setClientInfo(name, value);
    return connection.getClientInfo()
        + ask(connection, "show application_name")
        + connection.getClientInfo(name);
  }

  private static CopyManager copy(Connection connection) throws SQLException {
    return connection.unwrap(PGConnection.class).getCopyAPI();
  }

  // ---- streams

  private static InputStream failing() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        throw new IOException("the stream of the application fails");
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        return read();
      }
    };
  }

  private static final class FailingWriter implements ByteStreamWriter {

    private final boolean isOfIo;
    private final int before;

    FailingWriter(boolean isOfIo, int before) {
      this.isOfIo = isOfIo;
      this.before = before;
    }

    @Override
    public int getLength() {
      return 20_000;
    }

    @Override
    public void writeTo(ByteStreamTarget target) throws IOException {
      OutputStream out = target.getOutputStream();
      out.write(new byte[before]);
      if (isOfIo) {
        throw new IOException("the writer of the application fails");
      }
      throw new IllegalStateException("the writer of the application fails");
    }
  }

  private void streams() throws SQLException {
    for (boolean autoCommit : new boolean[] {true, false}) {
      String where = autoCommit ? ", autocommit" : ", in a transaction";
      compare("stream that fails" + where, connection -> send(connection, autoCommit, failing()));
      compare(
          "stream that is too short" + where,
          connection -> send(connection, autoCommit, new ByteArrayInputStream(new byte[] {1, 2})));
      for (boolean isOfIo : new boolean[] {true, false}) {
        for (int before : new int[] {0, 19_000, 21_000}) {
          compare(
              "writer that fails " + isOfIo + before + where,
              connection -> send(connection, autoCommit, new FailingWriter(isOfIo, before)));
        }
      }
    }
    compare(
        "reader that fails",
        connection -> {
          PreparedStatement insert = connection.prepareStatement("insert into entry values (1, ?)");
          insert.setCharacterStream(
              1, new java.io.InputStreamReader(failing(), StandardCharsets.UTF_8));
          return insert.executeUpdate();
        });
    compare(
        "batch with a writer that fails",
        connection -> {
          execute(connection, "create temp table picture (bytes bytea)");
          PreparedStatement insert = connection.prepareStatement("insert into picture values (?)");
          insert.setObject(1, new byte[] {1});
          insert.addBatch();
          insert.setObject(1, new FailingWriter(true, 10));
          insert.addBatch();
          return insert.executeBatch();
        });
  }

  private static Object send(Connection connection, boolean autoCommit, Object value)
      throws SQLException {
    connection.setAutoCommit(autoCommit);
    execute(connection, "insert into entry values (1, 'x')");
    PreparedStatement insert =
        connection.prepareStatement("insert into entry values (2, encode(?, 'hex'))");
    if (value instanceof InputStream stream) {
      insert.setBinaryStream(1, stream, 20_000);
    } else {
      insert.setObject(1, value);
    }
    return insert.executeUpdate();
  }

  // ---- limits and replication

  private void limits() throws SQLException {
    for (String code :
        List.of(
            "do $$ begin perform set_config('app.tenant', 'blue', false); end $$",
            "do $$ begin insert into entry values (1, 'd'); end $$",
            "create temp table kept (id int)",
            "set app.tenant = 'blue'; prepare plan as select 1",
            "select pg_advisory_lock(7)")) {
      compare(
          "maxResultBuffer after " + code,
          "maxResultBuffer=60",
          connection -> {
            execute(connection, code);
            connection.setAutoCommit(false);
            execute(connection, "insert into entry values (2, 't')");
            connection.commit();
            connection.setAutoCommit(true);
            return ask(connection, "select current_setting('app.tenant', true)");
          });
    }
    compare(
        "maxResultBuffer of a long result",
        "maxResultBuffer=60",
        connection -> ask(connection, "select repeat('x', 100)"));
    for (String question : List.of("IDENTIFY_SYSTEM", "SHOW server_encoding", "nonsense")) {
      compare(
          "replication: " + question,
          "replication=database&preferQueryMode=simple&assumeMinServerVersion=14",
          connection -> {
            try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(question)) {
              return rows.getMetaData().getColumnCount() + ":" + rows.next();
            }
          });
    }
    compare(
        "replication: valid",
        "replication=database&preferQueryMode=simple&assumeMinServerVersion=14",
        connection -> connection.isValid(5));
    compare(
        "replication: slot",
        "replication=database&preferQueryMode=simple&assumeMinServerVersion=14",
        connection -> {
          connection
              .unwrap(PGConnection.class)
              .getReplicationAPI()
              .createReplicationSlot()
              .physical()
              .withSlotName("compared")
              .withTemporaryOption()
              .make();
          return "made";
        });
  }

  // ---- a backend that is terminated

  private void terminated() throws SQLException {
    compare("terminated, autocommit: isValid", connection -> valid(connection, ""));
    compare("terminated, autocommit: statement", connection -> afterEnd(connection, ""));
    compare("terminated, autocommit: close", connection -> closed(connection, ""));
    String begin = "begin";
    compare("terminated, in a transaction: isValid", connection -> valid(connection, begin));
    compare("terminated, in a transaction: statement", connection -> afterEnd(connection, begin));
    compare("terminated, in one: close", connection -> closed(connection, begin));
    String temporary = "create temp table kept as select 1 as c";
    compare(
        "terminated, holding what is lost, isValid", connection -> valid(connection, temporary));
    compare(
        "terminated, holding what is lost: statement",
        connection -> afterEnd(connection, temporary));
    compare("terminated, holding it: close", connection -> closed(connection, temporary));
    compare(
        "terminated, without replay: isValid",
        "baton.replay=none",
        connection -> valid(connection, ""));
  }

  private void terminate(Connection connection, String before) throws SQLException {
    if (before.equals("begin")) {
      connection.setAutoCommit(false);
      execute(connection, "select 1");
    } else if (!before.isEmpty()) {
      execute(connection, before);
    }
    int backend = connection.unwrap(PGConnection.class).getBackendPID();
    try (Connection administrator = pgjdbc.open()) {
      ask(administrator, "select pg_terminate_backend(" + backend + ")");
      Awaitility.await()
          .until(
              () ->
                  "0"
                      .equals(
                          ask(
                              administrator,
                              "select count(*) from pg_stat_activity where pid = " + backend)));
    }
  }

  private Object valid(Connection connection, String before) throws SQLException {
    terminate(connection, before);
    return connection.isValid(10) + (connection.isClosed() ? " closed" : " open");
  }

  private @Nullable Object afterEnd(Connection connection, String before) throws SQLException {
    terminate(connection, before);
    return ask(connection, "select 1");
  }

  private Object closed(Connection connection, String before) throws SQLException {
    terminate(connection, before);
    connection.close();
    return connection.isClosed() + " " + connection.isValid(1);
  }
}
