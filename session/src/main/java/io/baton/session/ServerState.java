package io.baton.session;

import java.util.Map;
import java.util.Set;

/**
 * What a server says it holds for a session: the answer to a {@link ReadBack}. Immutable.
 *
 * @param settings the settings that were set in the session, and the custom ones asked for, by name
 * @param sessionUser the session user
 * @param role the role, {@code none} where none is set
 * @param prepared the text of each statement that SQL prepared, by name
 * @param channels the channels that are listened to
 * @param locks the session's advisory locks, one entry each, as {@code key shared}
 * @param temporaries the temporary tables, views and sequences by name, with their kinds
 * @param heldCursors the cursors WITH HOLD
 */
public record ServerState(
    Map<String, String> settings,
    String sessionUser,
    String role,
    Map<String, String> prepared,
    Set<String> channels,
    Set<SessionState.AdvisoryLock> locks,
    Map<String, String> temporaries,
    Set<String> heldCursors) {}
