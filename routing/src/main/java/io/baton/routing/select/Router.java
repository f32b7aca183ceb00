package io.baton.routing.select;

import org.jspecify.annotations.Nullable;

/**
 * The rules by which a statement finds its place; the first that applies decides.
 *
 * <ol>
 *   <li>An open transaction: it has one server, and no hint can give it another.
 *   <li>A hint in the statement.
 *   <li>Session state that only the present server has.
 *   <li>{@code setReadOnly(true)}: a reader.
 *   <li>A statement proved to only read, where {@code baton.reads=auto}: a reader.
 *   <li>Otherwise the kind of server that sessions are meant to be on ({@code baton.target}), the
 *       writer by default.
 * </ol>
 *
 * <p>Immutable; deciding takes a few comparisons and allocates nothing, unless a hint names an
 * endpoint.
 */
public final class Router {

  /** Which reads go to readers ({@code baton.reads}). */
  public enum Reads {
    /** Those the application declared by {@code setReadOnly(true)}. */
    DECLARED,
    /** Those, and statements proved to only read. */
    AUTO,
    /** None. */
    WRITER
  }

  /** What ties a session to the server it is on. */
  public enum Pin {
    /** Nothing. */
    NONE,
    /** An open transaction. */
    TRANSACTION,
    /** State that only that server has. */
    STATE
  }

  private final Reads reads;
  private final RouteDecision otherwise;
  private final RouteDecision hintedReader;
  private final RouteDecision declaredRead;
  private final RouteDecision provedRead;

  /**
   * Makes a router.
   *
   * @param otherwise where a statement is to run of which nothing else is said
   */
  public Router(Reads reads, RouteDecision otherwise) {
    this(reads, otherwise, null);
  }

  private Router(Reads reads, RouteDecision otherwise, @Nullable String scope) {
    this.reads = reads;
    this.otherwise = otherwise.within(scope);
    this.hintedReader = RouteDecision.HINTED_READER.within(scope);
    this.declaredRead = RouteDecision.DECLARED_READ.within(scope);
    this.provedRead = RouteDecision.PROVED_READ.within(scope);
  }

  /** The same of a session that reads from some readers only; its decisions say so. */
  public Router within(@Nullable String scope) {
    return new Router(reads, otherwise, scope);
  }

  /**
   * Decides.
   *
   * @param hint what the statement asks for, null if nothing
   * @param pin what ties the session to its server
   * @param declaredReadOnly whether the connection is set to read-only
   * @param isProvedRead whether the statement is proved to only read, outside a transaction
   */
  public RouteDecision route(
      @Nullable RouteHint hint, Pin pin, boolean declaredReadOnly, boolean isProvedRead) {
    if (pin == Pin.TRANSACTION) {
      return RouteDecision.IN_TRANSACTION;
    }
    if (hint != null) {
      return hinted(hint);
    }
    if (pin == Pin.STATE) {
      return RouteDecision.WITH_STATE;
    }
    if (declaredReadOnly && reads != Reads.WRITER) {
      return declaredRead;
    }
    if (isProvedRead && reads == Reads.AUTO) {
      return provedRead;
    }
    return otherwise;
  }

  private RouteDecision hinted(RouteHint hint) {
    return switch (hint.target()) {
      case WRITER -> RouteDecision.HINTED_WRITER;
      case READER -> hintedReader;
      case ANY, CURRENT, ENDPOINT ->
          new RouteDecision(hint.target(), hint.endpoint(), RouteReason.HINT);
    };
  }
}
