package io.baton.session;

import io.baton.session.SessionState.Prepared;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.SettingNames;
import io.baton.session.sql.SqlQuoting;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes the statements of a {@link Restoration} one after the other. It keeps what is set at each
 * point, so that every part is made under what it was made under before, and settings are written
 * only where they change.
 *
 * <p>Confined to the restoration that makes it.
 */
final class RestorationScript {

  /** Limits of time, under which a session is not rebuilt: they are set at the end. */
  private static final Set<String> LIMITS =
      Set.of(
          "statement_timeout",
          "lock_timeout",
          "transaction_timeout",
          "idle_in_transaction_session_timeout",
          "idle_session_timeout");

  private static final String OF_LIMITS =
      " from pg_catalog.pg_settings where name OPERATOR(pg_catalog.=) any ('{"
          + LIMITS.stream().sorted().collect(Collectors.joining(","))
          + "}'::pg_catalog.text[])";

  /** Tries to take an advisory lock; the result is one row with one column. */
  private static final String LOCK = "select pg_catalog.pg_try_advisory_lock";

  private final Takeover takeover;
  private final List<String> statements = new ArrayList<>();

  /** What is set, but for limits of time. */
  private Map<String, @Nullable String> settings;

  private Map<String, @Nullable String> limits;
  private @Nullable String authorization;
  private @Nullable String role;
  private boolean lifted;

  /** Begins on a connection in this state. */
  RestorationScript(SessionState current, Takeover takeover) {
    this.takeover = takeover;
    SessionState present = current.isFresh() ? current : current.over(takeover);
    this.settings = withoutLimits(present.settings());
    this.limits = present.settings();
    this.authorization = present.authorization();
    this.role = present.role();
  }

  List<String> statements() {
    return List.copyOf(statements);
  }

  void add(String statement) {
    statements.add(statement);
  }

  /** Lifts the limits of time that a new connection has; those that are none are left alone. */
  void liftLimits() {
    lifted = true;
    statements.add(
        "select pg_catalog.set_config(name, '0', false)"
            + OF_LIMITS
            + " and setting OPERATOR(pg_catalog.<>) '0'::pg_catalog.text");
  }

  /** Sets the limits of time as they are to be. */
  void setLimits(SessionState target) {
    if (lifted) {
      statements.add(
          "select pg_catalog.set_config(name, reset_val, false)"
              + OF_LIMITS
              + " and setting OPERATOR(pg_catalog.<>) reset_val");
    }
    Map<String, @Nullable String> wanted = target.over(takeover).settings();
    for (String name : LIMITS) {
      String value = wanted.get(name);
      if (value != null && (lifted || !value.equals(limits.get(name)))) {
        statements.add(setting(name, value));
      } else if (value == null && limits.get(name) != null && !lifted) {
        statements.add("RESET " + settingName(name));
      }
    }
  }

  /** Goes back to what a new connection has. */
  void resetAll() {
    resetIdentity();
    statements.add("RESET ALL");
    settings = Map.of();
    limits = Map.of();
  }

  private static Map<String, @Nullable String> withoutLimits(Map<String, @Nullable String> all) {
    if (Collections.disjoint(all.keySet(), LIMITS)) {
      return all;
    }
    Map<String, @Nullable String> others = new LinkedHashMap<>(all);
    others.keySet().removeAll(LIMITS);
    return others;
  }

  private void resetIdentity() {
    if (role != null) {
      statements.add("RESET ROLE");
      role = null;
    }
    if (authorization != null) {
      statements.add("SET SESSION AUTHORIZATION DEFAULT");
      authorization = null;
    }
  }

  /** Sets what a state has, but for limits of time. */
  void under(SessionState state) {
    SessionState wanted = state.over(takeover);
    under(wanted.settings(), wanted.authorization(), wanted.role());
  }

  private void under(Making making) {
    under(
        SessionState.FRESH
            .draft()
            .with(
                draft -> {
                  draft.settings = new LinkedHashMap<>(making.settings());
                  draft.authorization = making.authorization();
                  draft.role = making.role();
                })
            .finish());
  }

  private void under(
      Map<String, @Nullable String> all,
      @Nullable String wantedAuthorization,
      @Nullable String wantedRole) {
    Map<String, @Nullable String> wanted = withoutLimits(all);
    boolean sameIdentity =
        Objects.equals(authorization, wantedAuthorization) && Objects.equals(role, wantedRole);
    if (!settings.equals(wanted)) {
      resetIdentity();
      change(wanted);
    } else if (!sameIdentity) {
      resetIdentity();
    }
    if (wantedAuthorization != null && !wantedAuthorization.equals(authorization)) {
      statements.add("SET SESSION AUTHORIZATION " + SqlQuoting.literal(wantedAuthorization));
      authorization = wantedAuthorization;
    }
    if (wantedRole != null && !wantedRole.equals(role)) {
      statements.add(
          "SET ROLE " + ("none".equals(wantedRole) ? "NONE" : SqlQuoting.literal(wantedRole)));
      role = wantedRole;
    }
  }

  private void change(Map<String, @Nullable String> wanted) {
    for (Map.Entry<String, @Nullable String> present : settings.entrySet()) {
      String name = present.getKey();
      if (present.getValue() != null && !wanted.containsKey(name)) {
        statements.add("RESET " + settingName(name));
      }
    }
    wanted.forEach(
        (name, value) -> {
          boolean same = settings.containsKey(name) && Objects.equals(settings.get(name), value);
          // One of one's own that is not set cannot be reset where nobody has heard of it.
          boolean isUnheard =
              value == null && settings.get(name) == null && SettingNames.isCustom(name);
          if (!same && !isUnheard) {
            statements.add(value == null ? "RESET " + settingName(name) : setting(name, value));
          }
        });
    settings = wanted;
  }

  private static String setting(String name, String value) {
    return "select pg_catalog.set_config("
        + SqlQuoting.literal(name)
        + ", "
        + SqlQuoting.literal(value)
        + ", false)";
  }

  private static String settingName(String name) {
    StringBuilder quoted = new StringBuilder();
    for (String part : name.split("\\.", -1)) {
      quoted.append(quoted.length() == 0 ? "" : ".").append(SqlQuoting.identifier(part));
    }
    return quoted.toString();
  }

  /**
   * Has the server hear of settings of one's own, so that they read as empty and not as unknown.
   */
  void hearOf(Collection<String> names) {
    if (!names.isEmpty()) {
      statements.add(
          "select pg_catalog.set_config(n, coalesce(pg_catalog.current_setting(n, true), ''), true)"
              + " from (values "
              + names.stream()
                  .map(name -> "(" + SqlQuoting.literal(name) + ")")
                  .collect(Collectors.joining(", "))
              + ") as own(n)");
    }
  }

  /**
   * Makes what is temporary, in the order in which it was made, and prepares what is not prepared
   * yet: at the end, as a statement may name what was dropped since and made again; or in its place
   * if what it names is not there at the end, as it was renamed.
   */
  void make(
      Map<String, SessionState.Temporary> temporaries,
      Map<String, Prepared> present,
      Map<String, Prepared> wanted) {
    present.forEach(
        (name, prepared) -> {
          if (!prepared.equals(wanted.get(name))) {
            statements.add("DEALLOCATE " + SqlQuoting.identifier(name));
          }
        });
    Map<Long, Set<Making>> inOrder = new TreeMap<>();
    for (SessionState.Temporary temporary : temporaries.values()) {
      for (Making making : temporary.definitions()) {
        inOrder.computeIfAbsent(making.order(), first -> new LinkedHashSet<>(1)).add(making);
      }
    }
    wanted.forEach(
        (name, prepared) -> {
          if (!prepared.equals(present.get(name))) {
            Making making = prepared.making();
            long place = namesOnlyOthers(prepared, temporaries) ? making.order() : Long.MAX_VALUE;
            inOrder.computeIfAbsent(place, first -> new LinkedHashSet<>(1)).add(making);
          }
        });
    for (Set<Making> makings : inOrder.values()) {
      for (Making making : makings) {
        under(making);
        statements.add(making.sql());
      }
    }
  }

  private static boolean namesOnlyOthers(
      Prepared prepared, Map<String, SessionState.Temporary> temporaries) {
    AnalysedStatement body = prepared.body();
    return body != null
        && body.relations().stream().noneMatch(named -> temporaries.containsKey(named.name()));
  }

  void lock(Map<SessionState.AdvisoryLock, Integer> locks) {
    locks.forEach(
        (lock, count) -> {
          for (int i = 0; i < count; i++) {
            statements.add(LOCK + (lock.shared() ? "_shared" : "") + "(" + lock.arguments() + ")");
          }
        });
  }

  /** The key of the lock that a statement tries to take; null if it takes none. */
  static @Nullable String triedLock(String statement) {
    return statement.startsWith(LOCK) ? statement.substring(LOCK.length()) : null;
  }
}
