package io.baton.jdbc.pgjdbc;

import io.baton.failover.DeadlineGuard;
import io.baton.routing.topology.ClientRefusalException;
import io.baton.routing.topology.Endpoint;
import java.sql.SQLException;
import java.sql.SQLInvalidAuthorizationSpecException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.postgresql.util.PSQLState;

/**
 * The question for the password of one connection. It is asked on a thread of its own, since what
 * supplies passwords may hang, and Java has no way to end a call that does.
 *
 * <p>{@link #abort} is for any thread; {@link #ask} belongs to the thread that opens the
 * connection.
 */
final class PasswordRequest {

  private static final String NOT_AUTHORISED = "28000";

  private final SuppliedPassword source;
  private final Endpoint endpoint;
  private final Properties properties;
  private final FutureTask<@Nullable String> answer;
  private boolean isAnswered;

  /**
   * Makes a question.
   *
   * @param properties those of the connection, which the password is added to
   */
  PasswordRequest(SuppliedPassword source, Endpoint endpoint, Properties properties) {
    this.source = source;
    this.endpoint = endpoint;
    this.properties = properties;
    String user = String.valueOf(PGProperty.USER.getOrDefault(properties));
    this.answer = new FutureTask<>(() -> source.password(user, endpoint));
  }

  /**
   * Asks, unless that was done before.
   *
   * @throws ClientRefusalException 28000 if there is no password to be had in time, 22023 if nobody
   *     can be asked
   */
  void ask(Duration timeout) throws ClientRefusalException {
    if (isAnswered) {
      return;
    }
    source.begin(answer);
    DeadlineGuard guard = DeadlineGuard.abortAfter(timeout, () -> answer.cancel(true));
    try (guard) {
      String password = answer.get();
      if (password == null) {
        properties.remove(PGProperty.PASSWORD.getName());
      } else {
        PGProperty.PASSWORD.set(properties, password);
      }
      isAnswered = true;
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof ClientRefusalException refused
          ? refused
          : without("has no password", failed.getCause());
    } catch (CancellationException given) {
      throw without(
          guard.fired()
              ? "has not answered within " + timeout.toMillis() + " ms, asked"
              : "is not waited for any more, asked",
          null);
    } catch (InterruptedException interrupted) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw without("was not waited for by a thread that is interrupted, asked", interrupted);
    }
  }

  /**
   * Whether the login was refused since there is no password: the answer was that there is none.
   */
  boolean isWithout(SQLException refused) {
    return isAnswered
        && PGProperty.PASSWORD.getOrDefault(properties) == null
        && PSQLState.CONNECTION_REJECTED.getState().equals(refused.getSQLState());
  }

  /** What tells the answer from another one; null if there is none. */
  @Nullable Object print() {
    String answered = PGProperty.PASSWORD.getOrDefault(properties);
    return !isAnswered || answered == null ? null : SecretPrint.of(answered);
  }

  /** Ends the wait for the answer, and interrupts who is asked. Does not block. */
  void abort() {
    answer.cancel(true);
  }

  private ClientRefusalException without(String what, @Nullable Throwable cause) {
    SQLException refusal =
        new SQLInvalidAuthorizationSpecException(
            "%s: %s %s for user \"%s\" at %s%s"
                .formatted(
                    SuppliedPassword.OPTION,
                    source.name(),
                    what,
                    PGProperty.USER.getOrDefault(properties),
                    endpoint,
                    cause == null ? "" : " (" + cause.getClass().getName() + ")"),
            NOT_AUTHORISED,
            cause);
    return new ClientRefusalException(refusal);
  }
}
