package io.baton;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Supplies the password of a connection to a server, for passwords that change: tokens that expire,
 * secrets that are exchanged. It is asked anew each time that Baton opens a connection to a server:
 * for a session, also when it moves to another server, and for a monitor.
 *
 * <p>Given as an instance ({@link BatonDataSource#setPasswordSupplierInstance}), or as the name of
 * a public class with a public constructor without parameters ({@code baton.passwordSupplier}).
 *
 * <p>It is called by many threads at once, each made for one call, with the context class loader of
 * the thread that connects. It has as long as {@code connectTimeout} (10 s if that is not given);
 * then the thread is interrupted and not waited for any more. What it throws reaches the
 * application as the cause of an exception with SQLState 28000. Monitors ask again after a pause of
 * 2 to 30 seconds. A session that has lost its server asks again until {@code
 * baton.failoverTimeout} is over, also where the server refuses the password (28P01): another one
 * is tried at once, the same one after pauses of 1 to 8 seconds.
 */
@FunctionalInterface
public interface PasswordSupplier {

  /**
   * Returns the password to log in with now.
   *
   * @param user the user who logs in
   * @param host the host of the server, as it is connected to
   * @param port its port
   * @return the password; null for none
   * @throws SQLException if there is none to be had
   */
  @Nullable String password(String user, String host, int port) throws SQLException;
}
