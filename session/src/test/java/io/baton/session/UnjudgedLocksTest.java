package io.baton.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.session.SessionState.AdvisoryLock;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalyzer;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How often a lock was taken, while it is not known yet what code there is in the database. */
class UnjudgedLocksTest {

  private static final AdvisoryLock LOCK = new AdvisoryLock("42", false);

  private final SessionTracker tracker = new SessionTracker(new FunctionCatalogue());

  private void ran(String sql) {
    StatementAnalysis analysis = new StatementAnalyzer().analyze(sql);
    tracker.succeeded(analysis, ParameterValues.UNKNOWN, TransactionStatus.IDLE);
    tracker.digest(
        new ServerState(
            Map.of(),
            "app",
            "none",
            Map.of(),
            Set.of(),
            Set.of(LOCK),
            Map.of(),
            Set.of(),
            Set.of()));
  }

  @Test
  void lockThatTheTextShows_isCounted_beforeTheCatalogueIsRead() {
    ran("select pg_catalog.pg_advisory_lock(42)");

    assertThat(tracker.state().locks()).containsEntry(LOCK, 1);
    assertThat(tracker.hasUnjudged()).isTrue();
  }

  @Test
  void codeThatMayHaveTakenIt_leavesItsCountUnknown_onceItIsJudged() {
    ran("select pg_catalog.pg_advisory_lock(42)");
    ran("select own()");

    tracker.judge(); // No catalogue shows that it does not.

    assertThat(tracker.needsReadBack()).as("the server was asked since").isFalse();
    assertThat(tracker.state().locks()).containsEntry(LOCK, 0);
  }
}
