package io.baton;

import io.baton.jdbc.ConnectionFactory;
import java.io.Serial;
import java.sql.SQLException;
import java.util.Map;
import javax.naming.NamingException;
import javax.naming.Reference;
import javax.naming.StringRefAddr;
import javax.sql.ConnectionPoolDataSource;
import javax.sql.PooledConnection;
import org.jspecify.annotations.Nullable;

/**
 * The {@link ConnectionPoolDataSource} of Baton, for pools that take one. It does not pool by
 * itself.
 *
 * <p>It takes the place of {@code org.postgresql.ds.PGConnectionPoolDataSource} and has the same
 * bean properties, and those of {@link BatonDataSourceProperties}. The pool is told of an error of
 * a connection if and only if its session has ended: one that was restored on another server works.
 *
 * <p>Thread-safe once all properties are set.
 */
public class BatonConnectionPoolDataSource extends SharingDataSource
    implements ConnectionPoolDataSource {

  @Serial private static final long serialVersionUID = 1L;

  static final String DEFAULT_AUTO_COMMIT = "defaultAutoCommit";

  private boolean defaultAutoCommit = true;

  /** Creates a data source for {@code localhost}, port 5432. */
  public BatonConnectionPoolDataSource() {}

  /**
   * Opens a connection for a pool as {@link #getUser}.
   *
   * @throws SQLException as {@link #getConnection()}
   */
  @Override
  public PooledConnection getPooledConnection() throws SQLException {
    return ConnectionFactory.pooled(this::getConnection, defaultAutoCommit);
  }

  /** Opens a connection for a pool as another user; null stands for the property. */
  @Override
  public PooledConnection getPooledConnection(@Nullable String user, @Nullable String password)
      throws SQLException {
    return ConnectionFactory.pooled(() -> getConnection(user, password), defaultAutoCommit);
  }

  /** Returns whether each user of a connection begins in autocommit mode; true by default. */
  public boolean isDefaultAutoCommit() {
    return defaultAutoCommit;
  }

  /** See {@link #isDefaultAutoCommit}. */
  public void setDefaultAutoCommit(boolean autoCommit) {
    defaultAutoCommit = autoCommit;
  }

  @Override
  Map<String, String> own() {
    return Map.of(DEFAULT_AUTO_COMMIT, String.valueOf(defaultAutoCommit));
  }

  @Override
  public Reference getReference() throws NamingException {
    Reference reference = super.getReference();
    own().forEach((name, value) -> reference.add(new StringRefAddr(name, value)));
    return reference;
  }
}
