package io.baton.failover;

/**
 * A listener for hand-overs. It is called on the thread of the hand-over, one call at a time, and
 * should return soon. An exception it throws is logged and has no other effect.
 */
public interface HandOverObserver {

  /** Called when a session has moved, or cannot move and stays. */
  default void sessionDone(SessionHandOver session) {}

  /** Called when the hand-over has ended: each session has moved or stays. */
  default void handOverEnded(HandOverReport report) {}
}
