package io.baton.failover.cutover;

import java.time.Duration;
import java.util.UUID;

/**
 * What keeps everybody from writing to the old database, in the place of {@link CutoverFence}'s.
 */
public interface OwnFence {

  /**
   * Closes it.
   *
   * @param limit for how long it may stay closed if nobody opens it
   * @throws Exception if it is not closed; then it is opened, and the cut over taken back
   */
  void close(UUID cutover, Duration limit) throws Exception;

  /**
   * Opens it again, since the cut over is taken back; it may be closed in part, or not at all.
   *
   * @throws Exception if it is not open
   */
  void open(UUID cutover) throws Exception;
}
