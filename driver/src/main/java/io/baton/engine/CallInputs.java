package io.baton.engine;

import io.baton.session.ParameterValues;

/**
 * What a statement was given before one of its executions, so that the execution can be replayed:
 * the application may bind other parameters, or set other limits, for the next one.
 *
 * <p>Immutable. Only the target that made it looks into it.
 */
public interface CallInputs extends ParameterValues {

  /** Whether one of the values is consumed when it is sent, so that it cannot be sent again. */
  boolean hasOneShot();

  /** Whether one of the values, and not the connection, threw this while it was sent. */
  boolean raised(Throwable failure);

  /** Whether the execution may run its text more than once. */
  boolean isBatch();

  /** Whether the text belongs to the statement, so that all of its executions share it. */
  boolean isTextShared();

  /** How many rows its result may have at most; 0 for any number. */
  int maxRows();

  /**
   * About how many bytes of memory a call that is recorded with these inputs holds, less its text.
   */
  long estimatedBytes();
}
