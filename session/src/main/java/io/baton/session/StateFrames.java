package io.baton.session;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The state of a session, and the states that a rollback returns to: one as of the beginning of the
 * open transaction, one for each savepoint. A {@link SessionState} is immutable, so a frame is a
 * reference. A commit drops the frames; a rollback returns to one of them, and keeps what
 * PostgreSQL does not roll back.
 *
 * <p>Confined to its tracker.
 */
final class StateFrames {

  /** The state as of the beginning of a transaction or a savepoint, and what was set locally. */
  private record Frame(
      @Nullable String savepoint, SessionState state, Map<String, @Nullable String> locals) {}

  private final List<Frame> frames = new ArrayList<>(4);
  private SessionState current = SessionState.FRESH;
  private Map<String, @Nullable String> locals = new LinkedHashMap<>(0);

  /** The state if the open transaction were committed now; outside a transaction, the state. */
  SessionState current() {
    return current;
  }

  /** The state has changed. */
  void become(SessionState changed) {
    current = changed;
  }

  void change(Consumer<SessionState.Draft> change) {
    current = current.draft().with(change).finish();
  }

  /** What SET LOCAL has set in the open transaction; it can be changed. */
  Map<String, @Nullable String> locals() {
    return locals;
  }

  void forgetLocals() {
    if (!locals.isEmpty()) {
      locals = new LinkedHashMap<>(0);
    }
  }

  /** Whether a transaction is open. */
  boolean isOpen() {
    return !frames.isEmpty();
  }

  /** A transaction begins. */
  void begin() {
    end();
    frames.add(new Frame(null, current, Map.of()));
  }

  /** The transaction is over, and the state is what it is. */
  void end() {
    frames.clear();
    forgetLocals();
  }

  /** The state as of the beginning of the open transaction; outside a transaction, the state. */
  SessionState atBegin() {
    return frames.isEmpty() ? current : frames.get(0).state();
  }

  /** The state if the open transaction is rolled back. */
  SessionState ifRolledBack() {
    return frames.isEmpty() ? current : undone(atBegin());
  }

  /** The state if the open transaction is committed. */
  SessionState ifCommitted() {
    return frames.isEmpty() ? current : TemporaryRelations.committed(current);
  }

  void commit() {
    current = ifCommitted();
    frames.clear();
  }

  void rollBack() {
    current = ifRolledBack();
    frames.clear();
  }

  void savepoint(String name) {
    frames.add(new Frame(name, current, new LinkedHashMap<>(locals)));
  }

  void release(String savepoint) {
    int index = indexOf(savepoint);
    if (index >= 0) {
      frames.subList(index, frames.size()).clear();
    }
  }

  void rollBackTo(String savepoint) {
    int index = indexOf(savepoint);
    if (index >= 0) {
      current = undone(frames.get(index).state());
      locals = new LinkedHashMap<>(frames.get(index).locals());
      frames.subList(index + 1, frames.size()).clear();
    }
  }

  private int indexOf(String savepoint) {
    for (int index = frames.size() - 1; index >= 0; index--) {
      if (savepoint.equals(frames.get(index).savepoint())) {
        return index;
      }
    }
    return -1;
  }

  /** Returns an earlier state, with what no rollback undoes. */
  private SessionState undone(SessionState earlier) {
    return earlier.equals(current) ? current : earlier.draft().keeping(current).finish();
  }
}
