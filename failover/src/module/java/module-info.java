/**
 * What to do when a server goes. For the modules of Baton alone: an application needs {@code
 * io.baton.driver}.
 */
module io.baton.failover {
  requires com.github.benmanes.caffeine;
  requires io.baton.routing;
  requires io.baton.session;
  requires io.github.resilience4j.core;
  requires java.sql;
  requires org.slf4j;
  requires static jdk.jfr;
  requires static org.jspecify;

  exports io.baton.failover to
      io.baton.driver;
  exports io.baton.failover.cutover to
      io.baton.driver;
  exports io.baton.failover.keys to
      io.baton.driver;
  exports io.baton.failover.outcome to
      io.baton.driver;
  exports io.baton.failover.reads to
      io.baton.driver;
}
