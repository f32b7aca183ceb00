package io.baton.jdbc.pgjdbc;

import io.baton.PasswordSupplier;
import io.baton.routing.topology.ClientRefusalException;
import io.baton.routing.topology.Endpoint;
import java.sql.SQLException;
import java.sql.SQLInvalidAuthorizationSpecException;
import java.util.Properties;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * The password of a connection, asked of a {@link PasswordSupplier} or a {@link Supplier} when the
 * connection is opened. No text of it is shown or kept.
 *
 * <p>Thread-safe. Equal to another that asks the same class or the same instance.
 */
public final class SuppliedPassword {

  private static final String OPTION = "baton.passwordSupplier";
  private static final String INVALID = "22023";
  private static final String NOT_AUTHORISED = "28000";

  /** The name of a class, or the instance that was given. */
  private final Object source;

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
   * Asks for the password of a connection, and adds it to the connection's properties.
   *
   * @throws ClientRefusalException 22023 if the class cannot be used; 28000 if there is no password
   *     to be had
   */
  void addTo(Properties properties, Endpoint endpoint) throws ClientRefusalException {
    String user = String.valueOf(PGProperty.USER.getOrDefault(properties));
    PasswordSupplier asked = supplier();
    String password;
    try {
      password = asked.password(user, endpoint.host(), endpoint.port());
    } catch (SQLException | RuntimeException failure) {
      throw new ClientRefusalException(
          new SQLInvalidAuthorizationSpecException(
              OPTION
                  + ": "
                  + name()
                  + " has no password for user \""
                  + user
                  + "\" at "
                  + endpoint
                  + " ("
                  + failure.getClass().getName()
                  + ")",
              NOT_AUTHORISED,
              failure));
    }
    if (password == null) {
      properties.remove(PGProperty.PASSWORD.getName());
    } else {
      PGProperty.PASSWORD.set(properties, password);
    }
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

  private String name() {
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
