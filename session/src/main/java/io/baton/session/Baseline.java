package io.baton.session;

import io.baton.session.sql.SettingNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a session took over when it began: the role and the settings of a new connection, which
 * {@code ALTER ROLE}, {@code ALTER DATABASE}, the configuration of the server and the client give.
 * Another connection may begin with others, since they were altered meanwhile or the servers are
 * configured in different ways; a session goes on with those it began with.
 *
 * <p>They are what RESET leads to, so they can be asked for at any time ({@code reset_val} of
 * {@code pg_settings}); but the role and the settings of one's own only before the session sets
 * them. Settings that a session cannot have by itself are left out: they are the server's.
 *
 * <p>Immutable. {@link Baselines} asks for it.
 *
 * @param role the role, {@code none} where none is set
 * @param settings the settings that are not as they are built in, by name
 */
public record Baseline(String role, Map<String, Value> settings) {

  /**
   * The value of a setting.
   *
   * @param text the value
   * @param builtIn the value if nothing sets it; null for a setting of one's own, and where the
   *     server computes it
   */
  public record Value(String text, @Nullable String builtIn) {}

  /** Returns what has to be set on a connection that began with another one. */
  public Takeover takeoverTo(Baseline there) {
    if (equals(there)) {
      return new Takeover(role, null, Map.of());
    }
    Map<String, String> differing = new LinkedHashMap<>();
    Set<String> names = new TreeSet<>(settings.keySet());
    names.addAll(there.settings.keySet());
    for (String name : names) {
      Value mine = settings.get(name);
      Value other = there.settings.get(name);
      if (mine == null && isComputed(name, other)) {
        continue; // Written down by one that did not ask for it.
      }
      String wanted = mine != null ? mine.text() : builtIn(other);
      if (!wanted.equals(other == null ? null : other.text())) {
        differing.put(name, wanted);
      }
    }
    return new Takeover(there.role, role.equals(there.role) ? null : role, differing);
  }

  /** Returns the same with these settings as another one has them. */
  Baseline with(Baseline other, Set<String> names) {
    Map<String, Value> all = new LinkedHashMap<>(settings);
    all.keySet().removeAll(names);
    for (String name : names) {
      Value value = other.settings.get(name);
      if (value != null) {
        all.put(name, value);
      }
    }
    return new Baseline(role, all);
  }

  private static boolean isComputed(String name, @Nullable Value value) {
    return value != null && value.builtIn() == null && !SettingNames.isCustom(name);
  }

  /** A setting of one's own cannot be unset: it reads as an empty text then. */
  private static String builtIn(@Nullable Value other) {
    return Objects.requireNonNullElse(other == null ? null : other.builtIn(), "");
  }
}
