package io.baton.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class OwnSettingsTest {

  private static Connection withTimeout(int millis) {
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (self, method, arguments) -> millis);
  }

  @Test
  void serverGivesUp_whatTheClientHasGivenUp_andLocksBeforeThat() throws SQLException {
    assertThat(OwnSettings.ahead(withTimeout(60_000)))
        .contains("'statement_timeout', '60000'")
        .contains("'lock_timeout', '30000'");
  }

  @Test
  void clientThatWaitsForAsLongAsItTakes_setsNoLimit() throws SQLException {
    assertThat(OwnSettings.ahead(withTimeout(0))).isEqualTo(OwnSettings.AHEAD);
  }
}
