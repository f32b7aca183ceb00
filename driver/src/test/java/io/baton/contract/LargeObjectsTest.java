package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.jdbc.pgjdbc.LargeObjects;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.proxy.ArmedFault;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.largeobject.LargeObject;
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

  private static String open(LargeObjectManager manager, long id) {
    try {
      manager.open(id).close();
      return "opened";
    } catch (SQLException failure) {
      return String.valueOf(failure.getSQLState());
    }
  }

  /** An application that calls nothing else but rollback. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void object_ofALostConnection_isFollowedByOneOfAConnectionThatWorks(boolean isAlone)
      throws SQLException {
    connection.setAutoCommit(false);
    LargeObjectManager manager = manager();
    long id = manager.createLO();
    try (LargeObject object = manager.open(id)) {
      object.write(new byte[] {1});
    }
    connection.commit();
    if (isAlone) {
      int backend = connection.unwrap(PGConnection.class).getBackendPID();
      direct("select pg_terminate_backend(" + backend + ", 10000)");
    } else {
      cutAll();
      restore();
    }
    open(manager, id); // If it is cut off, it ends with the driver's own error.
    connection.rollback();

    assertThat(open(manager, id)).isEqualTo("opened");
    connection.commit();
    manager.delete(id);
    connection.commit();
  }

  @Test
  void object_ofATransactionThatWasCutOff_isToldOfItsLoss() throws SQLException {
    LargeObjectManager manager = manager();
    connection.setAutoCommit(false);
    long id = manager.createLO();
    cutAll();
    restore();
    assertThat(open(manager, id)).isEqualTo("08006");

    assertThat(open(manager, id)).isEqualTo("40001");
    assertThat(open(manager, id)).isEqualTo("25P02");
    connection.rollback();
    long next = manager.createLO();
    connection.commit();
    manager.delete(next);
    connection.commit();
  }

  @Test
  void callsOfATransaction_areMadeWithoutAQuestion() throws SQLException {
    LargeObjectManager manager = manager();
    connection.setAutoCommit(false);
    long id = manager.createLO();
    ArmedFault asked =
        cluster.primary().proxy().on(FaultPoint.before(Backend.EMPTY_QUERY_RESPONSE), () -> {});
    open(manager, id);
    connection.commit();
    open(manager, id);
    manager.delete(id);
    connection.commit();

    assertThat(asked.hasFired()).isFalse();
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
