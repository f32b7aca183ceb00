package io.baton;

/**
 * A listener for hand-overs. It is called on the thread of the hand-over, one call at a time, and
 * should return soon. An exception it throws is logged and has no other effect.
 */
public interface HandOverListener {

  /** Called when a session has moved, or cannot move and stays. */
  default void sessionDone(SessionMove session) {}

  /** Called when the hand-over has ended: each session has moved or stays. */
  default void handOverEnded(HandOverResult result) {}
}
