package io.baton.routing.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.routing.topology.Endpoint;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which of several passwords is tried; there is no server but one that compares them. */
class SharedConnectorTest {

  private static final Endpoint ENDPOINT = new Endpoint("a", 5432);
  private static final Connection OPENED =
      (Connection)
          Proxy.newProxyInstance(
              SharedConnectorTest.class.getClassLoader(),
              new Class<?>[] {Connection.class},
              (proxy, method, arguments) -> {
                throw new AssertionError(method);
              });

  /** The passwords of the logins. */
  private final List<String> logins = new ArrayList<>();

  private String valid = "old";
  private String state = "28P01";
  private final SharedConnector shared = new SharedConnector(new Login("old"));

  private final class Login implements Connector {

    private final String password;

    Login(String password) {
      this.password = password;
    }

    @Override
    public ConnectionAttempt attempt(Endpoint endpoint, Duration timeout) {
      return new ConnectionAttempt() {
        @Override
        public Connection open() throws SQLException {
          logins.add(password);
          if (!password.equals(valid)) {
            throw new SQLException("refused", state);
          }
          return OPENED;
        }

        @Override
        public void abort(String reason) {
          throw new AssertionError("aborted");
        }
      };
    }

    @Override
    public List<ServerNotification> await(Connection connection, Duration timeout) {
      return List.of();
    }

    @Override
    public Object credentials() {
      return password;
    }
  }

  private List<String> loginsOf(int attempts) {
    logins.clear();
    for (int i = 0; i < attempts; i++) {
      try {
        assertThat(shared.attempt(ENDPOINT, Duration.ofSeconds(1)).open()).isSameAs(OPENED);
      } catch (SQLException refused) {
        logins.add(refused.getSQLState());
      }
    }
    return List.copyOf(logins);
  }

  @Test
  void passwordThatWorked_isTriedFirst_soThatAWrongOneDisturbsNobody() {
    assertThat(loginsOf(1)).containsExactly("old");
    assertThat(shared.offer(new Login("mistyped"))).isTrue();

    assertThat(loginsOf(2)).containsExactly("old", "old");
  }

  @Test
  void passwordThatWasChanged_costsOneRefusedLogin_andThenTheNewerOneIsUsed() {
    loginsOf(1);
    shared.offer(new Login("new"));
    valid = "new";

    assertThat(loginsOf(3)).containsExactly("old", "new", "new", "new");
  }

  @Test
  void newPassword_isNews_andAKnownOneIsNot() {
    assertThat(shared.news()).isZero();
    assertThat(shared.offer(new Login("old"))).isFalse();
    assertThat(shared.offer(new Login("new"))).isTrue();
    assertThat(shared.offer(new Login("new"))).isFalse();
    assertThat(shared.news()).isEqualTo(1);
  }

  @Test
  void refusedPasswords_areTriedInTurn_oneForEachAttempt() {
    shared.offer(new Login("other"));
    valid = "none of them";

    assertThat(loginsOf(4))
        .containsExactly("old", "other", "28P01", "old", "28P01", "other", "28P01", "old", "28P01");
  }

  @Test
  void newestPassword_takesThePlaceOfOneThatWasRefused() {
    valid = "newest";
    shared.offer(new Login("second"));
    loginsOf(1);
    shared.offer(new Login("newest"));

    assertThat(loginsOf(1)).containsExactly("newest");
  }

  @Test
  void tokens_thatComeWithEachLease_pushOutOneAnother_andNotTheOneThatWorks() {
    loginsOf(1);
    for (int i = 0; i < 8; i++) {
      shared.offer(new Login("token " + i));
    }
    valid = "token 7";

    assertThat(loginsOf(1)).containsExactly("old", "token 7");
  }

  @Test
  void passwordThatWorkedForASession_isNewsWhereItWasRefused_andTriedFirst() {
    shared.offer(new Login("other"));
    valid = "none of them";
    loginsOf(2);
    assertThat(shared.worked(new Login("other"))).isTrue();
    assertThat(shared.news()).isEqualTo(2);
    assertThat(shared.worked(new Login("other"))).isFalse();

    valid = "other";
    assertThat(loginsOf(1)).containsExactly("other");
  }

  @Test
  void failureThatIsNotOfThePassword_isNoReasonToTryAnother() {
    shared.offer(new Login("new"));
    valid = "none of them";
    state = "53300";

    SQLException failure =
        catchThrowableOfType(
            SQLException.class, () -> shared.attempt(ENDPOINT, Duration.ofSeconds(1)).open());

    assertThat(failure.getSQLState()).isEqualTo("53300");
    assertThat(logins).containsExactly("old");
  }
}
