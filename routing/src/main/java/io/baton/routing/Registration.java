package io.baton.routing;

/**
 * A physical connection's place on the list of those to be told when its endpoint is given up.
 *
 * <p>Register <em>before</em> opening the connection, and look at {@link
 * EndpointState#condemnation} after that: then no condemnation can fall between. Safe for use by
 * many threads.
 */
public interface Registration extends AutoCloseable {

  /** Takes the connection off the list; does nothing the second time. */
  @Override
  void close();
}
