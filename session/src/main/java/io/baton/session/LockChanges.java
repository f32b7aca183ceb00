package io.baton.session;

import io.baton.session.SessionState.AdvisoryLock;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What statements did to the session's advisory locks since the server was asked last, as far as
 * their texts do not tell the keys. The server tells which locks are held, but not how often; so a
 * count is known only where nothing else can have happened. A lock whose count is not known is
 * never given back early: a session that moves is lost then.
 *
 * <p>Confined to its tracker.
 */
final class LockChanges {

  /** Locks with a known key that were tried for, and were not held before. */
  private final Set<AdvisoryLock> tried = new HashSet<>(0);

  /** How many locks with a key that is not known were taken, or tried for. */
  private int taken;

  /** Whether code may have taken and given back any lock, any number of times. */
  private boolean unclear;

  void tried(AdvisoryLock lock) {
    unclear |= !tried.add(lock);
  }

  void taken() {
    taken++;
  }

  void unclear() {
    unclear = true;
  }

  /** Returns the counts, now that the server has told which locks are held. */
  Map<AdvisoryLock, Integer> digest(Map<AdvisoryLock, Integer> known, Set<AdvisoryLock> held) {
    long found =
        held.stream().filter(lock -> !known.containsKey(lock) && !tried.contains(lock)).count();
    boolean knownAgain = taken > found; // One of them may have been taken once more.
    Map<AdvisoryLock, Integer> counts = new LinkedHashMap<>();
    for (AdvisoryLock lock : held) {
      Integer before = known.get(lock);
      int count;
      if (unclear) {
        count = 0;
      } else if (before != null) {
        count = knownAgain ? 0 : before;
      } else {
        count = tried.contains(lock) ? 1 : taken == found ? 1 : 0;
      }
      counts.put(lock, count);
    }
    tried.clear();
    taken = 0;
    unclear = false;
    return counts;
  }
}
