package io.baton;

import io.baton.jdbc.ConnectionFactory;
import java.io.Serial;
import java.sql.SQLException;
import javax.sql.XAConnection;
import javax.sql.XADataSource;
import org.jspecify.annotations.Nullable;

/**
 * The {@link XADataSource} of Baton: the data source of a transaction manager, whose transactions
 * span several databases or queues.
 *
 * <p>It takes the place of {@code org.postgresql.xa.PGXADataSource} and has the same bean
 * properties, and those of {@link BatonDataSourceProperties}. Branches are known to the server by
 * the same identifiers, so what one of the two has prepared the other one can end.
 *
 * <p>A branch that was not prepared yet is replayed on the new server after a failover, as any
 * transaction is. One that is prepared is found there by {@link
 * javax.transaction.xa.XAResource#recover}.
 *
 * <p>{@link #getConnection()} opens a connection outside of any distributed transaction.
 *
 * <p>Thread-safe once all properties are set.
 */
public class BatonXADataSource extends SharingDataSource implements XADataSource {

  @Serial private static final long serialVersionUID = 1L;

  /** Creates a data source for {@code localhost}, port 5432. */
  public BatonXADataSource() {}

  /**
   * Opens a connection for a transaction manager as {@link #getUser}.
   *
   * @throws SQLException as {@link #getConnection()}
   */
  @Override
  public XAConnection getXAConnection() throws SQLException {
    return ConnectionFactory.xa(this::getConnection);
  }

  /** Opens a connection for a transaction manager as another user; null stands for the property. */
  @Override
  public XAConnection getXAConnection(@Nullable String user, @Nullable String password)
      throws SQLException {
    return ConnectionFactory.xa(() -> getConnection(user, password));
  }
}
