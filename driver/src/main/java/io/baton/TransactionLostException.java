package io.baton;

import java.sql.SQLTransactionRollbackException;
import org.jspecify.annotations.Nullable;

/**
 * The transaction is certainly not committed, the session is restored and the connection is usable:
 * run the transaction again. Until the application rolls back, every statement is refused with
 * 25P02, as in any failed transaction.
 */
public final class TransactionLostException extends SQLTransactionRollbackException
    implements BatonException {

  private static final long serialVersionUID = 1L;

  /** The SQLState of every such exception. */
  public static final String SQL_STATE = "40001";

  private final Interruption interruption;

  /** For use by Baton only. */
  public TransactionLostException(
      String message, Interruption interruption, @Nullable Throwable cause) {
    super(message, SQL_STATE, cause);
    this.interruption = interruption;
  }

  @Override
  public Interruption interruption() {
    return interruption;
  }
}
