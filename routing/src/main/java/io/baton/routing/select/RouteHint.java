package io.baton.routing.select;

import io.baton.routing.topology.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Where a comment in a statement asks it to run.
 *
 * @param target the kind of place
 * @param endpoint the very place, if the target is {@link RouteTarget#ENDPOINT}
 */
public record RouteHint(RouteTarget target, @Nullable Endpoint endpoint) {

  /** {@code baton:writer}. */
  public static final RouteHint WRITER = new RouteHint(RouteTarget.WRITER, null);

  /** {@code baton:reader}. */
  public static final RouteHint READER = new RouteHint(RouteTarget.READER, null);

  /** {@code baton:endpoint=host:port}. */
  public static RouteHint endpoint(Endpoint endpoint) {
    return new RouteHint(RouteTarget.ENDPOINT, endpoint);
  }
}
