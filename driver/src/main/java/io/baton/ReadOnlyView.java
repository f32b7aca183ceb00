package io.baton;

import java.io.PrintWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A view of a data source, or of a pool around one, whose connections are read-only while the
 * application has them: for code that has no way to say {@link Connection#setReadOnly}.
 *
 * <p>A pool that does not reset what its users change gets back a connection that is as it was.
 *
 * <p>Thread-safe if the data source is.
 */
final class ReadOnlyView implements DataSource {

  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(ReadOnlyView.class);

  private final DataSource viewed;

  ReadOnlyView(DataSource viewed) {
    this.viewed = viewed;
  }

  @Override
  public Connection getConnection() throws SQLException {
    return readOnly(viewed.getConnection());
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    return readOnly(viewed.getConnection(user, password));
  }

  private static Connection readOnly(Connection connection) throws SQLException {
    try {
      if (connection.isReadOnly()) {
        return connection;
      }
      connection.setReadOnly(true);
    } catch (SQLException failure) {
      try (connection) {
        throw failure;
      }
    }
    return (Connection)
        Proxy.newProxyInstance(
            ReadOnlyView.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            new Returning(connection));
  }

  /** Hands all calls on, and makes the connection writable again before it is closed. */
  private static final class Returning implements InvocationHandler {

    private final Connection connection;

    Returning(Connection connection) {
      this.connection = connection;
    }

    @Override
    public @Nullable Object invoke(
        Object proxy, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
      if (method.getName().equals("close") && !connection.isClosed()) {
        reset();
      }
      try {
        return method.invoke(connection, arguments);
      } catch (InvocationTargetException thrown) {
        throw thrown.getCause();
      }
    }

    private void reset() {
      try {
        connection.setReadOnly(false);
      } catch (SQLException failure) {
        LOG.warn(
            "A connection of a read-only view is closed while its transaction is open, so it stays"
                + " read-only unless its pool resets it: end the transaction first",
            failure);
      }
    }
  }

  @Override
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    return type.isInstance(this) || type.isInstance(viewed) || viewed.isWrapperFor(type);
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    return type.isInstance(viewed) ? type.cast(viewed) : viewed.unwrap(type);
  }

  @Override
  public @Nullable PrintWriter getLogWriter() throws SQLException {
    return viewed.getLogWriter();
  }

  @Override
  public void setLogWriter(@Nullable PrintWriter out) throws SQLException {
    viewed.setLogWriter(out);
  }

  @Override
  public int getLoginTimeout() throws SQLException {
    return viewed.getLoginTimeout();
  }

  @Override
  public void setLoginTimeout(int seconds) throws SQLException {
    viewed.setLoginTimeout(seconds);
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    return viewed.getParentLogger();
  }
}
