package io.baton;

/**
 * Someone who wants to know how hand-overs go. Called on the thread of the hand-over, one call at a
 * time: it should return soon. What it throws is logged and hurts nobody.
 */
public interface HandOverListener {

  /** A session has moved, or it was found out that it stays. */
  default void sessionDone(SessionMove session) {}

  /** All sessions have moved, or those that have not will stay. */
  default void handOverEnded(HandOverResult result) {}
}
