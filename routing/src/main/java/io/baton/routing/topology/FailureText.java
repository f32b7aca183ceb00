package io.baton.routing.topology;

import java.sql.SQLException;

/** The text of a failure for people: one line, with its root cause and its SQLState. */
public final class FailureText {

  /** A chain of causes that is longer than this is taken for a loop. */
  private static final int LONGEST_CHAIN = 20;

  private FailureText() {}

  /**
   * Returns the message of a failure without line breaks, and that of its root cause where the
   * message does not have it: "The connection attempt failed: UnknownHostException: db1 [08001]".
   */
  public static String of(Throwable failure) {
    String message = failure instanceof SQLException ? line(failure) : named(failure);
    Throwable root = root(failure);
    String cause = root instanceof SQLException ? line(root) : named(root);
    if (line(root).isEmpty() ? !message.contains(cause) : !message.contains(line(root))) {
      message = withoutStop(message) + ": " + cause;
    }
    String state = failure instanceof SQLException sql ? sql.getSQLState() : null;
    return state == null ? message : message + " [" + state + "]";
  }

  /** Returns the message of a failure as it is; the name of its class where it has none. */
  public static String message(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }

  private static Throwable root(Throwable failure) {
    Throwable root = failure;
    for (int i = 0; i < LONGEST_CHAIN; i++) {
      Throwable cause = root.getCause();
      if (cause == null) {
        break;
      }
      root = cause;
    }
    return root;
  }

  /** Java's message of an unknown host is its name, and others have none: the class says more. */
  private static String named(Throwable root) {
    String message = line(root);
    String type = root.getClass().getSimpleName();
    return message.contains(" ") ? message : message.isEmpty() ? type : type + ": " + message;
  }

  private static String withoutStop(String message) {
    String text = message;
    while (text.endsWith(".") || text.endsWith(":")) {
      text = text.substring(0, text.length() - 1);
    }
    return text;
  }

  private static String line(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? "" : message.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
