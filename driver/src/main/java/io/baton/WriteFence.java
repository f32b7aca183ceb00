package io.baton;

import java.time.Duration;
import java.util.UUID;

/**
 * What keeps everybody from writing to the old database while applications are cut over, where the
 * default is not what is wanted: {@link BatonCutover#fence}. A firewall, {@code pg_hba.conf}, the
 * interface of a provider.
 *
 * <p>Sessions that are open need not be ended by it: Baton ends those of programs that do not take
 * part, and proves that nobody writes any more. The fence keeps <em>new</em> sessions from writing.
 * The program that drives the cut over, and the monitors of those that take part, keep their
 * connections to the old database meanwhile; they must not be cut.
 *
 * <p>Each call has a thread of its own. {@link #open} follows a {@link #close} that was interrupted
 * at once, so that has to heed the interrupt.
 */
public interface WriteFence {

  /**
   * Closes the fence: when it returns, no session that begins can write. It counts as a part of the
   * pause, so it has to be quick: what takes longer than {@link BatonCutover#pause} is interrupted,
   * opened, and the cut over taken back.
   *
   * @param cutover which one, as in the table {@code baton.cutover}
   * @param limit for how long it may stay closed unless the new database opens. If the program that
   *     drives the cut over dies, the applications go on at the old database after this time, and
   *     nobody calls {@link #open}: the operator has to open the fence
   * @throws Exception if it is not closed; the cut over is taken back, with the message as a reason
   */
  void close(UUID cutover, Duration limit) throws Exception;

  /**
   * Opens the fence again, since the cut over is taken back. It may be closed in part, or not at
   * all; opening it twice does no harm. After a cut over that has opened it is not called: the
   * fence stays.
   *
   * @throws Exception if it is not open; that is logged as an error, for the operator
   */
  void open(UUID cutover) throws Exception;
}
