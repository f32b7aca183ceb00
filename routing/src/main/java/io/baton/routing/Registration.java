package io.baton.routing;

import java.util.Optional;

/**
 * A physical connection's place on the list of those to be told when its endpoint is given up.
 *
 * <p>Register <em>before</em> opening the connection and look at {@link #condemnation} afterwards:
 * then no condemnation can fall between. Safe for use by many threads.
 */
public interface Registration extends AutoCloseable {

  /** Why the endpoint was given up since this registration; empty if it was not. */
  Optional<String> condemnation();

  /** Takes the connection off the list; does nothing the second time. */
  @Override
  void close();
}
