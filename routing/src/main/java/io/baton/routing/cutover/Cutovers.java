package io.baton.routing.cutover;

import io.baton.routing.topology.CutoverTerms;
import io.baton.routing.topology.Endpoint;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the cut over of one cluster, in the order in which it happens: a stage is never
 * followed by an earlier one of the same cut over, though a standby that is behind may say so.
 *
 * <p>A cut over that is {@linkplain CutoverStage#GATED gated} holds transactions back until the
 * database says that it is opened or taken back. No time limit opens the gate from here: whoever
 * went on at the old cluster without knowing could write what nobody sees.
 *
 * <p>A cut over to servers that the configuration does not name ({@link CutoverTerms}) is refused:
 * sessions never go there. Transactions are held back for it as well, since the old database may
 * refuse writes, until it is taken back.
 *
 * <p>Thread-safe. While there is no cut over, its questions are one volatile read.
 */
public final class Cutovers {

  private final ReentrantLock lock = new ReentrantLock();
  private final List<Consumer<CutoverNotice>> listeners = new CopyOnWriteArrayList<>();

  private final CutoverTerms terms;

  /** What was heard of last, refused or not. */
  private volatile @Nullable CutoverNotice newest;

  /** Creates the knowledge of a cluster of which nothing is known. */
  public Cutovers(CutoverTerms terms) {
    this.terms = terms;
  }

  /** Adds a listener of stages, called on the thread of a monitor; it must not block. */
  public void addListener(Consumer<CutoverNotice> listener) {
    listeners.add(listener);
  }

  /**
   * Takes over what a database says.
   *
   * @return whether that is news; then {@link #tell} is to follow, once it was acted upon
   */
  public boolean heard(CutoverNotice notice) {
    lock.lock();
    try {
      CutoverNotice before = newest;
      if (isNews(before, notice)) {
        newest = notice;
        return true;
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  private static boolean isNews(@Nullable CutoverNotice before, CutoverNotice notice) {
    if (before == null) {
      return notice.stage() != CutoverStage.TAKEN_BACK;
    }
    if (before.id().equals(notice.id())) {
      return !before.stage().isFinal() && notice.stage().compareTo(before.stage()) > 0;
    }
    if (before.stage() == CutoverStage.REHEARSED) {
      // A newer one exists, so the rehearsal was taken back, which was not heard of.
      return notice.changed() > before.changed();
    }
    return before.stage().isFinal() && notice.stage() != CutoverStage.TAKEN_BACK;
  }

  /** Tells the listeners of a stage. */
  public void tell(CutoverNotice notice) {
    listeners.forEach(listener -> listener.accept(notice));
  }

  /** The newest stage that was heard of; null if of none, or it is refused. */
  public @Nullable CutoverNotice present() {
    CutoverNotice known = newest;
    return known != null && terms.permit(known.successor()) ? known : null;
  }

  /** The newest stage that was heard of, if it is refused; null if not. */
  public @Nullable CutoverNotice refused() {
    CutoverNotice known = newest;
    return known == null || terms.permit(known.successor()) ? null : known;
  }

  /** The newest stage that was heard of, refused or not; null if of none. */
  public @Nullable CutoverNotice newest() {
    return newest;
  }

  /** Whether one has begun, and neither opened nor was taken back. */
  public boolean isUnderWay() {
    CutoverNotice known = newest;
    return known != null && !known.stage().isFinal();
  }

  /** Whether transactions are held back. */
  public boolean holdsTransactions() {
    CutoverNotice known = newest;
    return known != null && known.stage().holdsTransactions();
  }

  /** Whether the successor has opened. */
  public boolean isOpened() {
    CutoverNotice known = present();
    return known != null && known.stage() == CutoverStage.OPENED;
  }

  /** Whether a session that is there must leave before its next call: the successor has opened. */
  public boolean isLeft(Endpoint endpoint) {
    CutoverNotice known = present();
    return known != null
        && known.stage() == CutoverStage.OPENED
        && !known.successor().contains(endpoint);
  }

  /** Whether an endpoint belongs to the successor, opened or not. */
  public boolean isOfSuccessor(Endpoint endpoint) {
    CutoverNotice known = present();
    return known != null
        && known.stage() != CutoverStage.TAKEN_BACK
        && known.successor().contains(endpoint);
  }

  /** Whether this cut over has opened, as far as is known. */
  public boolean hasOpened(UUID id) {
    CutoverNotice known = present();
    return known != null && known.stage() == CutoverStage.OPENED && known.id().equals(id);
  }
}
