package io.baton;

import org.jspecify.annotations.Nullable;

/**
 * The known state of one endpoint of a cluster. Immutable.
 *
 * @param endpoint {@code host:port}
 * @param role its role
 * @param isUsable whether new work may be placed there
 * @param timeline the timeline it has reached; 0 if that is not known
 * @param lagBytes how far it is behind the writer in bytes; null for a writer and where it is not
 *     known
 * @param capabilities what the server has to offer, as far as it has told
 * @param description all of it in one line, for a human reader
 */
public record EndpointStatus(
    String endpoint,
    Role role,
    boolean isUsable,
    long timeline,
    @Nullable Long lagBytes,
    EndpointCapabilities capabilities,
    String description) {

  /** The role of an endpoint. */
  public enum Role {
    /** It takes writes. */
    WRITER,
    /** It is a standby. */
    READER,
    /** It does not answer, or must not be used. */
    UNKNOWN
  }
}
