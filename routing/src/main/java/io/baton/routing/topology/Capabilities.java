package io.baton.routing.topology;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a server has to offer, as it was asked on a new connection of its monitor, and now and then
 * since. PostgreSQL does not tell how many processors it runs on.
 *
 * <p>Immutable.
 *
 * @param startedAt when the postmaster that told it was started: of another one it says nothing
 * @param isTold whether the server told it; if not, the rest says nothing
 * @param maxConnections {@code max_connections}
 * @param sharedBuffers {@code shared_buffers} in bytes
 * @param workMemory {@code work_mem} in bytes, as the monitor's role has it
 * @param extensions the extensions of the database, with their versions
 */
public record Capabilities(
    Instant startedAt,
    boolean isTold,
    int maxConnections,
    long sharedBuffers,
    long workMemory,
    Map<String, String> extensions) {

  /** Makes one with a copy of the extensions, in the order of their names. */
  public Capabilities {
    extensions = Collections.unmodifiableMap(new TreeMap<>(extensions));
  }

  /** What is known of a server that refuses to tell. */
  public static Capabilities untold(Instant startedAt) {
    return new Capabilities(startedAt, false, 0, 0, 0, Map.of());
  }
}
