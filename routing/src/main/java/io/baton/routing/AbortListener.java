package io.baton.routing;

/** The owner of a physical connection, which is told when the endpoint is given up. */
@FunctionalInterface
public interface AbortListener {

  /**
   * The endpoint is given up: no call is to wait any longer for it to answer. The owner aborts the
   * connection. Called once at most, outside all locks, on a thread of the cluster, which has other
   * owners to tell as well: it must not block. What it throws is logged and has no other effect.
   *
   * @param reason why, for people: "down: Connection refused", "superseded by ..."
   */
  void abort(String reason);
}
