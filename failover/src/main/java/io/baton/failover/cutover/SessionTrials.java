package io.baton.failover.cutover;

import io.baton.failover.HandOvers.Attempt;
import io.baton.failover.HandOvers.Member;
import io.baton.failover.HandOvers.Staying;
import io.baton.failover.HandOvers.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part of a rehearsal in which one session of each kind is rebuilt at the successor, one after
 * the other, so that it costs that cluster one connection.
 *
 * <p>What keeps a session from being moved whatever the successor says, an object of the driver in
 * the hands of the application for one, is asked of each session.
 *
 * <p>Used by one thread.
 */
final class SessionTrials {

  /** How many kinds are tried at most. */
  static final int MOST = 100;

  /** What may go well a moment later is tried again after this time. */
  private static final long PAUSE_NANOS = Duration.ofMillis(200).toNanos();

  private final Set<Object> done = new LinkedHashSet<>();
  private final Map<Object, String> waiting = new LinkedHashMap<>();
  private final List<RehearsalNote> failed = new ArrayList<>();
  private final Set<String> obstacles = new LinkedHashSet<>();
  private int sessions;

  /** The kinds that were there when it was last looked. */
  private Set<Object> present = Set.of();

  /** Whether nothing is left but what is to be tried again. */
  private boolean onlyWaits;

  private long waitedAt;

  /**
   * Tries the sessions of another kind that is there now.
   *
   * @return whether none is left that was not tried
   */
  boolean tryNext(List<Member> members) {
    if (onlyWaits && System.nanoTime() - waitedAt < PAUSE_NANOS) {
      return false;
    }
    Map<Object, List<Member>> byKind = new LinkedHashMap<>();
    for (Member one : members) {
      byKind.computeIfAbsent(one.kind(), first -> new ArrayList<>()).add(one);
      String obstacle = one.obstacle();
      if (obstacle != null) {
        obstacles.add(obstacle);
      }
    }
    sessions = members.size();
    present = byKind.keySet();
    waiting.keySet().retainAll(byKind.keySet()); // Sessions may have ended meanwhile.
    Object next = next();
    if (next == null || done.size() >= MOST) {
      return true;
    }
    onlyWaits = waiting.containsKey(next);
    attempt(next, byKind.getOrDefault(next, List.of()));
    return false;
  }

  /** A kind that was not tried yet; if there is none, one that is to be tried again. */
  private @Nullable Object next() {
    for (Object kind : present) {
      if (!waiting.containsKey(kind) && !done.contains(kind)) {
        return kind;
      }
    }
    return waiting.isEmpty() ? null : waiting.keySet().iterator().next();
  }

  private void attempt(Object kind, List<Member> ofKind) {
    Attempt attempt = ofKind.get(0).rehearse();
    if (attempt instanceof Waiting later) {
      waiting.remove(kind);
      waiting.put(kind, later.reason()); // Behind the others that wait.
      waitedAt = System.nanoTime();
      return;
    }
    waiting.remove(kind);
    done.add(kind);
    if (attempt instanceof Staying staying) {
      failed.add(RehearsalNote.refused(ofKind.size(), kind.toString(), staying.reason()));
    }
  }

  /** What was found so far, and how much was tried. */
  List<RehearsalNote> notes() {
    List<RehearsalNote> notes = new ArrayList<>();
    int tried = (int) present.stream().filter(done::contains).count();
    notes.add(RehearsalNote.tried(sessions, present.size(), tried));
    notes.addAll(failed);
    waiting.forEach((kind, why) -> notes.add(RehearsalNote.refused(1, kind.toString(), why)));
    obstacles.forEach(obstacle -> notes.add(RehearsalNote.held(obstacle)));
    return notes;
  }
}
