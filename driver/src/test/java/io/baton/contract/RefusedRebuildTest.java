package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariDataSource;
import io.baton.BatonException;
import io.baton.BatonException.Outcome;
import io.baton.OutcomeUnknownException;
import io.baton.SessionLostException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The session cannot be rebuilt, since the server refuses a part of it, or the login: the session
 * is lost, which is said with what became of the work, and the connection is closed.
 */
@Tag("campaign")
class RefusedRebuildTest extends ContractFixture {

  private static final String FAILOVER_TIMEOUT = "?baton.failoverTimeout=3s";

  RefusedRebuildTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  /** A part of a session, and what happens so that a server refuses it. */
  enum Refusal {
    LOGIN("28000", "select 1", "alter role clerk nologin"),
    PASSWORD("28P01", "select 1", "alter role clerk password 'new'"),
    PREPARED_STATEMENT("42P01", "prepare p as select * from gone", "drop table gone"),
    ROLE("42501", "set role desk", "revoke desk from clerk"),
    ROWS_OF_THE_SESSION(
        null,
        "create temporary table feeling (mood text); insert into feeling values ('good')",
        "select 1");

    /** The server's own error; null where the driver may know of the loss without asking. */
    private final @Nullable String state;

    private final String part;
    private final String change;

    Refusal(@Nullable String state, String part, String change) {
      this.state = state;
      this.part = part;
      this.change = change;
    }

    boolean isOfLogin() {
      return this == LOGIN || this == PASSWORD;
    }
  }

  @BeforeEach
  void clerk() throws SQLException {
    superuser(
        """
        do $$ begin
          if not exists (select from pg_roles where rolname = 'clerk') then
            create role clerk login; create role desk;
          end if;
        end $$;
        alter role clerk login password 'old';
        grant desk to clerk;
        drop table if exists gone;
        create table gone (id int);
        grant all on all tables in schema public to clerk, desk;
        """);
    cluster.awaitReplication();
    connection.close();
    connection = connectAsClerk("old");
  }

  private Connection connectAsClerk(String password) throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + FAILOVER_TIMEOUT, "clerk", password);
  }

  private void superuser(String sql) {
    try (Connection direct = cluster.primary().connectAsSuperuser();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    } catch (SQLException unexpected) {
      throw new IllegalStateException(unexpected);
    }
  }

  private void cutOn(FaultPoint point, Refusal refusal) {
    cutOn(point, () -> superuser(refusal.change));
  }

  private void cutOn(FaultPoint point, Runnable change) {
    cluster.primary().proxy().cutOn(point, change);
  }

  /** The session is lost; what is unknown of the work is said to be, and nothing else. */
  private BatonException losesItsSession(BackgroundCall.Call call, Refusal refusal)
      throws SQLException {
    SQLException failure = failure(call);
    assertThat((Throwable) failure).isInstanceOf(BatonException.class);
    boolean isUnknown = ((BatonException) failure).outcome() == Outcome.UNKNOWN;
    assertThat((Throwable) failure)
        .isInstanceOf(isUnknown ? OutcomeUnknownException.class : SessionLostException.class);
    assertThat(failure.getSQLState()).isEqualTo(isUnknown ? "08007" : "08006");
    if (refusal.state != null) {
      assertThat(failure.getCause())
          .isInstanceOfSatisfying(
              SQLException.class,
              cause -> assertThat(cause.getSQLState()).isEqualTo(refusal.state));
    }
    assertThat(connection.isClosed()).isTrue();
    assertThat(connection.isValid(1)).isFalse();
    assertThat(stateOf(() -> ask("select 1"))).isEqualTo("08003");
    return (BatonException) failure;
  }

  @ParameterizedTest
  @EnumSource(names = {"PASSWORD", "PREPARED_STATEMENT", "ROWS_OF_THE_SESSION"})
  void read_onASessionThatIsRefused_losesIt(Refusal refusal) throws SQLException {
    execute(refusal.part);
    cutOn(FaultPoint.before(Frontend.PARSE).ofStatement("from entry"), refusal);

    losesItsSession(() -> ask("select count(*) from entry"), refusal);
  }

  @ParameterizedTest
  @EnumSource(names = {"LOGIN", "PREPARED_STATEMENT", "ROLE"})
  void transaction_onASessionThatIsRefused_isNotCommitted(Refusal refusal) throws SQLException {
    execute(refusal.part);
    connection.setAutoCommit(false);
    insert(1);
    cutOn(FaultPoint.before(Frontend.PARSE).ofStatement("values (2)"), refusal);

    BatonException lost = losesItsSession(() -> insert(2), refusal);

    assertThat(lost.outcome()).isEqualTo(Outcome.NOT_COMMITTED);
    assertThat(stateOf(connection::commit)).isEqualTo("08003");
    assertThat(rows()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void commit_thatTookPlaceOnASessionThatIsRefused_isNotMadeAgain(Refusal refusal)
      throws SQLException {
    execute(refusal.part);
    connection.setAutoCommit(false);
    insert(1);
    cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT"), refusal);

    BatonException lost = losesItsSession(connection::commit, refusal);

    if (refusal.isOfLogin()) {
      assertThat(lost.outcome()).isIn(Outcome.COMMITTED, Outcome.UNKNOWN);
    } else {
      assertThat(lost.outcome()).isEqualTo(Outcome.COMMITTED);
    }
    assertThat(stateOf(connection::commit)).isEqualTo("08003");
    assertThat(rows()).isEqualTo("1");
  }

  @ParameterizedTest
  @EnumSource(names = {"LOGIN", "PREPARED_STATEMENT", "ROWS_OF_THE_SESSION"})
  void commit_thatDidNotTakePlaceOnASessionThatIsRefused_isNotSaidToBeDone(Refusal refusal)
      throws SQLException {
    execute(refusal.part);
    connection.setAutoCommit(false);
    insert(1);
    cutOn(
        FaultPoint.before(Frontend.EXECUTE).ofStatement(sql -> sql.equalsIgnoreCase("commit")),
        refusal);

    BatonException lost = losesItsSession(connection::commit, refusal);

    if (refusal.isOfLogin()) {
      assertThat(lost.outcome()).isIn(Outcome.NOT_COMMITTED, Outcome.UNKNOWN);
    } else {
      assertThat(lost.outcome()).isEqualTo(Outcome.NOT_COMMITTED);
    }
    assertThat(rows()).isEmpty();
  }

  /** The roles are back before the second COMMIT: it must find no transaction to commit. */
  @Test
  void commit_calledAgainWhenTheLoginIsAllowedAgain_doesNotRepeatTheWork() throws SQLException {
    superuser("drop table if exists work; create table work (id int); grant all on work to clerk");
    connection.setAutoCommit(false);
    execute("insert into work values (1)");
    connection.commit();
    execute("insert into work values (2)");
    cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT"), Refusal.LOGIN);
    failure(connection::commit);
    superuser("alter role clerk login");

    try {
      connection.commit();
    } catch (SQLException closed) {
      assertThat(closed.getSQLState()).isEqualTo("08003");
    }

    try (Connection direct = cluster.primary().connectAsSuperuser()) {
      assertThat(ask(direct, "select string_agg(id::text, ' ' order by id) from work"))
          .isEqualTo("1 2");
    }
  }

  /** Prepared by the login role, which may do more: restored as it was made, or lost. */
  @Test
  void statementPreparedByAnotherRole_isRestoredOrTheSessionIsLost() throws SQLException {
    superuser(
        "create schema if not exists private; create table if not exists private.note (id int);"
            + " grant usage on schema private to clerk");
    execute("prepare p as select count(*) from private.note");
    execute("set role desk");
    cutOn(FaultPoint.before(Frontend.PARSE).ofStatement("from entry"), () -> {});

    SQLException failure =
        catchThrowableOfType(SQLException.class, () -> ask("select count(*) from entry"));

    if (failure == null) {
      assertThat(ask("select current_user")).isEqualTo("desk");
      assertThat(ask("select name from pg_catalog.pg_prepared_statements where from_sql"))
          .isEqualTo("p");
    } else {
      assertThat((Throwable) failure).isInstanceOf(SessionLostException.class);
      assertThat(connection.isClosed()).isTrue();
    }
  }

  /**
   * A pool does not ask whether a connection works that it was given back just now: only one that
   * is closed, or ends with 08xxx, is taken out.
   */
  @Test
  void pool_whosePasswordWasRotated_worksAgainAfterAFailover() throws SQLException {
    int size = 3;
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setJdbcUrl(cluster.jdbcUrl("jdbc:baton:postgresql:") + FAILOVER_TIMEOUT);
      pool.setUsername("clerk");
      pool.setPassword("old");
      pool.setMaximumPoolSize(size);
      try (Connection first = pool.getConnection();
          Connection second = pool.getConnection();
          Connection third = pool.getConnection()) {
        assertThat(ask(first, "select 1") + ask(second, "select 1") + ask(third, "select 1"))
            .isEqualTo("111");
        superuser("alter role clerk password 'new'");
        pool.setPassword("new");
        cluster.failover();
      }

      int failures = 0;
      for (int borrowed = 0; borrowed < 4 * size; borrowed++) {
        try (Connection one = pool.getConnection()) {
          ask(one, "select count(*) from entry");
        } catch (SQLException lost) {
          assertThat(lost.getSQLState()).isEqualTo("08006");
          failures++;
        }
      }

      assertThat(failures).isLessThanOrEqualTo(size);
    }
  }
}
