package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.BatonXADataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Frontend;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.XAConnection;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.Test;

/** A branch that was prepared, and that the standby which is promoted has never received. */
@PostgresTest(
    standbys = 1,
    settings = {"max_prepared_transactions=20"})
class LostBranchTest {

  private final PostgresCluster cluster;

  LostBranchTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void commit_ofABranchThatThePromotionHasLost_isNotTakenForDone()
      throws SQLException, XAException {
    try (BatonXADataSource dataSource = new BatonXADataSource()) {
      dataSource.setUrl(cluster.jdbcUrl("jdbc:baton:postgresql:"));
      dataSource.setUser(cluster.user());
      dataSource.setPassword(cluster.password());
      XAConnection xa = dataSource.getXAConnection();
      XAResource resource = xa.getXAResource();
      Xid xid = TestXid.next();
      try (Statement statement = xa.getConnection().createStatement()) {
        statement.execute("create table entry (id int)");
        cluster.awaitReplication();
        PostgresNode standby = cluster.standbys().get(0);
        PostgresNode primary = cluster.primary();
        standby.stop();
        resource.start(xid, XAResource.TMNOFLAGS);
        statement.execute("insert into entry values (1)");
        resource.end(xid, XAResource.TMSUCCESS);
        assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
        primary
            .proxy()
            .cutOn(
                FaultPoint.before(Frontend.EXECUTE).ofStatement("commit prepared"),
                () -> {
                  primary.crash();
                  standby.start();
                  standby.promote();
                });

        XAException lost =
            catchThrowableOfType(XAException.class, () -> resource.commit(xid, false));

        assertThat(lost.errorCode).isEqualTo(XAException.XAER_RMERR);
        assertThat(lost.getCause())
            .isInstanceOfSatisfying(
                SQLException.class, cause -> assertThat(cause.getSQLState()).isEqualTo("42704"));
        assertThat(resource.recover(XAResource.TMSTARTRSCAN)).isEmpty();
      }
      xa.close();
    }
  }
}
