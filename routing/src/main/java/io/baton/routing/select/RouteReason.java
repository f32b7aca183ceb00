package io.baton.routing.select;

/** Why a statement runs where it runs. */
public enum RouteReason {
  /** A hint in the statement says so. */
  HINT("the statement's hint"),
  /** A transaction is open, and a transaction has one server. */
  PINNED_BY_TRANSACTION("an open transaction"),
  /** The session has state that only its present server has. */
  PINNED_BY_STATE("session state that only this server has"),
  /** The application called {@code setReadOnly(true)}. */
  DECLARED_READ_ONLY("the connection is declared read-only"),
  /** The statement was proved to read only. */
  PROVED_READ("the statement only reads"),
  /** The statement only reads, and the reader that it was sent to refused it. */
  REFUSED_BY_READER("a reader refused the statement"),
  /** The statement reads what only the writer knows, or what standbys refuse. */
  NEEDS_WRITER("a standby refuses the statement, or answers it for itself"),
  /** The option {@code baton.target} says where sessions are. */
  TARGET("baton.target"),
  /** Nothing says that a reader would do. */
  DEFAULT("the writer, as nothing says that a reader would do");

  private final String description;

  RouteReason(String description) {
    this.description = description;
  }

  /** The reason in words. */
  public String description() {
    return description;
  }
}
