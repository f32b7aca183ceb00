package io.baton.jdbc.pgjdbc;

import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.GT;
import org.postgresql.util.ObjectFactory;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * The executor that the application has connections opened by: the options {@code connectExecutor}
 * and {@code connectExecutorArg}, which count where there is a {@code loginTimeout}. As with the
 * PostgreSQL driver, it is made anew for each connection.
 *
 * <p>Thread-safe.
 */
final class ConnectExecutor {

  /** Older versions of the driver do not have the option, and so no constant for it. */
  private static final String CLASS_NAME = "connectExecutor";

  private static final String ARGUMENT = "connectExecutorArg";

  private final String className;
  private final Properties properties;

  private ConnectExecutor(String className, Properties properties) {
    this.className = className;
    this.properties = properties;
  }

  /** Returns the one that the properties ask for; null if they ask for none. */
  static @Nullable ConnectExecutor of(Properties properties) {
    String className = properties.getProperty(CLASS_NAME);
    return className == null || className.isEmpty() || LoginTimeout.of(properties).isZero()
        ? null
        : new ConnectExecutor(className, properties);
  }

  /** Returns an attempt that is made by the executor, and waited for. */
  Opening.Attempt running(Opening.Attempt attempt) {
    return (sockets, timeout) -> {
      AtomicBoolean abandoned = new AtomicBoolean();
      FutureTask<PhysicalConnection> task =
          new FutureTask<>(() -> Opening.by(sockets, timeout, attempt, abandoned::get));
      try {
        executor().execute(task);
        return task.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      } catch (ExecutionException failed) {
        if (failed.getCause() instanceof SQLException refused) {
          throw refused;
        }
        throw unusual(failed.getCause());
      } catch (TimeoutException late) {
        throw abandoned(task, abandoned, sockets, new SocketTimeoutException("no answer in time"));
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw abandoned(task, abandoned, sockets, interrupted);
      } catch (RejectedExecutionException refused) {
        throw unusual(refused);
      }
    };
  }

  private static SQLException abandoned(
      FutureTask<?> task, AtomicBoolean abandoned, ConnectionSockets sockets, Exception cause) {
    abandoned.set(true);
    task.cancel(true);
    sockets.abort("it is not waited for any more");
    return new PSQLException(
        GT.tr("Connection attempt timed out."), PSQLState.CONNECTION_UNABLE_TO_CONNECT, cause);
  }

  private static SQLException unusual(@Nullable Throwable cause) {
    return new PSQLException(
        GT.tr(
            "Something unusual has occurred to cause the driver to fail. Please report this"
                + " exception."),
        PSQLState.UNEXPECTED_ERROR,
        cause);
  }

  private Executor executor() throws SQLException {
    try {
      return ObjectFactory.instantiate(
          Executor.class, className, properties, true, properties.getProperty(ARGUMENT));
    } catch (ReflectiveOperationException | RuntimeException | PSQLException failed) {
      throw new PSQLException(
          GT.tr("Could not instantiate connectExecutor: {0}", className),
          PSQLState.INVALID_PARAMETER_VALUE,
          failed);
    }
  }
}
