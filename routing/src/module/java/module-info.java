/**
 * Where a statement may run. For the modules of Baton alone: an application needs {@code
 * io.baton.driver}.
 */
module io.baton.routing {
  requires com.grack.nanojson;
  requires io.github.resilience4j.circuitbreaker;
  requires io.github.resilience4j.core;
  requires io.github.resilience4j.ratelimiter;
  requires java.naming;
  requires java.sql;
  requires org.slf4j;
  requires static jdk.jfr;
  requires static org.jspecify;

  exports io.baton.routing to
      io.baton.failover,
      io.baton.driver;
  exports io.baton.routing.admission to
      io.baton.driver;
  exports io.baton.routing.consistency to
      io.baton.failover,
      io.baton.driver;
  exports io.baton.routing.monitor to
      io.baton.failover,
      io.baton.driver;
  exports io.baton.routing.select to
      io.baton.driver;
  exports io.baton.routing.source to
      io.baton.driver;
  exports io.baton.routing.cutover to
      io.baton.failover,
      io.baton.driver;
  exports io.baton.routing.switchover to
      io.baton.failover,
      io.baton.driver;
  exports io.baton.routing.topology to
      io.baton.failover,
      io.baton.driver;
}
