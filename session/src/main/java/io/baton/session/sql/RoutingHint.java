package io.baton.session.sql;

import org.jspecify.annotations.Nullable;

/**
 * Where a comment of the form {@code /*+ baton:... *}{@code /} asks a statement to run.
 *
 * @param target the kind of endpoint asked for
 * @param endpoint {@code host:port} for {@link Target#ENDPOINT}, else null
 * @param needs what the server must have, as {@code baton:needs=...} is written; null if nothing
 */
public record RoutingHint(Target target, @Nullable String endpoint, @Nullable String needs) {

  /** One that says nothing of what its server must have. */
  public RoutingHint(Target target, @Nullable String endpoint) {
    this(target, endpoint, null);
  }

  /** The kind of endpoint a hint names. */
  public enum Target {
    /** {@code baton:writer}. */
    WRITER,
    /**
     * {@code baton:reader}; also meant where a hint says what the server must have, and no more.
     */
    READER,
    /** {@code baton:endpoint=host:port}. */
    ENDPOINT
  }
}
