package io.baton.session;

import io.baton.session.SessionState.AdvisoryLock;
import io.baton.session.SessionState.Temporary;
import io.baton.session.sql.Effect.TemporaryKind;
import io.baton.session.sql.SqlQuoting;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a part of a session's life has left behind, for who gets the session next.
 *
 * <p>Immutable.
 *
 * @param found what is there that was not there before, in words, without values
 * @param removal the SQL that removes it, one statement after the other
 * @param kept what of it no SQL removes
 */
public record Leftovers(List<String> found, List<String> removal, List<String> kept) {

  /** Creates one with copies. */
  public Leftovers {
    found = List.copyOf(found);
    removal = List.copyOf(removal);
    kept = List.copyOf(kept);
  }

  /** Returns what a state has that an earlier one of the same session had not. */
  public static Leftovers between(SessionState before, SessionState after) {
    Collector collector = new Collector(before, after);
    if (!before.equals(after)) {
      collector.settings();
      collector.named("prepared statement", before.prepared().keySet(), after.prepared().keySet());
      collector.named("channel", before.channels(), after.channels());
      collector.named("cursor", before.heldCursors(), after.heldCursors());
      collector.locks();
      collector.temporaries();
      collector.rest();
    }
    return new Leftovers(collector.found, collector.removal, collector.kept);
  }

  /** Collects it. */
  private static final class Collector {

    /** How each is removed that goes by its name. */
    private static final Map<String, String> REMOVAL =
        Map.of("prepared statement", "DEALLOCATE ", "channel", "UNLISTEN ", "cursor", "CLOSE ");

    private static final Set<TemporaryKind> DROPPED_BY_NAME =
        Set.of(TemporaryKind.TABLE, TemporaryKind.VIEW, TemporaryKind.SEQUENCE);

    private final SessionState before;
    private final SessionState after;
    private final List<String> found = new ArrayList<>();
    private final List<String> removal = new ArrayList<>();
    private final List<String> kept = new ArrayList<>();

    Collector(SessionState before, SessionState after) {
      this.before = before;
      this.after = after;
    }

    void settings() {
      Set<String> names = new TreeSet<>(before.settings().keySet());
      names.addAll(after.settings().keySet());
      for (String name : names) {
        if (!Objects.equals(before.settings().get(name), after.settings().get(name))) {
          found.add("setting " + name);
        }
      }
      if (!Objects.equals(before.role(), after.role())
          || !Objects.equals(before.authorization(), after.authorization())) {
        found.add("role");
      }
      if (!found.isEmpty()) {
        RestorationScript script = new RestorationScript(after, Takeover.NONE);
        script.under(before);
        script.setLimits(before);
        removal.addAll(script.statements());
      }
    }

    void named(String kind, Set<String> earlier, Set<String> later) {
      for (String name : later) {
        if (!earlier.contains(name)) {
          found.add(kind + " " + name);
          removal.add(REMOVAL.get(kind) + SqlQuoting.identifier(name));
        }
      }
    }

    void locks() {
      boolean any = false;
      for (Map.Entry<AdvisoryLock, Integer> entry : after.locks().entrySet()) {
        AdvisoryLock lock = entry.getKey();
        Integer earlier = before.locks().get(lock);
        if (entry.getValue().equals(earlier)) {
          continue;
        }
        any = true;
        String name = "advisory lock " + lock.arguments();
        found.add(name);
        if (!before.locks().isEmpty()) {
          unlock(lock, name, earlier == null ? 0 : earlier, entry.getValue());
        }
      }
      if (any && before.locks().isEmpty()) {
        removal.add("select pg_catalog.pg_advisory_unlock_all()");
      }
    }

    private void unlock(AdvisoryLock lock, String name, int earlier, int later) {
      if (later == 0) {
        kept.add(name);
      }
      for (int i = earlier; i < later; i++) {
        removal.add(
            "select pg_catalog.pg_advisory_unlock"
                + (lock.shared() ? "_shared" : "")
                + "("
                + lock.arguments()
                + ")");
      }
    }

    void temporaries() {
      boolean any = false;
      for (Map.Entry<String, Temporary> entry : after.temporaries().entrySet()) {
        String key = entry.getKey();
        if (before.temporaries().containsKey(key)) {
          continue;
        }
        any = true;
        TemporaryKind kind = entry.getValue().kind();
        boolean isRelation = DROPPED_BY_NAME.contains(kind);
        String name =
            "temporary " + (isRelation ? kind.name().toLowerCase(Locale.ROOT) + " " : "") + key;
        found.add(name);
        if (!before.temporaries().isEmpty()) {
          if (isRelation) {
            removal.add(
                "DROP " + kind + " IF EXISTS pg_temp." + SqlQuoting.identifier(key) + " CASCADE");
          } else {
            kept.add(name);
          }
        }
      }
      if (any && before.temporaries().isEmpty()) {
        removal.add("DISCARD TEMP");
      }
    }

    /** What only the end of the session removes. */
    void rest() {
      List<String> rest = new ArrayList<>();
      after.libraries().stream()
          .filter(library -> !before.libraries().contains(library))
          .forEach(library -> rest.add("library " + library));
      after.elsewhere().stream()
          .filter(one -> !before.elsewhere().contains(one))
          .forEach(rest::add);
      if (after.unnamed() && !before.unnamed()) {
        rest.add("settings whose names code has built");
      }
      found.addAll(rest);
      kept.addAll(rest);
    }
  }
}
