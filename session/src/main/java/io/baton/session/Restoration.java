package io.baton.session;

import io.baton.session.sql.Effect.TemporaryKind;
import io.baton.session.sql.SqlQuoting;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The SQL that turns one session state into another, and verifies the result, in one round trip.
 *
 * <p>Limits of time are lifted first, and set last. What is temporary and what is prepared is made
 * under the settings, the search path and the role under which it was made before; then the
 * settings and the role are set as they are to be, and channels are listened to. Then a {@link
 * ReadBack} asks the server what it holds, and the answer is compared with the tracked state.
 *
 * <p>Immutable.
 */
public final class Restoration {

  private final SessionState target;
  private final Takeover takeover;
  private final List<String> statements;
  private final List<String> limits;
  private final List<SessionLoss> losses;
  private final boolean whole;

  private Restoration(
      SessionState target,
      Takeover takeover,
      List<String> statements,
      List<String> limits,
      List<SessionLoss> losses,
      boolean whole) {
    this.target = target;
    this.takeover = takeover;
    this.statements = statements;
    this.limits = limits;
    this.losses = List.copyOf(losses);
    this.whole = whole;
  }

  /**
   * Returns what rebuilds a session with this state on a new connection.
   *
   * @param takeover how the connection began in another way than the session
   */
  public static Restoration of(SessionState target, Takeover takeover) {
    return whole(SessionState.FRESH, target, takeover, losses(target));
  }

  /** Returns the parts of a session that are known ahead to be lost with its server. */
  public static List<SessionLoss> losses(SessionState target) {
    List<SessionLoss> losses = lossesOfAnyMove(target);
    target
        .temporaries()
        .forEach(
            (name, temporary) -> {
              if (temporary.holdsRows() && holdsRows(temporary.kind())) {
                losses.add(
                    new SessionLoss(
                        SessionLoss.Kind.TEMPORARY_TABLE,
                        name,
                        temporary.kind() == TemporaryKind.SEQUENCE
                            ? "only that server knew its position"
                            : "it may have held rows, which only that server had"));
              }
            });
    for (String cursor : target.heldCursors()) {
      losses.add(
          new SessionLoss(SessionLoss.Kind.HELD_CURSOR, cursor, "its rows were on that server"));
    }
    return losses;
  }

  private static boolean holdsRows(TemporaryKind kind) {
    return kind == TemporaryKind.TABLE || kind == TemporaryKind.SEQUENCE;
  }

  /** Returns the parts of a session that cannot move, even while its server works. */
  public static List<SessionLoss> lossesOfAnyMove(SessionState target) {
    List<SessionLoss> losses = new ArrayList<>();
    target
        .temporaries()
        .forEach(
            (name, temporary) -> {
              if (temporary.definitions().isEmpty()) {
                losses.add(
                    new SessionLoss(
                        SessionLoss.Kind.TEMPORARY_RELATION, name, "its definition was not seen"));
              }
            });
    target
        .locks()
        .forEach(
            (lock, count) -> {
              if (count == 0) {
                losses.add(
                    new SessionLoss(
                        SessionLoss.Kind.ADVISORY_LOCK,
                        lock.arguments(),
                        "how often it was taken is not known"));
              }
            });
    if (target.unnamed()) {
      losses.add(
          new SessionLoss(
              SessionLoss.Kind.SETTING,
              "without a known name",
              "code built its name, or the source of the code is not known, and the server lists"
                  + " none: name those that code sets in baton.settings"));
    }
    for (String one : target.elsewhere()) {
      losses.add(new SessionLoss(SessionLoss.Kind.HIDDEN, one, "it is on that server only"));
    }
    return losses;
  }

  /**
   * Returns what rebuilds a session with this state while it still exists on another connection:
   * temporary relations are created empty, and their rows are copied later.
   *
   * @param current the state of the connection so far; it is not pinned
   */
  public static Restoration forHandOver(
      SessionState current, SessionState target, Takeover takeover) {
    return whole(current, target, takeover, lossesOfAnyMove(target));
  }

  private static Restoration whole(
      SessionState current, SessionState target, Takeover takeover, List<SessionLoss> losses) {
    if (current.isFresh() && target.isFresh() && takeover.isEmpty()) {
      return new Restoration(target, takeover, List.of(), List.of(), losses, true);
    }
    RestorationScript script = new RestorationScript(current, takeover);
    if (!target.channels().isEmpty()) {
      script.add("BEGIN"); // LISTEN takes effect at commit; only then it is found.
    }
    if (!target.temporaries().isEmpty()) {
      // Where transactions are read-only by default, nothing could be created.
      script.add("SET transaction_read_only = off");
    }
    if (beginsAnew(current, target)) {
      script.resetAll(); // The limits, too: they are lifted afterwards.
    }
    script.liftLimits();
    for (String library : target.libraries()) {
      script.add("LOAD " + SqlQuoting.literal(library));
    }
    script.lock(target.locks());
    script.make(target.temporaries(), current.prepared(), target.prepared());
    script.under(target);
    script.hearOf(heardOf(current, target));
    if (!target.channels().isEmpty()) {
      for (String channel : target.channels()) {
        script.add("LISTEN " + SqlQuoting.identifier(channel));
      }
      script.add("COMMIT");
    }
    List<String> statements = script.statements();
    script.setLimits(target);
    List<String> all = script.statements();
    return new Restoration(
        target, takeover, statements, all.subList(statements.size(), all.size()), losses, true);
  }

  private static Set<String> heardOf(SessionState current, SessionState target) {
    Set<String> names = new TreeSet<>(target.ownNames());
    names.removeAll(current.ownNames());
    names.removeIf(name -> target.settings().get(name) != null);
    return names;
  }

  /** Returns what brings a connection from one state into another; neither is pinned. */
  public static Restoration between(SessionState current, SessionState target, Takeover takeover) {
    if (current.isFresh()) {
      return of(target, takeover);
    }
    RestorationScript script = new RestorationScript(current, takeover);
    if (beginsAnew(current, target)) {
      script.resetAll();
    }
    script.make(Map.of(), current.prepared(), target.prepared());
    script.under(target);
    script.hearOf(heardOf(current, target));
    script.setLimits(target);
    return new Restoration(target, takeover, script.statements(), List.of(), List.of(), false);
  }

  /** Returns what sets again what the session began with, on a connection that began otherwise. */
  public static Restoration ofTakeover(SessionState state, Takeover takeover) {
    RestorationScript script = new RestorationScript(SessionState.FRESH, Takeover.NONE);
    script.under(state.only(takeover));
    script.setLimits(state.only(takeover));
    return new Restoration(state, takeover, script.statements(), List.of(), List.of(), false);
  }

  private static boolean beginsAnew(SessionState current, SessionState target) {
    return target.reset() && !current.reset();
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
      text.add(ReadBack.verifying(target));
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
      String differences =
          target.over(takeover).differencesTo(ReadBack.read(rows), takeover.defaultRole());
      if (!differences.isEmpty()) {
        found.add(
            new SessionLoss(
                SessionLoss.Kind.HIDDEN, differences, "the new server holds something else"));
      }
      return;
    }
    String lock = RestorationScript.triedLock(statements.get(index));
    if (lock != null && rows.next() && !rows.getBoolean(1)) {
      found.add(
          new SessionLoss(SessionLoss.Kind.ADVISORY_LOCK, lock, "another session holds it now"));
    }
  }
}
