package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.proxy.ArmedFault;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.sql.Statement;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.util.ByteBufferByteStreamWriter;

/**
 * What is done on objects of the driver changes the session: a COPY does what its table's triggers
 * do, and is judged by its text; anything else is asked for where it can be.
 */
class CopiedRowsTest extends ContractFixture {

  CopiedRowsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeEach
  void code() throws SQLException {
    execute(
        "drop table if exists setting, locking;"
            + "create or replace function copy_set() returns trigger language plpgsql as"
            + " 'begin perform set_config(''app.copy'', ''new'', false); return new; end';"
            + "create or replace function copy_lock() returns trigger language plpgsql as"
            + " 'begin perform pg_advisory_lock(4712); return new; end';"
            + "create table setting (id int primary key); create table locking (id int);"
            + "create trigger fire before insert on setting"
            + " for each row execute function copy_set();"
            + "create trigger fire before insert on locking"
            + " for each row execute function copy_lock()");
    execute("set app.copy = 'old'");
  }

  /** How rows are copied. */
  enum Way {
    READER {
      @Override
      void copy(CopyManager manager, String sql) throws SQLException, IOException {
        manager.copyIn(sql, new StringReader("1\n2\n"));
      }
    },
    STREAM {
      @Override
      void copy(CopyManager manager, String sql) throws SQLException, IOException {
        manager.copyIn(sql, new ByteArrayInputStream(ROWS));
      }
    },
    WRITER {
      @Override
      void copy(CopyManager manager, String sql) throws SQLException, IOException {
        manager.copyIn(sql, new ByteBufferByteStreamWriter(ByteBuffer.wrap(ROWS)));
      }
    },
    BY_HAND {
      @Override
      void copy(CopyManager manager, String sql) throws SQLException {
        CopyIn copy = manager.copyIn(sql);
        copy.writeToCopy(ROWS, 0, ROWS.length);
        copy.endCopy();
      }
    };

    private static final byte[] ROWS = "1\n2\n".getBytes(StandardCharsets.UTF_8);

    abstract void copy(CopyManager manager, String sql) throws SQLException, IOException;
  }

  private CopyManager manager() throws SQLException {
    return connection.unwrap(PGConnection.class).getCopyAPI();
  }

  private static void copy(Way way, CopyManager manager, String table) throws SQLException {
    try {
      way.copy(manager, "copy " + table + " from stdin");
    } catch (IOException unexpected) {
      throw new AssertionError(unexpected);
    }
  }

  private String setting() throws SQLException {
    return ask("select current_setting('app.copy')");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BY_HAND")
  void setting_ofATrigger_isKept(Way way) throws SQLException {
    copy(way, manager(), "setting");
    cluster.primary().terminateBackends();

    assertThat(setting()).isEqualTo("new");
  }

  @ParameterizedTest
  @EnumSource
  void setting_ofATrigger_isKept_onceAnotherCallHasBeenMade(Way way) throws SQLException {
    CopyManager manager = manager();
    ask("select 1");
    copy(way, manager, "setting");
    ask("select 1");
    cluster.primary().terminateBackends();

    assertThat(setting()).isEqualTo("new");
  }

  @Test
  void setting_ofATrigger_thatNobodyCouldBeAskedFor_isNotLostInSilence() throws SQLException {
    copy(Way.BY_HAND, manager(), "setting");
    cluster.primary().terminateBackends();

    assertThat(stateOf(this::setting)).isEqualTo("08006");
    assertThat(connection.isClosed()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void setting_ofATrigger_inATransaction_isKeptIfItIsCommitted(Way way) throws SQLException {
    connection.setAutoCommit(false);
    copy(way, manager(), "setting");
    connection.commit();
    cluster.primary().terminateBackends();

    assertThat(setting()).isEqualTo("new");
  }

  @Test
  void setting_ofATrigger_whoseTransactionIsRolledBack_isWhatItWas() throws SQLException {
    connection.setAutoCommit(false);
    insert(1);
    copy(Way.READER, manager(), "setting");
    connection.rollback();
    cluster.primary().terminateBackends();

    assertThat(setting()).isEqualTo("old");
  }

  @Test
  void setting_ofATrigger_whoseCopyIsRefused_isWhatItWas() throws SQLException {
    direct("insert into setting values (2)");
    assertThat(stateOf(() -> copy(Way.READER, manager(), "setting"))).isEqualTo("23505");
    cluster.primary().terminateBackends();

    assertThat(setting()).isEqualTo("old");
  }

  @Test
  void lock_ofATrigger_isNotLostInSilence() throws SQLException {
    copy(Way.READER, manager(), "locking");
    cluster.primary().terminateBackends();

    assertThat((Throwable) failure(() -> ask("select 1")))
        .hasMessageContaining("advisory lock 4712");
    assertThat(connection.isClosed()).isTrue();
  }

  /** Makes a call; returns whether the server was asked for the session by the end of it. */
  private boolean isAskedFor(BackgroundCall.Call call) throws SQLException {
    direct("truncate entry");
    ArmedFault asked =
        cluster
            .primary()
            .proxy()
            .on(
                FaultPoint.before(Backend.COMMAND_COMPLETE)
                    .ofStatement(statement -> statement.contains("pg_catalog.pg_settings")),
                () -> {});
    call.run();
    boolean isAsked = asked.hasFired();
    asked.disarm();
    return isAsked;
  }

  @ParameterizedTest
  @EnumSource
  void copyIntoATableWithoutCode_costsNothing_andKeepsTheSession(Way way) throws SQLException {
    // From when on it is known that what was defined has not changed the table.
    Awaitility.await().until(() -> !isAskedFor(() -> copy(Way.READER, manager(), "entry")));

    assertThat(
            isAskedFor(
                () -> {
                  copy(way, manager(), "entry");
                  ask("select 1");
                }))
        .isFalse();
    direct("truncate entry");
    copy(way, manager(), "entry");
    cluster.primary().terminateBackends();
    assertThat(setting()).isEqualTo("old");
  }

  private void executePast(String sql) throws SQLException {
    try (Statement past = connection.unwrap(PgConnection.class).createStatement()) {
      past.execute(sql);
    }
  }

  @Test
  void state_ofAnUnwrappedConnection_isAskedForAfterTheNextCall() throws SQLException {
    executePast("set app.copy = 'new'; create temp table past (id int)");
    assertThat(isAskedFor(() -> ask("select 1"))).isTrue();
    assertThat(isAskedFor(() -> ask("select 1"))).isFalse();
    cluster.primary().terminateBackends();

    assertThat((Throwable) failure(() -> ask("select 1"))).hasMessageContaining("past");
  }

  @Test
  void state_ofAnUnwrappedConnection_isAskedForAfterTheTransaction() throws SQLException {
    connection.setAutoCommit(false);
    insert(1);
    executePast("set app.copy = 'new'");
    connection.commit();
    connection.setAutoCommit(true);
    cluster.primary().terminateBackends();

    assertThat(setting()).isEqualTo("new");
  }

  /** What it was used for is not known, and that it was handed out costs no session. */
  @Test
  void session_ofAnUnwrappedConnection_thatNobodyCouldBeAskedFor_goesOn() throws SQLException {
    executePast("select 1");
    cluster.primary().terminateBackends();

    assertThat(setting()).isEqualTo("old");
  }
}
