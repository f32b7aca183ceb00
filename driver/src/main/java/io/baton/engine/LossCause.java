package io.baton.engine;

import io.baton.jdbc.pgjdbc.PgErrors;
import java.sql.SQLException;

/** How the connection of a call was lost, as far as the client was told. */
enum LossCause {
  /** It was not lost, or the call had not been sent. */
  NOT_UNDER_WAY,
  /** The server had waited too long for its client (25P03, 57P05): it never read the call. */
  IDLE_TIMEOUT,
  /** The transaction had taken too long (25P04). */
  TRANSACTION_TIMEOUT,
  /** The backend was told to end (57P01): by an administrator, or as its server stops. */
  TERMINATED,
  /** The server said that it ends all its backends: another one crashed, or it stops at once. */
  ENDED_WITH_ALL,
  /**
   * The server said that its machine lacks something or has failed it (class 53, such as 53100 for
   * a full disk, or 58): it takes all backends with it if it cannot write its log.
   */
  OF_THE_MACHINE,
  /** Without a word: the backend crashed, its server did, or the network did not carry on. */
  UNSEEN;

  /**
   * Reads the cause of a loss.
   *
   * @param failure what the call ended with
   * @param announced whether the server had sent a notice that it ends all its backends
   */
  static LossCause of(SQLException failure, boolean announced) {
    if (announced) {
      return ENDED_WITH_ALL;
    }
    String state = PgErrors.stateOfServer(failure);
    if (state == null) {
      return UNSEEN;
    }
    return switch (state) {
      case "25P03", "57P05" -> IDLE_TIMEOUT;
      case "25P04" -> TRANSACTION_TIMEOUT;
      case "57P01" -> TERMINATED;
      case "57P02" -> ENDED_WITH_ALL;
      default -> state.startsWith("53") || state.startsWith("58") ? OF_THE_MACHINE : UNSEEN;
    };
  }

  /** Whether a timeout of the server ended the connection, and its transaction with it. */
  boolean isTimeout() {
    return this == IDLE_TIMEOUT || this == TRANSACTION_TIMEOUT;
  }

  /**
   * Whether it matters what the server is that the session arrives at.
   *
   * @param isTheSame whether it is at the same address
   */
  boolean dependsOnServer(boolean isTheSame) {
    return this == UNSEEN || ((this == TERMINATED || this == OF_THE_MACHINE) && isTheSame);
  }
}
