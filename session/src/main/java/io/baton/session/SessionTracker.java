package io.baton.session;

import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.sql.StatementAnalysis;

/**
 * Follows what the statements of one session do to it.
 *
 * <p>It does no I/O: the owner of the connection reports each call with the transaction status that
 * the server gave afterwards, and runs a {@link ReadBack} when {@link #needsReadBack()} says so.
 * Not thread-safe: it is confined to the thread, or the lock, of its session.
 */
public final class SessionTracker {
  private final FunctionCatalogue catalogue;
  private TransactionStatus status = TransactionStatus.IDLE;
  private SessionState state = SessionState.FRESH;
  private SessionState stateAtBegin = SessionState.FRESH;

  /** A tracker of a session that has just begun, with what is known of its database. */
  public SessionTracker(FunctionCatalogue catalogue) {
    this.catalogue = catalogue;
  }

  /** A text of SQL ran to its end. */
  public void succeeded(StatementAnalysis analysis, TransactionStatus after) {
    succeeded(analysis, ParameterValues.UNKNOWN, after);
  }

  /** A text of SQL ran to its end with these parameters. */
  public void succeeded(
      StatementAnalysis analysis, ParameterValues parameters, TransactionStatus after) {
    status = after;
  }

  /** A text of SQL failed on the server, and the connection lives. */
  public void failed(StatementAnalysis analysis, TransactionStatus after) {
    status = after;
  }

  /** JDBC's commit() or rollback() ended the transaction. */
  public void transactionEnded(boolean committed) {
    status = TransactionStatus.IDLE;
  }

  /** JDBC's setSavepoint() set a savepoint with this name. */
  public void savepointSet(String name) {}

  /** JDBC's releaseSavepoint() released the savepoint with this name. */
  public void savepointReleased(String name) {}

  /** JDBC's rollback(Savepoint) rolled back to the savepoint with this name. */
  public void rolledBackTo(String name) {}

  /** The transaction status after the last call that was reported. */
  public TransactionStatus status() {
    return status;
  }

  /**
   * The state that the session would have if its open transaction were committed now; without one,
   * its state.
   */
  public SessionState state() {
    return state;
  }

  /** The state as of the beginning of the open transaction; without one, the state. */
  public SessionState stateAtBegin() {
    return status == TransactionStatus.IDLE ? state : stateAtBegin;
  }

  /**
   * Whether something may have changed that only the server knows. Never true inside of a
   * transaction: until its end, replay does again whatever it did.
   */
  public boolean needsReadBack() {
    return false;
  }

  /** What to ask the server for. */
  public ReadBack readBack() {
    return new ReadBack("select null::text, null::text, null::text, null::text where false");
  }

  /** Takes over what the server answered. */
  public void digest(ServerState answer) {
    state = SessionState.FRESH;
    stateAtBegin = state;
    catalogue.invalidate();
  }

  /** Whether backslashes in plain strings are plain: how the next text is to be lexed. */
  public boolean standardConformingStrings() {
    return true;
  }
}
