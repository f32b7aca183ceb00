package io.baton.session;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a session is at one moment: what it began with, and what it has become since. Whatever gives
 * another connection the session gives it this: after a loss, at a planned move or a cut over, and
 * from a text that was written on another day.
 *
 * <p>Immutable.
 *
 * @param began what it took over when it began; null if that was not asked
 * @param state what it is beyond that
 */
public record SessionSnapshot(@Nullable Baseline began, SessionState state) {

  /** Returns the same, but for these settings, which are as another connection began with them. */
  public SessionSnapshot with(Baseline other, Set<String> names) {
    SessionState changed =
        state.draft().with(draft -> draft.settings.keySet().removeAll(names)).finish();
    return new SessionSnapshot(began == null ? null : began.with(other, names), changed);
  }
}
