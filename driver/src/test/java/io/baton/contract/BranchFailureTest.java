package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.BatonConnection;
import io.baton.BatonXADataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.TestLength;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.ArmedFault;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.sql.ConnectionEvent;
import javax.sql.ConnectionEventListener;
import javax.sql.XAConnection;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.postgresql.xa.PGXADataSource;

/** The branches of distributed transactions, and the loss of their server at each point. */
@PostgresTest(
    standbys = 2,
    synchronous = true,
    settings = {"max_prepared_transactions=20"})
@Timeout(40)
@Tag("campaign")
class BranchFailureTest extends ContractFixture implements ConnectionEventListener {

  private final List<SQLException> told = new ArrayList<>();
  private BatonXADataSource dataSource;
  private XAConnection xa;
  private XAResource resource;
  private Connection handle;
  private Xid xid;

  BranchFailureTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "?ApplicationName=observer");
  }

  @BeforeEach
  void connect() throws SQLException {
    open("");
  }

  private void open(String options) throws SQLException {
    dataSource = new BatonXADataSource();
    dataSource.setUrl(cluster.jdbcUrl("jdbc:baton:postgresql:") + options);
    dataSource.setUser(cluster.user());
    dataSource.setPassword(cluster.password());
    xid = TestXid.next();
    xa = dataSource.getXAConnection();
    xa.addConnectionEventListener(this);
    resource = xa.getXAResource();
    handle = xa.getConnection();
    told.clear();
  }

  @Override
  public void connectionClosed(ConnectionEvent event) {}

  @Override
  public void connectionErrorOccurred(ConnectionEvent event) {
    told.add(event.getSQLException());
  }

  @AfterEach
  void disconnect() throws Exception {
    cluster.nodes().forEach(node -> node.proxy().disarm());
    restore();
    xa.close();
    cluster.repair();
    rollBackAll();
    dataSource.close();
  }

  /** A test that fails must not leave a lock to the next one. */
  private void rollBackAll() throws SQLException {
    try (Connection direct = cluster.primary().connect();
        Statement list = direct.createStatement();
        Statement end = direct.createStatement();
        ResultSet left = list.executeQuery("select gid from pg_prepared_xacts")) {
      while (left.next()) {
        end.execute("rollback prepared '" + left.getString(1) + "'");
      }
    }
  }

  private void work(int... ids) throws SQLException {
    try (Statement statement = handle.createStatement()) {
      for (int id : ids) {
        statement.executeUpdate("insert into entry values (" + id + ")");
      }
    }
  }

  private void branch(int... ids) throws SQLException, XAException {
    resource.start(xid, XAResource.TMNOFLAGS);
    work(ids);
    resource.end(xid, XAResource.TMSUCCESS);
  }

  private static int codeOf(ThrowingCallable call) {
    XAException thrown = catchThrowableOfType(XAException.class, call);
    assertThat((Throwable) thrown).as("the end of the call").isNotNull();
    return thrown.errorCode;
  }

  private Xid[] inDoubt() throws XAException {
    return resource.recover(XAResource.TMSTARTRSCAN | XAResource.TMENDRSCAN);
  }

  // ------------------------------------------------------------------------- before the prepare

  @Test
  void branch_whosePrimaryCrashes_isReplayed_andPreparedOnTheNextOne() throws Exception {
    resource.start(xid, XAResource.TMNOFLAGS);
    work(1);
    cluster.failover();
    work(2);
    resource.end(xid, XAResource.TMSUCCESS);
    cluster.repair();

    assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
    resource.commit(xid, false);

    assertThat(rows()).isEqualTo("1 2");
    assertThat(told).as("errors of a session that was restored").isEmpty();
  }

  @Test
  void branch_whosePrimaryCrashesBeforeItsPrepare_isReplayedByThat() throws Exception {
    branch(1);
    cluster.failover();

    assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
    resource.commit(xid, false);

    assertThat(rows()).isEqualTo("1");
  }

  @Test
  void branch_withoutAutocommit_isReplayedToo_andLeavesTheModeAlone() throws Exception {
    handle.setAutoCommit(false);
    resource.start(xid, XAResource.TMNOFLAGS);
    work(1);
    cluster.primary().terminateBackends();
    work(2);
    resource.end(xid, XAResource.TMSUCCESS);
    cluster.primary().terminateBackends();

    assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
    cluster.primary().terminateBackends();
    resource.commit(xid, false);

    assertThat(rows()).isEqualTo("1 2");
    assertThat(handle.getAutoCommit()).isFalse();
    work(3);
    handle.rollback();
    assertThat(rows()).isEqualTo("1 2");
  }

  @Test
  void branch_thatCannotBeReplayed_isRolledBackForTheTransactionManager() throws Exception {
    resource.start(xid, XAResource.TMNOFLAGS);
    work(1);
    handle.unwrap(BatonConnection.class).disableReplay();
    cluster.primary().terminateBackends();
    assertThat(stateOf(() -> work(2))).isEqualTo("40001");
    assertThat(stateOf(() -> work(3))).isEqualTo("25P02");
    resource.end(xid, XAResource.TMFAIL);

    assertThat(codeOf(() -> resource.prepare(xid))).isEqualTo(XAException.XA_RBCOMMFAIL);
    assertThatCode(() -> resource.rollback(xid)).doesNotThrowAnyException();
    assertThat(rows()).isEmpty();

    xid = TestXid.next();
    branch(4);
    resource.commit(xid, true);
    assertThat(rows()).isEqualTo("4");
    assertThat(told).isEmpty();
  }

  /** What ends a call while no server can be reached, and its transaction with it. */
  @TestFactory
  Stream<DynamicTest> branch_thatIsLostWhileThereIsNoServer_isNotCommitted() {
    return Stream.of(false, true)
        .flatMap(
            isTimedOut ->
                Stream.of(false, true)
                    .map(
                        onePhase ->
                            DynamicTest.dynamicTest(
                                (isTimedOut ? "57014" : "08001")
                                    + (onePhase ? ", one phase" : ", two phases"),
                                () -> loseWithoutServer(isTimedOut, onePhase))));
  }

  private void loseWithoutServer(boolean isTimedOut, boolean onePhase) throws Exception {
    disconnect();
    open("?baton.failoverTimeout=" + (isTimedOut ? "20s" : "1s"));
    resource.start(xid, XAResource.TMNOFLAGS);
    work(1);
    cutAll();
    try (Statement statement = handle.createStatement()) {
      statement.setQueryTimeout(isTimedOut ? 1 : 0);
      assertThat(stateOf(() -> statement.executeUpdate("insert into entry values (2)")))
          .isEqualTo(isTimedOut ? "57014" : "08001");
    }
    restore();
    resource.end(xid, XAResource.TMSUCCESS);
    if (onePhase) {
      assertThat(codeOf(() -> resource.commit(xid, true))).isEqualTo(XAException.XA_RBROLLBACK);
    } else {
      assertThat(codeOf(() -> resource.prepare(xid))).isEqualTo(XAException.XA_RBCOMMFAIL);
    }
    assertThat(rows()).isEmpty();
    xid = TestXid.next();
    branch(3);
    resource.commit(xid, true);
    assertThat(rows()).isEqualTo("3");
    direct("truncate entry");
  }

  @Test
  void session_thatHasListedWhatIsPrepared_isRestored() throws Exception {
    assertThat(inDoubt()).isEmpty();
    resource.start(xid, XAResource.TMNOFLAGS);
    work(1);
    cluster.primary().terminateBackends();
    work(2);
    resource.end(xid, XAResource.TMSUCCESS);
    resource.commit(xid, true);
    assertThat(rows()).isEqualTo("1 2");
  }

  @Test
  void branch_whoseSessionIsLost_endsAtOnce_andTheListenersAreToldOnce() throws Exception {
    try (Statement statement = handle.createStatement()) {
      statement.execute("create temp table kept as select 1 as a");
    }
    resource.start(xid, XAResource.TMNOFLAGS);
    cluster.primary().terminateBackends();

    SQLException lost = failure(() -> work(1));
    assertThat(lost.getSQLState()).isEqualTo("08006");
    assertThat(told).containsExactly(lost);
    assertThat(codeOf(() -> resource.end(xid, XAResource.TMFAIL)))
        .isEqualTo(XAException.XA_RBCOMMFAIL);
    assertThatCode(() -> resource.rollback(xid)).doesNotThrowAnyException();
    assertThat(codeOf(() -> resource.start(TestXid.next(), XAResource.TMNOFLAGS)))
        .isEqualTo(XAException.XAER_RMFAIL);
    assertThat(codeOf(this::inDoubt)).isEqualTo(XAException.XAER_RMFAIL);
    assertThat(handle.isClosed()).isTrue();
    handle.close();
    assertThat(told).hasSize(1);
  }

  // ---------------------------------------------------------------------------- cut off commands

  /** What is cut off. */
  private enum Command {
    PREPARE("prepare transaction") {
      @Override
      void call(BranchFailureTest test) throws XAException {
        assertThat(test.resource.prepare(test.xid)).isEqualTo(XAResource.XA_OK);
        assertThat(test.inDoubt()).hasSize(1).allMatch(found -> found.equals(test.xid));
        test.resource.commit(test.xid, false);
      }
    },
    COMMIT_PREPARED("commit prepared") {
      @Override
      void call(BranchFailureTest test) throws XAException {
        test.resource.commit(test.xid, false);
      }
    },
    ROLLBACK_PREPARED("rollback prepared") {
      @Override
      void call(BranchFailureTest test) throws XAException {
        test.resource.rollback(test.xid);
      }
    },
    COMMIT("commit") {
      @Override
      void call(BranchFailureTest test) throws XAException {
        test.resource.commit(test.xid, true);
      }
    };

    private final String text;

    Command(String text) {
      this.text = text;
    }

    abstract void call(BranchFailureTest test) throws XAException;

    boolean concerns(String sql) {
      String lower = sql.toLowerCase(Locale.ROOT);
      return this == COMMIT ? lower.equals(text) : lower.startsWith(text);
    }
  }

  /** What cuts it off. */
  private enum Fault {
    TERMINATION {
      @Override
      void strike(PostgresCluster cluster) {
        cluster.primary().terminateBackends();
      }
    },
    CRASH_AND_PROMOTION {
      @Override
      void strike(PostgresCluster cluster) {
        cluster.failover();
      }
    },
    CRASH_AND_RESTART {
      @Override
      void strike(PostgresCluster cluster) {
        PostgresNode primary = cluster.primary();
        primary.crash();
        primary.start();
      }
    },
    CUT {
      @Override
      void strike(PostgresCluster cluster) {}
    };

    abstract void strike(PostgresCluster cluster);
  }

  @TestFactory
  Stream<DynamicTest> commandThatWasCutOff_endsAsTheServerShows() {
    List<DynamicTest> cells = new ArrayList<>();
    for (Fault fault : Fault.values()) {
      for (Command command : Command.values()) {
        for (boolean acted : new boolean[] {true, false}) {
          cells.add(
              DynamicTest.dynamicTest(
                  command + (acted ? " after it acted: " : " before it arrives: ") + fault,
                  () -> cutOff(command, acted, fault)));
        }
      }
    }
    return TestLength.everyNth(9, cells.stream());
  }

  private void cutOff(Command command, boolean acted, Fault fault) throws Exception {
    xa.close();
    dataSource.close();
    open("");
    direct("truncate entry");
    branch(1);
    if (command == Command.COMMIT_PREPARED || command == Command.ROLLBACK_PREPARED) {
      resource.prepare(xid);
    }
    FaultPoint point =
        (acted ? FaultPoint.before(Backend.COMMAND_COMPLETE) : FaultPoint.before(Frontend.EXECUTE))
            .ofStatement(command::concerns);
    ArmedFault armed = cluster.primary().proxy().cutOn(point, () -> fault.strike(cluster));

    if (command == Command.PREPARE && !acted) {
      assertThat(codeOf(() -> command.call(this))).isEqualTo(XAException.XA_RBCOMMFAIL);
    } else {
      command.call(this);
    }

    assertThat(armed.await(AT_ONCE)).as("the fault has struck").isTrue();
    assertThat(inDoubt()).as("what is left in doubt").isEmpty();
    boolean isThere = command != Command.ROLLBACK_PREPARED && (command != Command.PREPARE || acted);
    cluster.repair();
    assertThat(rows()).isEqualTo(isThere ? "1" : "");
    assertThat(told).isEmpty();

    xid = TestXid.next();
    branch(2);
    resource.commit(xid, true);
    assertThat(rows()).endsWith("2");
  }

  @Test
  void prepareThatWasCutOff_withoutAServerToAsk_isInDoubt_andCanBeRolledBack() throws Exception {
    disconnect();
    open("?baton.failoverTimeout=1s");
    branch(1);
    cluster
        .primary()
        .proxy()
        .cutOn(
            FaultPoint.before(Backend.COMMAND_COMPLETE).ofStatement("prepare transaction"),
            this::cutAll);

    assertThat(codeOf(() -> resource.prepare(xid))).isEqualTo(XAException.XAER_RMFAIL);
    assertThat(codeOf(() -> resource.rollback(xid))).isEqualTo(XAException.XAER_RMFAIL);
    restore();

    assertThat(inDoubt()).hasSize(1).allMatch(found -> found.equals(xid));
    resource.rollback(xid);
    assertThat(inDoubt()).isEmpty();
    assertThat(rows()).isEmpty();
  }

  // ------------------------------------------------------------------------ between the two phases

  @Test
  void preparedBranch_whosePrimaryCrashes_isFoundAndCommittedOnTheNextOne() throws Exception {
    branch(1);
    resource.prepare(xid);
    cluster.failover();

    XAConnection ofRecovery = dataSource.getXAConnection();
    XAResource recovering = ofRecovery.getXAResource();
    assertThat(recovering.recover(XAResource.TMSTARTRSCAN))
        .hasSize(1)
        .allMatch(found -> found.equals(xid));
    assertThat(recovering.recover(XAResource.TMENDRSCAN)).isEmpty();
    recovering.commit(xid, false);
    ofRecovery.close();

    assertThat(rows()).isEqualTo("1");
    assertThat(codeOf(() -> resource.commit(xid, false)))
        .as("the connection that has prepared it is told that it is gone")
        .isEqualTo(XAException.XAER_RMERR);
  }

  @Test
  void recover_listsWhatIsOurs_andNothingElse() throws Exception {
    branch(1);
    resource.prepare(xid);
    direct("begin; insert into entry values (2); prepare transaction 'of somebody_else_'");

    assertThat(inDoubt()).hasSize(1).allMatch(found -> found.equals(xid));
    direct("rollback prepared 'of somebody_else_'");
    resource.rollback(xid);
    assertThat(rows()).isEmpty();
  }

  @Test
  void branch_ofAReadOnlyConnection_isOnTheWriter() throws Exception {
    handle.setReadOnly(true);
    resource.start(xid, XAResource.TMNOFLAGS);
    assertThat(ask(handle, "select pg_is_in_recovery()")).isEqualTo("f");
    resource.end(xid, XAResource.TMSUCCESS);
    assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
    resource.commit(xid, false);
  }

  @Test
  void pgjdbc_andBaton_endTheBranchesOfEachOther() throws Exception {
    var other = new PGXADataSource();
    other.setUrl(
        "jdbc:postgresql://%s:%d/%s"
            .formatted(cluster.primary().host(), cluster.primary().port(), cluster.database()));
    other.setUser(cluster.user());
    other.setPassword(cluster.password());
    XAConnection theirs = other.getXAConnection();
    branch(1);
    resource.prepare(xid);
    assertThat(theirs.getXAResource().recover(XAResource.TMSTARTRSCAN))
        .hasSize(1)
        .allMatch(found -> found.equals(xid));
    theirs.getXAResource().commit(xid, false);

    Xid second = TestXid.next();
    theirs.getXAResource().start(second, XAResource.TMNOFLAGS);
    try (Statement statement = theirs.getConnection().createStatement()) {
      statement.execute("insert into entry values (2)");
    }
    theirs.getXAResource().end(second, XAResource.TMSUCCESS);
    theirs.getXAResource().prepare(second);
    assertThat(inDoubt()).hasSize(1).allMatch(found -> found.equals(second));
    resource.commit(second, false);
    theirs.close();

    assertThat(rows()).isEqualTo("1 2");
  }
}
