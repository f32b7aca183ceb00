package io.baton.routing.select;

import io.baton.routing.topology.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Where a comment in a statement asks it to run.
 *
 * @param target the kind of place
 * @param endpoint the very place, if the target is {@link RouteTarget#ENDPOINT}
 * @param needs what the server must have
 */
public record RouteHint(RouteTarget target, @Nullable Endpoint endpoint, Needs needs) {

  /** {@code baton:writer}. */
  public static final RouteHint WRITER = new RouteHint(RouteTarget.WRITER, null, Needs.NONE);

  /** {@code baton:reader}. */
  public static final RouteHint READER = new RouteHint(RouteTarget.READER, null, Needs.NONE);

  /** {@code baton:endpoint=host:port}. */
  public static RouteHint endpoint(Endpoint endpoint) {
    return new RouteHint(RouteTarget.ENDPOINT, endpoint, Needs.NONE);
  }

  /** The same, with {@code baton:needs=...}. */
  public RouteHint needing(Needs newNeeds) {
    return new RouteHint(target, endpoint, newNeeds);
  }
}
