package io.baton.session.sql;

import org.jspecify.annotations.Nullable;

/**
 * Where a comment of the form {@code /*+ baton:... *}{@code /} asks a statement to run.
 *
 * @param target the kind of endpoint asked for
 * @param endpoint {@code host:port} for {@link Target#ENDPOINT}, else null
 */
public record RoutingHint(Target target, @Nullable String endpoint) {
  /** The kind of endpoint a hint names. */
  public enum Target {
    /** {@code baton:writer}. */
    WRITER,
    /** {@code baton:reader}. */
    READER,
    /** {@code baton:endpoint=host:port}. */
    ENDPOINT
  }
}
