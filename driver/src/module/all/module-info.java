/** The same module as that of the chain of jars, with its libraries inside. */
module io.baton.driver {
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
