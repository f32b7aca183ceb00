package io.baton.jdbc.xa;

import io.baton.BatonConnection;
import io.baton.engine.TwoPhaseCommit;
import io.baton.jdbc.pooled.PooledSession;
import javax.sql.XAConnection;
import javax.transaction.xa.XAResource;

/**
 * The connection of a transaction manager: the application has a handle on it, the manager the
 * resource by which it leads the branches.
 *
 * <p>Thread-safe as {@link PooledSession} is.
 */
public final class XaSession extends PooledSession implements XAConnection {

  private final BranchResource resource;

  /**
   * Makes the connection of a transaction manager.
   *
   * @param connection the session, which is closed with it
   * @param session what branches do on it
   */
  public XaSession(BatonConnection connection, TwoPhaseCommit session) {
    this(connection, new BranchResource(session));
  }

  private XaSession(BatonConnection connection, BranchResource resource) {
    super(connection, new BranchRules(resource));
    this.resource = resource;
    resource.follow(this::check);
  }

  @Override
  public XAResource getXAResource() {
    return resource;
  }
}
