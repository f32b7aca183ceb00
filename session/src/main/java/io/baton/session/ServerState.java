package io.baton.session;

import java.util.Map;

/**
 * What a server says it holds for a session: the answer to a {@link ReadBack} or a {@link
 * Verification}. Immutable.
 *
 * @param settings the settings asked for, by name
 */
public record ServerState(Map<String, String> settings) {}
