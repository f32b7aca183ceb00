package io.baton.cli;

import org.jspecify.annotations.Nullable;

/** The program was called wrongly; the message says what is wrong, and contains no secret. */
final class UsageException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient @Nullable Command command;

  UsageException(String message) {
    this(message, null);
  }

  /**
   * Makes one.
   *
   * @param command which command it was; null if that is what is wrong
   */
  UsageException(String message, @Nullable Command command) {
    super(message);
    this.command = command;
  }

  @Nullable Command command() {
    return command;
  }
}
