/**
 * The JDBC driver. Public are {@code io.baton} and the two packages of meters; the frameworks are
 * there where the application has them.
 *
 * <p>Flyway and Liquibase are not among them: a module that provides a service which is not there
 * does not start.
 */
module io.baton.driver {
  requires io.baton.failover;
  requires io.baton.routing;
  requires io.baton.session;
  requires java.management;
  requires transitive java.naming;
  requires transitive java.sql;
  requires transitive org.postgresql.jdbc;
  requires org.slf4j;
  requires static io.opentelemetry.api;
  requires static jdk.jfr;
  requires static micrometer.core;
  requires static org.jspecify;
  requires static spring.boot;
  requires static spring.context;
  requires static spring.core;

  exports io.baton;
  exports io.baton.micrometer;
  exports io.baton.opentelemetry;
  // Made by its name, by the PostgreSQL driver.
  exports io.baton.jdbc.pgjdbc to
      org.postgresql.jdbc;

  opens io.baton.integration.spring to
      spring.core;

  provides java.sql.Driver with
      io.baton.BatonDriver;
}
