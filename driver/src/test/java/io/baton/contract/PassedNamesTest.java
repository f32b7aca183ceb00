package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Settings whose names are passed to functions of the database: they are kept where the name stands
 * in the text or a bound value, and where it may not, the session is lost rather than a setting.
 */
@PostgresTest
class PassedNamesTest {

  private final PostgresCluster cluster;
  private Connection connection;

  PassedNamesTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void connect() throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      execute(
          direct,
          """
          drop table if exists cfg;
          create table cfg (name text);
          insert into cfg values ('app.hidden');
          create or replace function setter(n text, v text) returns void language plpgsql as
            $$ begin perform set_config(n, v, false); end $$;
          create or replace function setter_with(v text, n text default 'app.' || 'default')
            returns void language plpgsql as $$ begin perform set_config(n, v, false); end $$;
          create or replace function outer_setter(v text) returns void language plpgsql as
            $$ declare hidden text; begin select name into hidden from cfg;
               perform setter(hidden, v); end $$;
          create or replace procedure p_set(n text, v text) language plpgsql as
            $$ begin perform set_config(n, v, false); end $$;
          """);
    }
    connection =
        DriverManager.getConnection(
            cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.reads=auto",
            cluster.user(),
            cluster.password());
    execute(connection, "create or replace view of_ours as select 1"); // The catalogue is read.
    Awaitility.await()
        .until(
            () ->
                connection
                    .unwrap(BatonConnection.class)
                    .explainRoute("select count(*) from of_ours")
                    .contains("only reads"));
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String afterLoss(String name) throws SQLException {
    cluster.primary().terminateBackends(); // A crash, as far as a session can tell.
    try {
      return ContractFixture.ask(connection, "select current_setting('" + name + "', true)");
    } catch (SQLException lost) {
      return lost.getSQLState();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "select setter('app.one', '1') ~ app.one ~ 1",
        "select public.setter('App.One', '1') ~ app.one ~ 1",
        "call p_set('app.two', '1') ~ app.two ~ 1",
        // What is passed is not what stands there, or may not be.
        "select setter('app' || '.built', '1') ~ app.built ~ 08006",
        "select setter(concat('app', '.built'), '1') ~ app.built ~ 08006",
        "select setter(name, '1') from cfg ~ app.hidden ~ 08006",
        "select setter((table cfg), '1') ~ app.hidden ~ 08006",
        "select setter(E'app\\x2eescaped', '1') ~ app.escaped ~ 08006",
        "select setter_with('1') ~ app.default ~ 08006",
        "select outer_setter('1') ~ app.hidden ~ 08006",
        "do $$ declare m text; begin select name into m from cfg; perform setter(m, '1'); end $$"
            + " ~ app.hidden ~ 08006",
        "prepare s as select setter(name, '1') from cfg; execute s ~ app.hidden ~ 08006",
      })
  void name_isKept_orTheSessionIsLost(String sql, String name, String expected)
      throws SQLException {
    execute(connection, sql);

    assertThat(afterLoss(name)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"select setter(?, ?)", "call p_set(?, ?)"})
  void boundName_isKept(String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, "app.bound");
      statement.setString(2, "2");
      statement.execute();
    }

    assertThat(afterLoss("app.bound")).isEqualTo("2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "call p_set(?, ?)",
        "insert into cfg select 'x' where set_config(?, ?, false) is not null"
      })
  void namesOfABatch_areKept_orTheSessionIsLost(String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (String name : new String[] {"app.first", "app.last"}) {
        statement.setString(1, name);
        statement.setString(2, "3");
        statement.addBatch();
      }
      statement.executeBatch();
    }

    assertThat(afterLoss("app.first")).isIn("3", "08006");
  }
}
