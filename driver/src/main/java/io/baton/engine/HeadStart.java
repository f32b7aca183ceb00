package io.baton.engine;

import io.baton.jdbc.pgjdbc.PgConnector;
import io.baton.session.sql.StatementAnalyzer;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the classes of the PostgreSQL driver and of the analysis in the background, while the first
 * connection of a JVM is prepared: with a second processor, that takes less time.
 *
 * <p>Thread-safe. What fails here fails again where it is needed.
 */
public final class HeadStart {

  private static final AtomicBoolean TAKEN = new AtomicBoolean();

  /** Texts of the kinds that applications send. */
  private static final List<String> TEXTS =
      List.of(
          "select a, count(*) from t where b = ? group by a",
          "insert into t (a, b) values (?, ?)",
          "update t set a = a + ? where b = ?");

  private HeadStart() {}

  /** Takes it, if it is the first time in this JVM. */
  public static void take() {
    if (TAKEN.compareAndSet(false, true)) {
      Thread thread = new Thread(HeadStart::load, "baton-head-start");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private static void load() {
    Logger log = LoggerFactory.getLogger(HeadStart.class);
    try {
      PgConnector.loadAhead();
      log.trace("A first random number: {}", UUID.randomUUID());
      Session.makeCache();
      TEXTS.forEach(text -> StatementAnalyzer.analyzeAnew(text, true));
    } catch (SQLException | RuntimeException failure) {
      log.debug("Not everything was loaded ahead", failure);
    }
  }
}
