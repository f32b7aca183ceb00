package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a write commits by itself, what the server warns of at its commit is of its statement. */
class ProtectedWritesWarningsTest extends ContractFixture {

  ProtectedWritesWarningsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeEach
  void warningCommit() throws SQLException {
    direct(
        """
        create or replace function warn() returns trigger language plpgsql as $$
        begin raise warning 'at the commit of %', new.id; return null; end $$;
        drop table if exists warned;
        create table warned (id int);
        create constraint trigger warn after insert on warned
          deferrable initially deferred for each row execute function warn()""");
  }

  private static List<String> texts(@Nullable SQLWarning first) {
    List<String> texts = new ArrayList<>();
    for (SQLWarning next = first; next != null; next = next.getNextWarning()) {
      texts.add(next.getMessage());
    }
    return texts;
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "protect"})
  void warningOfItsCommit_isOnTheStatement(String mode) throws SQLException {
    reconnect("?baton.autocommitWrites=" + mode);
    try (Statement statement = connection.createStatement();
        PreparedStatement update = connection.prepareStatement("insert into warned values (?)");
        PreparedStatement returning =
            connection.prepareStatement("insert into warned values (3) returning id")) {
      statement.executeUpdate("insert into warned values (1)");
      assertThat(texts(statement.getWarnings())).containsExactly("at the commit of 1");
      update.setInt(1, 2);
      update.executeUpdate();
      assertThat(texts(update.getWarnings())).containsExactly("at the commit of 2");
      try (ResultSet rows = returning.executeQuery()) {
        assertThat(rows.next()).isTrue();
        assertThat(texts(returning.getWarnings())).containsExactly("at the commit of 3");
      }
      statement.addBatch("insert into warned values (4)");
      statement.addBatch("insert into warned values (5)");
      statement.executeBatch();
      assertThat(texts(statement.getWarnings()))
          .containsExactly("at the commit of 4", "at the commit of 5");
      statement.executeUpdate("insert into entry values (1)");
      assertThat(texts(statement.getWarnings())).isEmpty();
    }
    assertThat(texts(connection.getWarnings())).isEmpty();
  }

  @Test
  void warningsOfTheConnection_stayThere() throws SQLException {
    reconnect("?baton.autocommitWrites=protect");
    connection.setAutoCommit(false);
    execute("insert into warned values (1)");
    connection.commit();
    connection.setAutoCommit(true);
    execute("insert into warned values (2)");

    assertThat(texts(connection.getWarnings())).containsExactly("at the commit of 1");
  }
}
