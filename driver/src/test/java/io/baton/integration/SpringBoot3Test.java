package io.baton.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.baton.BatonConnection;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** Spring Boot 3.5 with the URL alone. */
@PostgresTest
class SpringBoot3Test {

  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration(DataSourceAutoConfiguration.class)
  static class Shop {}

  @Test
  void urlAlone_givesAPoolOfBaton(PostgresCluster cluster) throws SQLException {
    assertThat(SpringBootVersion.getVersion()).startsWith("3.5.");
    try (ConfigurableApplicationContext application =
            SpringApplication.run(
                Shop.class,
                "--spring.datasource.url=jdbc:baton:postgresql://"
                    + cluster.hosts()
                    + "/"
                    + cluster.database(),
                "--spring.datasource.username=" + cluster.user(),
                "--spring.datasource.password=" + cluster.password(),
                "--spring.main.banner-mode=off");
        Connection connection = application.getBean(HikariDataSource.class).getConnection()) {
      assertThat(connection.isWrapperFor(BatonConnection.class)).isTrue();
      assertThat(connection.isValid(5)).isTrue();
    }
  }
}
