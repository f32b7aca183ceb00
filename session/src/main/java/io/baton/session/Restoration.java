package io.baton.session;

import io.baton.session.SessionState.Temporary;
import io.baton.session.sql.Effect.TemporaryKind;
import io.baton.session.sql.SqlQuoting;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The SQL that turns one session state into another, and verifies the result, in one round trip.
 *
 * <p>Settings come first, since the server reads the rest under them; then the role; then what is
 * made under that role: prepared statements, temporary relations, channels. Then a {@link ReadBack}
 * asks the server what it holds, and the answer is compared with the tracked state. Limits of time
 * come last.
 *
 * <p>Immutable.
 */
public final class Restoration {

  /** Limits of time, under which a session is not rebuilt: they are set at the end. */
  private static final Set<String> LIMITS =
      Set.of(
          "statement_timeout",
          "lock_timeout",
          "transaction_timeout",
          "idle_in_transaction_session_timeout",
          "idle_session_timeout");

  /** Tries to take an advisory lock; the result is one row with one column. */
  private static final String LOCK = "select pg_catalog.pg_try_advisory_lock";

  private final SessionState target;
  private final List<String> statements;
  private final List<String> limits;
  private final List<SessionLoss> losses;
  private final boolean whole;

  private Restoration(
      SessionState current,
      SessionState target,
      List<String> statements,
      List<SessionLoss> losses,
      boolean whole) {
    this.target = target;
    this.statements = List.copyOf(statements);
    this.limits = limits(current, target);
    this.losses = List.copyOf(losses);
    this.whole = whole;
  }

  /** Returns what rebuilds a session with this state on a new connection. */
  public static Restoration of(SessionState target) {
    List<SessionLoss> losses = new ArrayList<>();
    Map<String, List<String>> definitions = new LinkedHashMap<>();
    target
        .temporaries()
        .forEach(
            (name, temporary) -> {
              SessionLoss loss = loss(name, temporary);
              if (loss == null) {
                definitions.put(name, temporary.definitions());
              } else {
                losses.add(loss);
              }
            });
    return whole(SessionState.FRESH, target, definitions, losses);
  }

  /**
   * Returns what rebuilds a session with this state while it still exists on another connection:
   * temporary relations are created empty, and their rows are copied later.
   *
   * @param current the state of the connection so far; it is not pinned
   * @param definitions by name, the SQL that creates the relations whose definition was not tracked
   */
  public static Restoration forHandOver(
      SessionState current, SessionState target, Map<String, List<String>> definitions) {
    List<SessionLoss> losses = new ArrayList<>();
    Map<String, List<String>> known = new LinkedHashMap<>();
    target
        .temporaries()
        .forEach(
            (name, temporary) -> {
              List<String> own = temporary.definitions();
              List<String> creating = own.isEmpty() ? definitions.get(name) : own;
              if (creating == null) {
                losses.add(
                    new SessionLoss(
                        SessionLoss.Kind.TEMPORARY_RELATION, name, "its definition was not seen"));
              } else {
                known.put(name, creating);
              }
            });
    return whole(current, target, known, losses);
  }

  private static Restoration whole(
      SessionState current,
      SessionState target,
      Map<String, List<String>> definitions,
      List<SessionLoss> losses) {
    List<String> statements = new ArrayList<>();
    if (current.role() != null) {
      statements.add("RESET ROLE");
    }
    if (current.authorization() != null) {
      statements.add("RESET SESSION AUTHORIZATION");
    }
    settings(current, target, statements);
    for (String library : target.libraries()) {
      statements.add("LOAD " + SqlQuoting.literal(library));
    }
    locks(target, statements);
    temporaries(target, definitions, statements);
    identity(SessionState.FRESH, target, statements);
    prepared(current, target, statements);
    if (!target.channels().isEmpty()) {
      // LISTEN takes effect at commit; only then the read-back finds the channels.
      statements.add(0, "BEGIN");
      for (String channel : target.channels()) {
        statements.add("LISTEN " + SqlQuoting.identifier(channel));
      }
      statements.add("COMMIT");
    }
    for (String cursor : target.heldCursors()) {
      losses.add(
          new SessionLoss(SessionLoss.Kind.HELD_CURSOR, cursor, "its rows were on that server"));
    }
    if (target.seeded()) {
      losses.add(
          new SessionLoss(
              SessionLoss.Kind.HIDDEN, "setseed", "what random() answers next was there only"));
    }
    return new Restoration(current, target, statements, losses, true);
  }

  /** Returns what brings a connection from one state into another; neither is pinned. */
  public static Restoration between(SessionState current, SessionState target) {
    if (current.isFresh()) {
      return of(target);
    }
    List<String> statements = new ArrayList<>();
    if (current.role() != null) {
      statements.add("RESET ROLE");
    }
    settings(current, target, statements);
    identity(current, target, statements);
    prepared(current, target, statements);
    return new Restoration(current, target, statements, List.of(), false);
  }

  private static void settings(SessionState current, SessionState target, List<String> statements) {
    if (beginsAnew(current, target)) {
      statements.add("RESET ALL");
    }
    settings(current, target, false, statements);
  }

  private static List<String> limits(SessionState current, SessionState target) {
    List<String> statements = new ArrayList<>();
    settings(current, target, true, statements);
    return List.copyOf(statements);
  }

  private static boolean beginsAnew(SessionState current, SessionState target) {
    return (target.reset() && !current.reset())
        || !target.settings().keySet().containsAll(current.settings().keySet());
  }

  private static void settings(
      SessionState current, SessionState target, boolean limits, List<String> statements) {
    boolean anew = beginsAnew(current, target);
    for (Map.Entry<String, String> setting : target.settings().entrySet()) {
      String name = setting.getKey();
      if (LIMITS.contains(name) != limits) {
        continue;
      }
      String value = setting.getValue();
      boolean same =
          !anew
              && current.settings().containsKey(name)
              && Objects.equals(current.settings().get(name), value);
      if (!same) {
        statements.add(
            value == null
                ? "RESET " + settingName(name)
                : "select pg_catalog.set_config("
                    + SqlQuoting.literal(name)
                    + ", "
                    + SqlQuoting.literal(value)
                    + ", false)");
      }
    }
  }

  private static String settingName(String name) {
    StringBuilder quoted = new StringBuilder();
    for (String part : name.split("\\.", -1)) {
      quoted.append(quoted.length() == 0 ? "" : ".").append(SqlQuoting.identifier(part));
    }
    return quoted.toString();
  }

  private static void identity(SessionState current, SessionState target, List<String> statements) {
    if (!Objects.equals(current.authorization(), target.authorization())) {
      String user = target.authorization();
      statements.add(
          "SET SESSION AUTHORIZATION " + (user == null ? "DEFAULT" : SqlQuoting.literal(user)));
    }
    String role = target.role();
    if (role != null) {
      statements.add("SET ROLE " + SqlQuoting.literal(role));
    }
  }

  private static void prepared(SessionState current, SessionState target, List<String> statements) {
    for (String name : current.prepared().keySet()) {
      if (!Objects.equals(current.prepared().get(name), target.prepared().get(name))) {
        statements.add("DEALLOCATE " + SqlQuoting.identifier(name));
      }
    }
    target
        .prepared()
        .forEach(
            (name, sql) -> {
              if (!sql.equals(current.prepared().get(name))) {
                statements.add(sql);
              }
            });
  }

  private static void locks(SessionState target, List<String> statements) {
    target
        .locks()
        .forEach(
            (lock, count) -> {
              for (int i = 0; i < count; i++) {
                statements.add(
                    LOCK + (lock.shared() ? "_shared" : "") + "(" + lock.arguments() + ")");
              }
            });
  }

  private static void temporaries(
      SessionState target, Map<String, List<String>> definitions, List<String> statements) {
    definitions.forEach(
        (name, creating) -> {
          Temporary temporary = target.temporaries().get(name);
          String owner = temporary == null ? null : temporary.owner();
          if (owner != null) {
            statements.add("SET ROLE " + SqlQuoting.literal(owner));
          }
          statements.addAll(creating);
          if (owner != null) {
            statements.add("RESET ROLE");
          }
        });
  }

  private static @Nullable SessionLoss loss(String name, Temporary temporary) {
    if (temporary.holdsRows() && temporary.kind() != TemporaryKind.VIEW) {
      return new SessionLoss(
          SessionLoss.Kind.TEMPORARY_TABLE,
          name,
          "it may have held rows, which only that server had");
    }
    return temporary.definitions().isEmpty()
        ? new SessionLoss(SessionLoss.Kind.TEMPORARY_RELATION, name, "its definition was not seen")
        : null;
  }

  /** Returns the parts of the session that are known ahead not to be rebuildable. */
  public List<SessionLoss> losses() {
    return losses;
  }

  /** Returns whether there is nothing to run and nothing lost. */
  public boolean isEmpty() {
    return statements.isEmpty() && limits.isEmpty() && losses.isEmpty();
  }

  /**
   * Runs the statements on a connection in autocommit mode, outside a transaction.
   *
   * @return the parts that could not be rebuilt; empty if the session is complete
   */
  public List<SessionLoss> runOn(Connection connection) throws SQLException {
    if (!losses.isEmpty() || isEmpty()) {
      return losses;
    }
    List<SessionLoss> found = new ArrayList<>();
    List<String> text = new ArrayList<>(statements);
    if (whole && !statements.isEmpty()) {
      text.add(ReadBack.askingFor(List.of()).sql());
    }
    text.addAll(limits);
    try (Statement statement = connection.createStatement()) {
      boolean isResult = statement.execute(String.join(";", text));
      for (int i = 0; isResult || statement.getUpdateCount() >= 0; i++) {
        if (isResult) {
          try (ResultSet rows = statement.getResultSet()) {
            check(i, rows, found);
          }
        }
        isResult = statement.getMoreResults();
      }
    }
    return found;
  }

  private void check(int index, ResultSet rows, List<SessionLoss> found) throws SQLException {
    if (index > statements.size()) {
      return; // A limit was set.
    }
    if (index == statements.size()) {
      if (!whole || statements.isEmpty()) {
        return;
      }
      String differences = target.differencesTo(ReadBack.read(rows));
      if (!differences.isEmpty()) {
        found.add(
            new SessionLoss(
                SessionLoss.Kind.HIDDEN, differences, "the new server holds something else"));
      }
    } else if (statements.get(index).startsWith(LOCK) && rows.next() && !rows.getBoolean(1)) {
      found.add(
          new SessionLoss(
              SessionLoss.Kind.ADVISORY_LOCK,
              statements.get(index).substring(LOCK.length()),
              "another session holds it now"));
    }
  }
}
