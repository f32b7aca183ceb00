package io.baton.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import com.atomikos.icatch.jta.UserTransactionManager;
import com.atomikos.jdbc.AtomikosDataSourceBean;
import io.baton.BatonXADataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import java.nio.file.Path;
import java.sql.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Atomikos, with its own pool, moves money while the primary is lost. */
@PostgresTest(
    standbys = 2,
    synchronous = true,
    settings = {"max_prepared_transactions=20"})
@Timeout(60)
class AtomikosTest {

  private static final String LOG_FOLDER = "com.atomikos.icatch.log_base_dir";

  private static AtomikosDataSourceBean pool(String name, PostgresCluster cluster) {
    BatonXADataSource dataSource = new BatonXADataSource();
    dataSource.setUrl(Servers.url(cluster));
    dataSource.setUser(cluster.user());
    dataSource.setPassword(cluster.password());
    AtomikosDataSourceBean pool = new AtomikosDataSourceBean();
    pool.setUniqueResourceName(name);
    pool.setXaDataSource(dataSource);
    pool.setPoolSize(2);
    return pool;
  }

  private static void book(AtomikosDataSourceBean pool, String account, int amount)
      throws Exception {
    try (Connection connection = pool.getConnection()) {
      Servers.execute(connection, "update " + account + " set balance = balance + " + amount);
    }
  }

  @Test
  void transfers_throughFailovers_areDoneOnce(PostgresCluster cluster, @TempDir Path log)
      throws Exception {
    System.setProperty(LOG_FOLDER, log.toString());
    AtomikosDataSourceBean left = pool("left", cluster);
    AtomikosDataSourceBean right = pool("right", cluster);
    UserTransactionManager manager = new UserTransactionManager();
    try (Connection setUp = cluster.primary().connect()) {
      Servers.execute(setUp, "create table a (balance int)");
      Servers.execute(setUp, "create table b (balance int)");
      Servers.execute(setUp, "insert into a values (100)");
      Servers.execute(setUp, "insert into b values (100)");
    }
    try {
      manager.init();
      manager.setTransactionTimeout(
          60); // Its own limit would be 10 s, too short for a slow machine.

      manager.begin();
      book(left, "a", -10);
      cluster.failover();
      book(right, "b", 10);
      manager.commit();
      cluster.repair();

      manager.begin();
      book(left, "a", -10);
      book(right, "b", 10);
      cluster
          .primary()
          .proxy()
          .cutOn(
              FaultPoint.before(Backend.COMMAND_COMPLETE).ofStatement("commit prepared"),
              cluster::failover);
      manager.commit();

      assertThat(Servers.ask(left, "select balance from a")).isEqualTo(80);
      assertThat(Servers.ask(right, "select balance from b")).isEqualTo(120);
      assertThat(Servers.ask(left, "select count(*) from pg_prepared_xacts")).isZero();
    } finally {
      manager.close();
      left.close();
      right.close();
      System.clearProperty(LOG_FOLDER);
    }
  }
}
