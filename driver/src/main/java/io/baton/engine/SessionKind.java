package io.baton.engine;

import io.baton.session.Making;
import io.baton.session.SessionState;
import io.baton.session.sql.SettingNames;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What sessions have in common of which a rehearsal tries one for all: the shape of their state.
 *
 * <p>What a server may refuse is part of it: names of settings, roles, texts of prepared statements
 * and of temporary definitions. So is the value of a setting that the server knows, for a newer one
 * may not know the value (a time zone, a dictionary). Left out is what differs from session to
 * session and is refused nowhere: values of settings of one's own, of the search path, and the keys
 * of advisory locks.
 *
 * <p>Its text names all of it without any value, for people.
 *
 * @param settings values by name; empty where only the name counts, null where it was reset
 */
record SessionKind(
    boolean reset,
    Map<String, @Nullable String> settings,
    Set<String> ownNames,
    boolean unnamed,
    @Nullable String authorization,
    @Nullable String role,
    Map<String, String> prepared,
    Set<String> channels,
    boolean locks,
    Map<String, List<String>> temporaries,
    Set<String> libraries,
    Set<String> elsewhere) {

  static SessionKind of(SessionState state) {
    Map<String, @Nullable String> settings = new HashMap<>();
    state
        .settings()
        .forEach(
            (name, value) ->
                settings.put(
                    name,
                    SettingNames.isCustom(name) || name.equals(SettingNames.SEARCH_PATH)
                        ? ""
                        : value));
    Map<String, String> prepared = new HashMap<>();
    state.prepared().forEach((name, one) -> prepared.put(name, one.sql()));
    Map<String, List<String>> temporaries = new HashMap<>();
    state
        .temporaries()
        .forEach(
            (name, one) ->
                temporaries.put(
                    name,
                    one.definitions().stream().map(Making::sql).collect(Collectors.toList())));
    return new SessionKind(
        state.reset(),
        settings,
        state.ownNames(),
        state.unnamed(),
        state.authorization(),
        state.role(),
        prepared,
        state.channels(),
        !state.locks().isEmpty(),
        temporaries,
        state.libraries(),
        state.elsewhere());
  }

  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    add(parts, "settings ", settings.keySet());
    add(parts, "role ", role == null ? Set.of() : Set.of(role));
    add(parts, "authorization ", authorization == null ? Set.of() : Set.of(authorization));
    add(parts, "prepared ", prepared.keySet());
    add(parts, "channels ", channels);
    add(parts, "temporary ", temporaries.keySet());
    add(parts, "libraries ", libraries);
    if (locks) {
      parts.add("advisory locks");
    }
    return parts.isEmpty() ? "nothing set" : String.join("; ", parts);
  }

  private static void add(List<String> parts, String what, Collection<String> names) {
    if (!names.isEmpty()) {
      parts.add(names.stream().sorted().limit(8).collect(Collectors.joining(", ", what, "")));
    }
  }
}
