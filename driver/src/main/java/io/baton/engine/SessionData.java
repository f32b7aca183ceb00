package io.baton.engine;

import io.baton.routing.cutover.Cutovers;
import org.jspecify.annotations.Nullable;

/**
 * The cluster of data that a session is of: that of the connection it uses, as the server said or,
 * where that was not asked, as the server's monitor knew at the session's first answer. A session
 * without one is of none.
 *
 * <p>All servers of a cluster may be replaced by those of another one, at the same addresses. New
 * sessions are at home there; one that had begun before is not: neither its transaction nor its
 * next call is made there. A cut over leads to a cluster that is another one on purpose; then the
 * session is of that one as soon as it uses a connection to it.
 *
 * <p>Thread-safe.
 */
final class SessionData {

  private final Cutovers cutovers;

  private volatile @Nullable SessionConnection used;

  /** Of the connections that were used before; null if none of them was known. */
  private volatile @Nullable String before;

  SessionData(Cutovers cutovers) {
    this.cutovers = cutovers;
  }

  /** The session uses this connection from now on. Under the lock of its calls. */
  void isOn(SessionConnection connection) {
    before = systemIdentifier();
    used = connection;
  }

  private @Nullable String systemIdentifier() {
    SessionConnection now = used;
    String identifier = now == null ? null : now.systemIdentifier();
    return identifier == null ? before : identifier;
  }

  /**
   * Refuses a connection that leads to other data. One whose server does not say, and whose monitor
   * does not know, is taken for one of the session's.
   *
   * @throws RebuildRefused if it does: the session is lost
   */
  void refuseOther(SessionConnection opened) throws RebuildRefused {
    String own = systemIdentifier();
    String there = opened.systemIdentifier();
    if (own != null
        && there != null
        && !own.equals(there)
        && !cutovers.isOfSuccessor(opened.physical().endpoint())) {
      throw new RebuildRefused(
          "its data: "
              + opened.physical().endpoint()
              + " is of another cluster now, with the system identifier "
              + there
              + " instead of "
              + own,
          null);
    }
  }
}
