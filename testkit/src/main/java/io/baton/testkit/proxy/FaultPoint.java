package io.baton.testkit.proxy;

import java.util.Locale;
import java.util.function.Predicate;

/**
 * An instant in the conversation of a client and a server: just before a message is passed on, or
 * just after it was.
 *
 * <pre>{@code
 * FaultPoint.before(Message.Frontend.EXECUTE).ofStatement("INSERT INTO orders")
 * FaultPoint.after(Message.Backend.COMMAND_COMPLETE).tagged("COMMIT")
 * FaultPoint.before(Message.Backend.DATA_ROW).occurrence(3)
 * }</pre>
 *
 * <p>Immutable.
 */
public final class FaultPoint {
  private final boolean before;
  private final Message message;
  private final Predicate<String> statement;
  private final Predicate<String> tag;
  private final int occurrence;

  private FaultPoint(
      boolean before,
      Message message,
      Predicate<String> statement,
      Predicate<String> tag,
      int occurrence) {
    this.before = before;
    this.message = message;
    this.statement = statement;
    this.tag = tag;
    this.occurrence = occurrence;
  }

  /** The instant before a message is passed on: who it is for has not got it. */
  public static FaultPoint before(Message message) {
    return new FaultPoint(true, message, any -> true, any -> true, 1);
  }

  /** The instant after a message was passed on, and before anything that follows it. */
  public static FaultPoint after(Message message) {
    return new FaultPoint(false, message, any -> true, any -> true, 1);
  }

  /**
   * Only where the message concerns a statement whose text matches: Parse, Bind, Describe, Execute
   * and Query by the text they prepare or run, messages of the server by the statement they answer.
   * A text is known up to 32 KiB; one that is not known is empty.
   */
  public FaultPoint ofStatement(Predicate<String> matching) {
    return new FaultPoint(before, message, statement.and(matching), tag, occurrence);
  }

  /** Only where the text of the statement contains these words, in whatever case. */
  public FaultPoint ofStatement(String words) {
    String wanted = words.toLowerCase(Locale.ROOT);
    return ofStatement(text -> text.toLowerCase(Locale.ROOT).contains(wanted));
  }

  /** Only a CommandComplete whose tag starts so: COMMIT, INSERT, "UPDATE 1". */
  public FaultPoint tagged(String start) {
    return new FaultPoint(
        before, message, statement, tag.and(t -> t.startsWith(start)), occurrence);
  }

  /** The n-th such message of a connection (from 1) since the fault was armed. */
  public FaultPoint occurrence(int n) {
    if (n < 1) {
      throw new IllegalArgumentException("occurrences count from 1: " + n);
    }
    return new FaultPoint(before, message, statement, tag, n);
  }

  boolean isBefore() {
    return before;
  }

  boolean concerns(Message candidate) {
    return message == candidate;
  }

  boolean matches(MessageSeen seen) {
    return message == seen.message() && tag.test(seen.tag()) && statement.test(seen.statement());
  }

  int occurrence() {
    return occurrence;
  }

  @Override
  public String toString() {
    return (before ? "before " : "after ") + message;
  }
}
