package io.baton.failover.cutover;

/** A cut over cannot go on, and is taken back. */
final class CutoverRefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  CutoverRefusedException(String reason) {
    super(reason);
  }
}
