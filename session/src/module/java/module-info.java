/**
 * What a session is. For the modules of Baton alone: an application needs {@code io.baton.driver}.
 */
module io.baton.session {
  requires com.github.benmanes.caffeine;
  requires java.sql;
  requires static org.jspecify;

  exports io.baton.session to
      io.baton.driver;
  exports io.baton.session.catalogue to
      io.baton.driver;
  exports io.baton.session.journal to
      io.baton.driver;
  exports io.baton.session.sql to
      io.baton.failover,
      io.baton.driver;
  exports io.baton.session.written to
      io.baton.driver;
}
