package io.baton.routing.select;

import org.jspecify.annotations.Nullable;

/**
 * The rules by which a statement finds its server; the first that applies decides.
 *
 * <ol>
 *   <li>An open transaction: it has one server.
 *   <li>Session state that only the present server has. Elsewhere it would not be the same session,
 *       so a hint does not count here.
 *   <li>A hint in the statement.
 *   <li>{@code setReadOnly(true)}, unless {@code baton.reads=writer}: a reader.
 *   <li>A statement proved to only read that is a transaction of its own (autocommit), where {@code
 *       baton.reads=auto}: a reader.
 *   <li>In both of these cases the writer instead, where sessions are meant to be on it and a
 *       standby refuses the statement or answers it for itself: a lock, what the server is doing, a
 *       transaction that is serializable.
 *   <li>Otherwise the kind of server that sessions are meant to be on ({@code baton.target}), the
 *       writer by default.
 * </ol>
 *
 * <p>A reader may refuse what it was sent: {@link #afterRefusal}. A transaction that began on one
 * may come to what only the writer answers: {@link #leavesReader}.
 *
 * <p>These are all the rules: whoever asks gathers facts and decides nothing. Immutable; deciding
 * takes a few comparisons and allocates nothing, unless a hint names an endpoint.
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
   * Whether {@link #route} looks at whether a statement is proved to only read; if not, false will
   * do.
   */
  public boolean asksForProof() {
    return reads == Reads.AUTO;
  }

  /**
   * Decides.
   *
   * @param pin what ties the session to its server
   * @param hint what the statement asks for, null if nothing
   * @param declaredReadOnly whether the connection is set to read-only
   * @param autocommit whether the statement, if there is no open transaction, is one of its own
   * @param isProvedRead whether the statement is proved to only read
   * @param needsWriter whether a standby refuses the statement, or answers it for itself
   */
  public RouteDecision route(
      Pin pin,
      @Nullable RouteHint hint,
      boolean declaredReadOnly,
      boolean autocommit,
      boolean isProvedRead,
      boolean needsWriter) {
    if (pin == Pin.TRANSACTION) {
      return RouteDecision.IN_TRANSACTION;
    }
    if (pin == Pin.STATE) {
      return RouteDecision.WITH_STATE;
    }
    if (hint != null) {
      return hinted(hint);
    }
    if (declaredReadOnly && reads != Reads.WRITER) {
      return forReader(declaredRead, needsWriter);
    }
    if (isProvedRead && autocommit && reads == Reads.AUTO) {
      return forReader(provedRead, needsWriter);
    }
    return otherwise;
  }

  /**
   * Decides about a statement of an open transaction that began on a reader.
   *
   * @param hinted whether the statement asks for a server itself
   * @param declaredReadOnly whether the connection is set to read-only
   * @param needsWriter whether a standby refuses the statement, or answers it for itself
   * @return whether the transaction is to go on at the writer: there it is replayed and verified
   */
  public boolean leavesReader(boolean hinted, boolean declaredReadOnly, boolean needsWriter) {
    return needsWriter && !hinted && declaredReadOnly && otherwise.target() == RouteTarget.WRITER;
  }

  /**
   * Decides about a statement that its server refused. A read may need what readers do not have (an
   * unlogged table), stand in the way of their replay, or be none, as a function is declared {@code
   * STABLE} and writes all the same: then the writer answers. What ties a session to its server
   * counts before that, as always.
   *
   * @param sqlState the refusal
   * @param byWriter whether the server that refused is the writer
   * @param pin what ties the session to its server
   * @param isProvedRead whether the statement is proved to only read, so that running it once more
   *     does nothing twice
   * @return where it is to run instead; null if the refusal stands
   */
  public static @Nullable RouteDecision afterRefusal(
      @Nullable String sqlState, boolean byWriter, Pin pin, boolean isProvedRead) {
    return !byWriter && pin == Pin.NONE && isProvedRead && isOfReaders(sqlState)
        ? RouteDecision.REFUSED_BY_READER
        : null;
  }

  private RouteDecision forReader(RouteDecision reader, boolean needsWriter) {
    return needsWriter && otherwise.target() == RouteTarget.WRITER
        ? RouteDecision.NEEDS_WRITER
        : reader;
  }

  /** Feature not supported, not while in recovery, conflict with replay, read-only transaction. */
  private static boolean isOfReaders(@Nullable String sqlState) {
    return "0A000".equals(sqlState)
        || "55000".equals(sqlState)
        || "40001".equals(sqlState)
        || "25006".equals(sqlState);
  }

  private RouteDecision hinted(RouteHint hint) {
    RouteDecision asked =
        switch (hint.target()) {
          case WRITER -> RouteDecision.HINTED_WRITER;
          case READER -> hintedReader;
          case ANY, CURRENT, ENDPOINT ->
              new RouteDecision(hint.target(), hint.endpoint(), RouteReason.HINT);
        };
    return asked.needing(hint.needs());
  }
}
