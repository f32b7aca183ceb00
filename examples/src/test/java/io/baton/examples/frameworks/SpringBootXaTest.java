package io.baton.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import com.atomikos.icatch.jta.UserTransactionManager;
import com.atomikos.jdbc.AtomikosDataSourceBean;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.nio.file.Path;
import java.sql.Connection;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.jdbc.XADataSourceWrapper;
import org.springframework.boot.jdbc.autoconfigure.XADataSourceAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Spring Boot with a transaction manager: it makes the {@code XADataSource} itself, from the URL
 * alone, and the server of a branch is lost.
 */
@PostgresTest(
    standbys = 2,
    synchronous = true,
    settings = {"max_prepared_transactions=20"})
@Timeout(60)
class SpringBootXaTest {

  private static final String LOG_FOLDER = "com.atomikos.icatch.log_base_dir";

  /** An application whose transaction manager is Atomikos; Spring Boot 4 has no starter for it. */
  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration(XADataSourceAutoConfiguration.class)
  static class Application {

    @Bean(initMethod = "init", destroyMethod = "close")
    UserTransactionManager transactionManager() throws Exception {
      UserTransactionManager manager = new UserTransactionManager();
      manager.setTransactionTimeout(60);
      return manager;
    }

    @Bean
    XADataSourceWrapper pool() {
      return dataSource -> {
        AtomikosDataSourceBean pool = new AtomikosDataSourceBean();
        pool.setUniqueResourceName("shop");
        pool.setXaDataSource(dataSource);
        pool.setPoolSize(2);
        return pool;
      };
    }
  }

  @Test
  void urlAlone_makesTheXaDataSource_andItsBranchOutlivesTheServer(
      PostgresCluster cluster, @TempDir Path log) throws Exception {
    System.setProperty(LOG_FOLDER, log.toString());
    try (ConfigurableApplicationContext application =
        SpringApplication.run(
            Application.class,
            "--spring.datasource.url=" + Servers.url(cluster),
            "--spring.datasource.username=" + cluster.user(),
            "--spring.datasource.password=" + cluster.password(),
            "--spring.main.banner-mode=off")) {
      DataSource dataSource = application.getBean(DataSource.class);
      UserTransactionManager manager = application.getBean(UserTransactionManager.class);
      try (Connection setUp = cluster.primary().connect()) {
        Servers.execute(setUp, "create table purchase (id int primary key)");
      }
      long before = Servers.ask(dataSource, Servers.PORT);

      manager.begin();
      insert(dataSource, 1);
      cluster.failover();
      insert(dataSource, 2);
      manager.commit();

      assertThat(Servers.ask(dataSource, "select count(*) from purchase")).isEqualTo(2);
      assertThat(Servers.ask(dataSource, "select count(*) from pg_prepared_xacts")).isZero();
      assertThat(Servers.ask(dataSource, Servers.PORT)).isNotEqualTo(before);
    } finally {
      System.clearProperty(LOG_FOLDER);
    }
  }

  private static void insert(DataSource dataSource, int id) throws Exception {
    try (Connection connection = dataSource.getConnection()) {
      Servers.execute(connection, "insert into purchase values (" + id + ")");
    }
  }
}
