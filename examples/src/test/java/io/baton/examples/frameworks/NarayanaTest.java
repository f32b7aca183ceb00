package io.baton.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import com.arjuna.ats.arjuna.common.CoreEnvironmentBeanException;
import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
import com.arjuna.ats.arjuna.common.arjPropertyManager;
import com.arjuna.ats.arjuna.common.recoveryPropertyManager;
import com.arjuna.ats.arjuna.recovery.RecoveryManager;
import com.arjuna.ats.internal.jta.recovery.arjunacore.JTANodeNameXAResourceOrphanFilter;
import com.arjuna.ats.internal.jta.recovery.arjunacore.JTATransactionLogXAResourceOrphanFilter;
import com.arjuna.ats.internal.jta.recovery.arjunacore.XARecoveryModule;
import com.arjuna.ats.jta.common.jtaPropertyManager;
import com.arjuna.ats.jta.recovery.XAResourceRecoveryHelper;
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import io.baton.BatonXADataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import jakarta.transaction.RollbackException;
import jakarta.transaction.Transaction;
import jakarta.transaction.TransactionManager;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.XAConnection;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Narayana moves money between two clusters, and one of them loses its primary: during the work of
 * a transaction, as it is prepared, and as it is committed.
 */
@PostgresTest(
    standbys = 2,
    synchronous = true,
    settings = {"max_prepared_transactions=20"})
@Timeout(60)
class NarayanaTest {

  private static final String NODE = "baton-1";

  @BeforeAll
  static void configure(@TempDir Path store) throws CoreEnvironmentBeanException {
    arjPropertyManager.getCoreEnvironmentBean().setNodeIdentifier(NODE);
    for (String name : new String[] {"default", "communicationStore", "stateStore"}) {
      BeanPopulator.getNamedInstance(ObjectStoreEnvironmentBean.class, name)
          .setObjectStoreDir(store.toString());
    }
    jtaPropertyManager.getJTAEnvironmentBean().setXaRecoveryNodes(List.of(NODE));
    jtaPropertyManager
        .getJTAEnvironmentBean()
        .setXaResourceOrphanFilterClassNames(
            List.of(
                JTATransactionLogXAResourceOrphanFilter.class.getName(),
                JTANodeNameXAResourceOrphanFilter.class.getName()));
    recoveryPropertyManager.getRecoveryEnvironmentBean().setRecoveryBackoffPeriod(1);
  }

  /** One of the two banks. */
  private record Bank(BatonXADataSource dataSource, XAConnection xa, Connection connection) {

    static Bank open(PostgresCluster cluster) throws SQLException {
      BatonXADataSource dataSource = new BatonXADataSource();
      dataSource.setUrl(Servers.url(cluster));
      dataSource.setUser(cluster.user());
      dataSource.setPassword(cluster.password());
      XAConnection xa = dataSource.getXAConnection();
      Connection connection = xa.getConnection();
      Servers.execute(connection, "drop table if exists account, transfer");
      Servers.execute(connection, "create table account (balance int)");
      Servers.execute(connection, "create table transfer (id int primary key)");
      Servers.execute(connection, "insert into account values (1000)");
      return new Bank(dataSource, xa, connection);
    }

    void book(int transfer, int amount) throws SQLException {
      Servers.execute(connection, "insert into transfer values (" + transfer + ")");
      Servers.execute(connection, "update account set balance = balance + " + amount);
    }

    long ask(String sql) throws SQLException {
      return Servers.ask(connection, sql);
    }

    void close() throws SQLException {
      xa.close();
      dataSource.close();
    }
  }

  @Test
  void transfers_throughFailoversAtEachPhase_areDoneOnce(PostgresCluster left) throws Exception {
    try (PostgresCluster right =
        PostgresCluster.builder().setting("max_prepared_transactions", "20").start()) {
      Bank from = Bank.open(left);
      Bank to = Bank.open(right);
      try {
        long before = from.ask(Servers.PORT);

        transfer(1, from, to, () -> {});
        transfer(2, from, to, left::failover);
        left.repair();
        atAnswerOf("prepare transaction", left, () -> transfer(3, from, to, () -> {}));
        atAnswerOf("commit prepared", left, () -> transfer(4, from, to, () -> {}));
        transfer(5, from, to, () -> {});

        assertThat(from.ask(Servers.PORT)).isNotEqualTo(before);
        assertThat(from.ask("select balance from account")).isEqualTo(950);
        assertThat(to.ask("select balance from account")).isEqualTo(1050);
        for (Bank bank : List.of(from, to)) {
          assertThat(bank.ask("select count(*) from transfer")).isEqualTo(5);
          assertThat(bank.ask("select count(*) from pg_prepared_xacts")).isZero();
        }
      } finally {
        from.close();
        to.close();
      }
    }
  }

  @Test
  void transfer_whoseManagerLeftIt_isCommittedOnTheNextPrimary(PostgresCluster left)
      throws Exception {
    Bank bank = Bank.open(left);
    try {
      TransactionManager manager = com.arjuna.ats.jta.TransactionManager.transactionManager();
      manager.begin();
      Transaction transaction = manager.getTransaction();
      XAConnection other = bank.dataSource().getXAConnection();
      transaction.enlistResource(new Forgetful(bank.xa().getXAResource()));
      transaction.enlistResource(new Forgetful(other.getXAResource()));
      bank.book(1, 1);
      Servers.execute(other.getConnection(), "insert into transfer values (2)");
      manager.commit(); // It is decided; what the resources were told went astray.
      assertThat(bank.ask("select count(*) from pg_prepared_xacts")).isEqualTo(2);
      left.failover();

      recover(bank);

      assertThat(bank.ask("select count(*) from transfer")).isEqualTo(2);
      assertThat(bank.ask("select count(*) from pg_prepared_xacts")).isZero();
      other.close();
    } finally {
      bank.close();
    }
  }

  /** What the application does, or happens to it. */
  private interface Deed {
    void run() throws Exception;
  }

  /** Moves ten; one that the manager says is rolled back is done again. */
  private static void transfer(int id, Bank from, Bank to, Deed between) throws Exception {
    TransactionManager manager = com.arjuna.ats.jta.TransactionManager.transactionManager();
    for (int attempt = 1; ; attempt++) {
      manager.begin();
      Transaction transaction = manager.getTransaction();
      transaction.enlistResource(from.xa().getXAResource());
      transaction.enlistResource(to.xa().getXAResource());
      from.book(id, -10);
      if (attempt == 1) {
        between.run();
      }
      to.book(id, 10);
      try {
        manager.commit();
        return;
      } catch (RollbackException rolledBack) {
        assertThat(attempt).as("attempts, the last of which ended so: " + rolledBack).isLessThan(3);
      }
    }
  }

  private static void atAnswerOf(String command, PostgresCluster cluster, Deed deed)
      throws Exception {
    cluster
        .primary()
        .proxy()
        .cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).ofStatement(command), cluster::failover);
    deed.run();
    cluster.repair();
  }

  private static void recover(Bank bank) throws SQLException {
    RecoveryManager manager = RecoveryManager.manager(RecoveryManager.DIRECT_MANAGEMENT);
    manager.initialize();
    XAConnection ofRecovery = bank.dataSource().getXAConnection();
    XARecoveryModule.getRegisteredXARecoveryModule()
        .addXAResourceRecoveryHelper(
            new XAResourceRecoveryHelper() {
              @Override
              public boolean initialise(String parameters) {
                return true;
              }

              @Override
              public XAResource[] getXAResources() {
                try {
                  return new XAResource[] {ofRecovery.getXAResource()};
                } catch (SQLException gone) {
                  throw new IllegalStateException(gone);
                }
              }
            });
    manager.scan();
    manager.terminate();
    ofRecovery.close();
  }

  /** A resource whose second phase never arrives. */
  private record Forgetful(XAResource resource) implements XAResource {

    @Override
    public void commit(Xid xid, boolean onePhase) throws XAException {
      throw new XAException(XAException.XAER_RMFAIL);
    }

    @Override
    public void end(Xid xid, int flags) throws XAException {
      resource.end(xid, flags);
    }

    @Override
    public void forget(Xid xid) throws XAException {
      resource.forget(xid);
    }

    @Override
    public int getTransactionTimeout() throws XAException {
      return resource.getTransactionTimeout();
    }

    @Override
    public boolean isSameRM(XAResource other) {
      return other == this;
    }

    @Override
    public int prepare(Xid xid) throws XAException {
      return resource.prepare(xid);
    }

    @Override
    public Xid[] recover(int flag) throws XAException {
      return resource.recover(flag);
    }

    @Override
    public void rollback(Xid xid) throws XAException {
      resource.rollback(xid);
    }

    @Override
    public boolean setTransactionTimeout(int seconds) throws XAException {
      return resource.setTransactionTimeout(seconds);
    }

    @Override
    public void start(Xid xid, int flags) throws XAException {
      resource.start(xid, flags);
    }
  }
}
