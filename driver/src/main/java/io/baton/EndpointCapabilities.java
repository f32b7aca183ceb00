package io.baton;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a server has to offer, by which {@code baton.needs} chooses. PostgreSQL does not tell how
 * many processors it has.
 *
 * <p>Immutable. Settings and extensions are asked once on each connection of the server's monitor,
 * and again every minute.
 *
 * @param version the version of the server, such as {@code 17.4}; null if it never answered
 * @param maxConnections {@code max_connections}; null if the server has not told it, or does not
 * @param sharedBuffersBytes {@code shared_buffers} in bytes; null likewise
 * @param workMemBytes {@code work_mem} in bytes, as a new session of the user has it; null likewise
 * @param extensions the extensions of the database with their versions; null likewise
 * @param tags what the list of servers says of it, by name; empty if nothing
 */
public record EndpointCapabilities(
    @Nullable String version,
    @Nullable Integer maxConnections,
    @Nullable Long sharedBuffersBytes,
    @Nullable Long workMemBytes,
    @Nullable Map<String, String> extensions,
    Map<String, String> tags) {}
