package io.baton.engine;

import io.baton.failover.Recovery;
import io.baton.routing.topology.FailureText;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * There was no server to go on with before a limit was reached. It never leaves the engine: what
 * the application is told depends on what became of its work.
 */
final class NoServerFound extends SQLException {

  private static final long serialVersionUID = 1L;

  /**
   * Makes it.
   *
   * @param account what each endpoint last said, in lines
   */
  NoServerFound(String message, String account, @Nullable Throwable cause) {
    super(
        message + (account.isEmpty() ? "" : ":" + System.lineSeparator() + account),
        "08001",
        cause);
  }

  /**
   * The connection that a search for the writer led to.
   *
   * @throws NoServerFound if it led to none
   */
  static <C> C unlessConnected(Recovery.Result<C> result) throws NoServerFound {
    if (result instanceof Recovery.Connected<C> connected) {
      return connected.connection();
    }
    Recovery.NoWriter<C> none = (Recovery.NoWriter<C>) result;
    throw new NoServerFound(
        new LackOfWriter(none.topology(), none.latest()).account(),
        none.topology().describe() + attempts(none.failure()),
        none.failure());
  }

  /** What monitors know need not be what the session itself met. */
  private static String attempts(@Nullable SQLException failure) {
    return failure == null
        ? ""
        : System.lineSeparator() + "The session's own first attempt: " + FailureText.of(failure);
  }

  /** The thread was interrupted; it stays so. */
  static NoServerFound interrupted(InterruptedException interrupted) {
    Thread.currentThread().interrupt();
    return new NoServerFound(
        "The thread was interrupted while it waited for a server", "", interrupted);
  }
}
