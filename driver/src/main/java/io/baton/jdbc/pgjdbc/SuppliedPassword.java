package io.baton.jdbc.pgjdbc;

import io.baton.PasswordSupplier;
import io.baton.routing.topology.ClientRefusalException;
import io.baton.routing.topology.Endpoint;
import java.sql.SQLException;
import java.sql.SQLInvalidAuthorizationSpecException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The password of a connection, asked of a {@link PasswordSupplier} or a {@link Supplier} when the
 * connection is opened. No text of it is shown or kept.
 *
 * <p>Thread-safe. Equal to another that asks the same class or the same instance.
 */
public final class SuppliedPassword {

  static final String OPTION = "baton.passwordSupplier";
  private static final String INVALID = "22023";
  private static final String NOT_AUTHORISED = "28000";

  /** Threads of a supplier that hangs and takes no interrupt are not to become more and more. */
  private static final int MOST_QUESTIONS = 1000;

  /** The name of a class, or the instance that was given. */
  private final Object source;

  /** How many questions have no answer yet. */
  private final AtomicInteger waiting = new AtomicInteger();

  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable PasswordSupplier supplier;

  private SuppliedPassword(Object source, @Nullable PasswordSupplier supplier) {
    this.source = source;
    this.supplier = supplier;
  }

  /** Returns the password that a class supplies; it is instantiated when it is first asked. */
  public static SuppliedPassword byClass(String name) {
    return new SuppliedPassword(name, null);
  }

  /** Returns the password that an instance supplies. */
  public static SuppliedPassword by(PasswordSupplier instance) {
    return new SuppliedPassword(instance, instance);
  }

  /**
   * Has a question answered on a thread of its own.
   *
   * @throws ClientRefusalException 28000 if too many have not been answered
   */
  void begin(FutureTask<?> question) throws ClientRefusalException {
    if (waiting.incrementAndGet() > MOST_QUESTIONS) {
      waiting.decrementAndGet();
      throw new ClientRefusalException(
          new SQLInvalidAuthorizationSpecException(
              OPTION + ": " + MOST_QUESTIONS + " calls of " + name() + " have not returned",
              NOT_AUTHORISED));
    }
    Thread asking = Thread.currentThread();
    Thread thread =
        new Thread(
            null,
            () -> {
              try {
                question.run();
              } finally {
                waiting.decrementAndGet();
              }
            },
            asking.getName() + " asks for a password",
            0,
            false);
    thread.setDaemon(true);
    thread.setContextClassLoader(asking.getContextClassLoader());
    thread.start();
  }

  /**
   * Asks for the password of a connection, on this thread.
   *
   * @return null for none
   * @throws ClientRefusalException 22023 if the class cannot be used
   * @throws Exception what the supplier throws
   */
  @Nullable String password(String user, Endpoint endpoint) throws Exception {
    return supplier().password(user, endpoint.host(), endpoint.port());
  }

  private PasswordSupplier supplier() throws ClientRefusalException {
    PasswordSupplier present = supplier;
    if (present != null) {
      return present;
    }
    lock.lock();
    try {
      present = supplier;
      if (present == null) {
        present = made();
        supplier = present;
      }
      return present;
    } finally {
      lock.unlock();
    }
  }

  private PasswordSupplier made() throws ClientRefusalException {
    Object made;
    try {
      made = load(name()).getConstructor().newInstance();
    } catch (ReflectiveOperationException | LinkageError | RuntimeException failure) {
      throw refused("cannot be instantiated by a public constructor without parameters", failure);
    }
    if (made instanceof PasswordSupplier own) {
      return own;
    }
    if (made instanceof Supplier<?> other) {
      return (user, host, port) -> {
        Object password = other.get();
        return password == null ? null : password.toString();
      };
    }
    throw refused(
        "is neither a " + PasswordSupplier.class.getName() + " nor a java.util.function.Supplier",
        null);
  }

  private ClientRefusalException refused(String why, @Nullable Throwable cause) {
    return new ClientRefusalException(
        new SQLException(
            OPTION + "=" + name() + " is not valid: the class " + why, INVALID, cause));
  }

  private static Class<?> load(String name) throws ClassNotFoundException {
    ClassLoader ofThread = Thread.currentThread().getContextClassLoader();
    if (ofThread != null) {
      try {
        return Class.forName(name, true, ofThread);
      } catch (ClassNotFoundException elsewhere) {
        // Perhaps where Baton is.
      }
    }
    return Class.forName(name, true, SuppliedPassword.class.getClassLoader());
  }

  /** Who is asked. */
  String name() {
    return source instanceof String className ? className : source.getClass().getName();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SuppliedPassword password && source.equals(password.source);
  }

  @Override
  public int hashCode() {
    return source.hashCode();
  }

  @Override
  public String toString() {
    return "password by " + name();
  }
}
