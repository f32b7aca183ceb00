package io.baton.engine;

import io.baton.engine.TwoPhaseExecution.Command;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.TransactionStatus;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalyzer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * The transactions of a session that are committed in two phases. Each goes to the writer, and has
 * its BEGIN and its end as texts, so that the mode of the connection is left as the application has
 * set it.
 *
 * <p>Up to PREPARE TRANSACTION such a transaction is one as any other: it is replayed after a loss.
 * From the moment that command is sent, nothing of it is. See {@link
 * io.baton.failover.outcome.PreparedInquiry} for what is known of a command that was cut off.
 *
 * <p>Thread-safe as its session is.
 */
public final class TwoPhaseCommit {

  private static final String TO_WRITER = "/*+ baton:writer */ ";

  private static final String LIST =
      "select x.gid from pg_catalog.pg_prepared_xacts x"
          + " where x.database operator(pg_catalog.=) pg_catalog.current_database()"
          + " and pg_catalog.pg_has_role(current_user, x.owner, 'member')";

  // Of an identifier's place, not of each identifier.
  private static final StatementAnalyzer ANALYZER = new StatementAnalyzer();
  private static final StatementAnalysis BEGIN = toWriter("BEGIN");
  private static final StatementAnalysis COMMIT = toWriter("COMMIT");
  private static final StatementAnalysis PREPARE = toWriter("PREPARE TRANSACTION 'x'");
  private static final StatementAnalysis COMMIT_PREPARED = toWriter("COMMIT PREPARED 'x'");
  private static final StatementAnalysis ROLLBACK_PREPARED = toWriter("ROLLBACK PREPARED 'x'");
  private static final StatementAnalysis LISTED = toWriter(LIST);

  private final Session session;

  /** The transactions of a session that are committed in two phases. */
  public TwoPhaseCommit(Session session) {
    this.session = session;
  }

  private static StatementAnalysis toWriter(String text) {
    return ANALYZER.analyze(TO_WRITER + text);
  }

  /**
   * Begins a transaction on the writer. One that is open already goes on.
   *
   * @throws SQLException if it cannot be begun
   */
  public void begin() throws SQLException {
    call(BEGIN, "BEGIN");
  }

  /**
   * Commits the transaction under way in one phase; a COMMIT that was cut off is settled as any
   * other.
   */
  public void commit() throws SQLException {
    call(COMMIT, "COMMIT");
  }

  private void call(StatementAnalysis analysis, String command) throws SQLException {
    session.call(
        analysis,
        (Connection physical) -> {
          PhysicalConnection.executeAsItIs(physical, command);
          return true;
        });
  }

  /** Rolls the transaction under way back; one that is gone with its connection is. */
  public void rollback() throws SQLException {
    session.rollbackBlock();
  }

  /**
   * Prepares the transaction under way.
   *
   * @param identifier of the transaction, which nothing else has had
   * @throws SQLException if it is not prepared, or not known to be: see {@link
   *     io.baton.BatonException#outcome}, where COMMITTED stands for prepared
   */
  public void prepare(String identifier) throws SQLException {
    session.call(PREPARE, new TwoPhaseExecution(Command.PREPARE, identifier));
  }

  /**
   * Commits or rolls back what was prepared before. The session must be in no transaction.
   *
   * @throws SQLException 42704 if nothing is prepared by that identifier
   */
  public void end(String identifier, boolean commits) throws SQLException {
    boolean autoCommit = session.client().setAutoCommit();
    if (!autoCommit) {
      session.autoCommit(true); // Or the end of it would be one of a transaction that begins.
    }
    try {
      session.call(
          commits ? COMMIT_PREPARED : ROLLBACK_PREPARED,
          new TwoPhaseExecution(commits ? Command.COMMIT : Command.ROLLBACK, identifier));
    } finally {
      if (!autoCommit && !session.isClosed()) {
        session.autoCommit(false);
      }
    }
  }

  /**
   * The identifiers of what is prepared in the database of the session, and its role may end. It is
   * asked outside of the application's transaction, but where one is open.
   */
  public List<String> identifiers() throws SQLException {
    return session.call(
        LISTED, (Connection physical) -> PhysicalConnection.readAsItIs(physical, LIST));
  }

  /**
   * Whether a transaction is open in which the server takes statements, or that can be restored. A
   * connection that has ended shows what was there last; so one that was lost is looked at first.
   */
  public boolean isOpen() {
    return !session.isIdle()
        && !isLost()
        && session.physical().transactionStatus() == TransactionStatus.OPEN;
  }

  /** Whether the transaction was lost with its server, and not rolled back since. */
  public boolean isLost() {
    return session.hasLostTransaction();
  }

  /** Whether no transaction is open. */
  public boolean isIdle() {
    return session.isIdle();
  }

  /** Whether the session has ended. */
  public boolean isClosed() {
    return session.isClosed();
  }
}
