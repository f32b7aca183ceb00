package io.baton.routing;

import io.baton.routing.topology.EndpointState;

/**
 * A physical connection's place on the list of those that are aborted when their endpoint is given
 * up.
 *
 * <p>Register <em>before</em> opening the connection, and look at {@link EndpointState#abortReason}
 * after that: then no abort can fall between. Safe for use by many threads.
 */
public interface Registration extends AutoCloseable {

  /** Takes the connection off the list; does nothing the second time. */
  @Override
  void close();
}
