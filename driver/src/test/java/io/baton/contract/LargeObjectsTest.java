package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.jdbc.pgjdbc.LargeObjects;
import io.baton.testkit.PostgresCluster;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.largeobject.LargeObjectManager;

/** The interface for large objects: its use ends the cover, and not that it was fetched. */
class LargeObjectsTest extends ContractFixture {

  LargeObjectsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  private LargeObjectManager manager() throws SQLException {
    return connection.unwrap(PGConnection.class).getLargeObjectAPI();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void transaction_withAnInterfaceThatIsNotUsed_isReplayed(boolean fetchedInIt)
      throws SQLException {
    if (!fetchedInIt) {
      manager();
    }
    connection.setAutoCommit(false);
    if (fetchedInIt) {
      manager();
    }
    insert(1);
    cluster.primary().terminateBackends();
    insert(2);
    connection.commit();

    assertThat(rows()).isEqualTo("1 2");
  }

  @Test
  void transaction_withALargeObject_isNot() throws SQLException {
    LargeObjectManager manager = manager();
    connection.setAutoCommit(false);
    insert(1);
    manager.createLO();
    cluster.primary().terminateBackends();

    assertThat(stateOf(() -> insert(2))).isEqualTo("40001");
    connection.rollback();
  }

  @Test
  void interface_fetchedAheadOfAMove_isThatOfTheServerOfNow() throws SQLException {
    LargeObjectManager manager = manager();
    connection.setAutoCommit(false);
    insert(1);
    cluster.primary().terminateBackends();
    insert(2);
    long id = manager.createLO();
    connection.commit();

    assertThat(ask("select count(*) from pg_largeobject_metadata where oid = " + id))
        .isEqualTo("1");
    manager.delete(id);
    connection.commit();
  }

  @Test
  void interface_ofAClosedConnection_isRefused() throws SQLException {
    LargeObjectManager manager = manager();
    connection.close();

    assertThat(stateOf(this::manager)).isEqualTo("08003");
    assertThat(stateOf(() -> manager.createLO())).isEqualTo("08003");
  }

  /** A call of a newer pgjdbc that is left out would be made on a connection that was left. */
  @Test
  void everyCall_isMadeOnTheDriversOwn() {
    List<String> leftOut =
        Arrays.stream(LargeObjects.class.getMethods())
            .filter(method -> method.getDeclaringClass() == LargeObjectManager.class)
            .filter(method -> !Modifier.isStatic(method.getModifiers()))
            .map(Method::toString)
            .toList();

    assertThat(leftOut).isEmpty();
  }
}
