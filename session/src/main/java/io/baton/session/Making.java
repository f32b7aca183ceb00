package io.baton.session;

import io.baton.session.sql.SettingNames;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a part of a session was made: the statement, and under what it was read. Names in it are
 * looked up along the search path, constants are read under settings such as the date style, and
 * what is created belongs to the role; so it is made again under the same.
 *
 * <p>Immutable.
 *
 * @param order its place among what the session has made: the smaller is made first
 * @param sql the statement
 * @param settings what was set, as in {@link SessionState#settings}
 * @param authorization the session user, as in {@link SessionState#authorization}
 * @param role the role, as in {@link SessionState#role}
 */
public record Making(
    long order,
    String sql,
    Map<String, @Nullable String> settings,
    @Nullable String authorization,
    @Nullable String role) {

  private static final Pattern DRAWS =
      Pattern.compile("serial|identity|nextval", Pattern.CASE_INSENSITIVE);

  /** Returns whether it may make a sequence, or take values from one. */
  boolean mayDrawSequences() {
    return DRAWS.matcher(sql).find();
  }

  /** Returns one whose text names everything with its schema, and that belongs to this role. */
  static Making qualified(long order, String sql, @Nullable String authorization, String owner) {
    return new Making(
        order, sql, Map.of(SettingNames.SEARCH_PATH, "pg_catalog"), authorization, owner);
  }

  Making at(long newOrder) {
    return new Making(newOrder, sql, settings, authorization, role);
  }
}
