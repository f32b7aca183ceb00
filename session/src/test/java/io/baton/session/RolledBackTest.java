package io.baton.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalyzer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is known of a session whose transaction was rolled back by the end of its connection: what a
 * rollback takes back need not be asked for, and nobody is left to ask.
 */
class RolledBackTest {

  private final SessionTracker tracker = new SessionTracker(new FunctionCatalogue());

  private static StatementAnalysis analysed(String sql) {
    return new StatementAnalyzer().analyze(sql);
  }

  private boolean isUnsureAfter(String sql, boolean failed) {
    tracker.succeeded(analysed("select 1"), ParameterValues.UNKNOWN, TransactionStatus.OPEN);
    if (failed) {
      tracker.failed(analysed(sql), TransactionStatus.FAILED, false);
    } else {
      tracker.succeeded(analysed(sql), ParameterValues.UNKNOWN, TransactionStatus.OPEN);
    }
    tracker.rolledBack(tracker.crossroads());
    if (tracker.hasUnjudged()) {
      tracker.judge();
    }
    return tracker.needsReadBack();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "set app.x = '1'",
        "set datestyle = 'iso'",
      })
  void whatARollbackTakesBack_isKnown(String sql) {
    assertThat(isUnsureAfter(sql, true)).as("failed").isFalse();
    assertThat(isUnsureAfter(sql, false)).as("succeeded").isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select pg_catalog.pg_advisory_lock(n), 1/0 from t",
        "select pg_catalog.pg_advisory_lock(1), 1/0",
        "execute unknown",
        "select pg_catalog.set_config('se' || 'ed', '0.5', false), 1/0",
        "do $$ begin perform pg_advisory_lock(1); raise 'no'; end $$",
        "do $$ begin execute 'pre' || 'pare p as select 1'; raise 'no'; end $$",
        "select own(), 1/0",
      })
  void whatItLeaves_onlyTheServerKnew(String sql) {
    assertThat(isUnsureAfter(sql, true)).as("failed").isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"execute unknown", "select own()", "select dblink_connect('x', 'y')"})
  void whatItLeaves_onlyTheServerKnew_alsoWhereNothingFailed(String sql) {
    boolean unsure = isUnsureAfter(sql, false);
    assertThat(unsure || !tracker.state().elsewhere().isEmpty()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select pg_catalog.pg_advisory_lock(n) from t",
        "do $$ begin perform pg_advisory_lock(1); end $$",
      })
  void whatWasUnsureBeforeIt_isSoAfterIt(String sql) {
    tracker.succeeded(analysed(sql), ParameterValues.UNKNOWN, TransactionStatus.IDLE);
    assertThat(isUnsureAfter("select 1", false)).isTrue();
  }
}
