package io.baton.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.SQLException;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Where Spring Boot reads the URL from, and who else may name a driver. */
@PostgresTest
class SpringBootPropertiesTest {

  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration(DataSourceAutoConfiguration.class)
  static class OneDataSource {}

  @Configuration(proxyBeanMethods = false)
  @EnableConfigurationProperties
  static class DataSourceOfItsOwn {
    @Bean
    @ConfigurationProperties("shop.archive")
    DataSourceProperties archiveProperties() {
      return new DataSourceProperties();
    }

    @Bean
    DataSource archive(DataSourceProperties archiveProperties) {
      return archiveProperties.initializeDataSourceBuilder().build();
    }
  }

  @Test
  void urlAsAPlaceholder_inAnotherForm_isFound(PostgresCluster cluster) throws SQLException {
    try (ConfigurableApplicationContext application =
        SpringApplication.run(
            OneDataSource.class,
            "--url.of.the.shop=" + Servers.urlWithUser(cluster),
            "--SPRING_DATASOURCE_URL=${url.of.the.shop}",
            "--spring.datasource.url=${url.of.the.shop}",
            "--spring.main.banner-mode=off")) {
      assertThat(Servers.ask(application.getBean(DataSource.class), "select 1")).isEqualTo(1);
    }
  }

  @Test
  void urlUnderAPrefixOfTheApplication_needsNoDriverClass(PostgresCluster cluster)
      throws SQLException {
    try (ConfigurableApplicationContext application =
        SpringApplication.run(
            DataSourceOfItsOwn.class,
            "--shop.archive.url=" + Servers.urlWithUser(cluster),
            "--spring.main.banner-mode=off")) {
      assertThat(Servers.ask(application.getBean(DataSource.class), "select 1")).isEqualTo(1);
    }
  }

  @Test
  void driverClassThatTheApplicationNames_evenByDefault_isItsOwn() {
    SpringApplication application = new SpringApplication(OneDataSource.class);
    application.setDefaultProperties(
        Map.of("spring.datasource.driver-class-name", "org.h2.Driver"));
    try (ConfigurableApplicationContext context =
        application.run(
            "--spring.datasource.url=jdbc:baton:postgresql://localhost/none",
            "--spring.main.banner-mode=off")) {
      assertThat(context.getBean(DataSource.class))
          .isInstanceOfSatisfying(
              HikariDataSource.class,
              pool -> assertThat(pool.getDriverClassName()).isEqualTo("org.h2.Driver"));
    }
  }

  @Test
  void urlOfAnotherDriver_isLeftToSpringBoot() {
    try (ConfigurableApplicationContext context =
        SpringApplication.run(
            OneDataSource.class,
            "--spring.datasource.url=jdbc:postgresql://localhost/none",
            "--spring.main.banner-mode=off")) {
      assertThat(context.getEnvironment().getProperty("spring.datasource.driver-class-name"))
          .isNull();
      assertThat(context.getBean(HikariDataSource.class).getDriverClassName())
          .isEqualTo("org.postgresql.Driver");
    }
  }
}
