package io.baton.engine;

import io.baton.failover.outcome.PreparedInquiry;
import io.baton.failover.outcome.PreparedMark;
import io.baton.failover.outcome.Resolution;
import io.baton.failover.outcome.ServerInstance;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.journal.ReplayBlocker;
import io.baton.session.sql.SqlQuoting;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A command of two-phase commit. What the server shows as prepared tells whether one that was cut
 * off took place.
 *
 * <p>Confined to one call; guarded by the calls of its session.
 */
final class TwoPhaseExecution implements Execution<Connection, Boolean> {

  /** The commands. */
  enum Command {
    /** It takes the transaction from the session, and keeps it on the server. */
    PREPARE("PREPARE TRANSACTION"),
    /** It commits what was prepared before, by whomever. */
    COMMIT("COMMIT PREPARED"),
    /** It rolls back what was prepared before, by whomever. */
    ROLLBACK("ROLLBACK PREPARED");

    private final String text;

    Command(String text) {
      this.text = text;
    }

    /** Its text. */
    String on(String identifier) {
      return text + " " + SqlQuoting.literal(identifier);
    }
  }

  private final Command command;
  private final String identifier;
  private @Nullable PreparedMark mark;
  private boolean done;

  /**
   * Makes a command.
   *
   * @param identifier of the transaction, as the server is told it
   */
  TwoPhaseExecution(Command command, String identifier) {
    this.command = command;
    this.identifier = identifier;
  }

  @Override
  public Boolean on(Connection delegate) throws SQLException {
    if (!done) {
      PhysicalConnection.executeAsItIs(delegate, command.on(identifier));
    }
    return true;
  }

  /** Whether it takes the transaction of the session. */
  boolean prepares() {
    return command == Command.PREPARE;
  }

  /**
   * It is about to be sent. From then on nothing of the transaction that it prepares is replayed.
   *
   * @param transaction the transaction of the session; null if there is none
   * @throws SQLException if the connection breaks; the command was not sent then
   */
  void ahead(SessionConnection connection, @Nullable OpenTransaction transaction)
      throws SQLException {
    if (done) {
      return;
    }
    if (prepares()) {
      // A server that is gone is found out while the transaction can still be replayed.
      PhysicalConnection.askForSign(connection.physical().connection());
      if (transaction != null) {
        transaction.block(ReplayBlocker.TWO_PHASE);
      }
      return;
    }
    ServerInstance server = connection.knownInstance();
    mark =
        server == null || connection.isPooled() || !connection.isOnWriter()
            ? null
            : connection
                .physical()
                .inAutocommit(plain -> PreparedInquiry.mark(identifier, server, plain))
                .orElse(null);
  }

  /**
   * Asks whether it took place.
   *
   * @param then the server and backend that it was sent to
   */
  Resolution ask(PreparedInquiry inquiry, ServerInstance then) throws SQLException {
    return prepares()
        ? inquiry.ofPrepare(identifier, then)
        : inquiry.ofEnd(identifier, command == Command.COMMIT, mark, then);
  }

  /** It took place: when it is made again, it does nothing. */
  void tookPlace() {
    done = true;
  }
}
