package io.baton.routing;

/** The owner of a physical connection, who must be told when its endpoint is given up. */
@FunctionalInterface
public interface CondemnedListener {

  /**
   * The endpoint has been given up: no call is to wait any longer for it to answer. The owner
   * aborts the connection. Called once at most, outside all locks, on a thread of the cluster's,
   * which also has the other owners to tell: it must not block. What it throws is logged and hurts
   * nobody.
   *
   * @param reason why, for people: "down: Connection refused", "superseded by ..."
   */
  void condemned(String reason);
}
