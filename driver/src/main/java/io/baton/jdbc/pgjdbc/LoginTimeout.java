package io.baton.jdbc.pgjdbc;

import java.sql.DriverManager;
import java.time.Duration;
import java.util.Properties;
import org.postgresql.PGProperty;

/** How long opening a connection may take, as the PostgreSQL driver reads it. */
public final class LoginTimeout {

  private LoginTimeout() {}

  /**
   * Returns the limit: {@code loginTimeout}, in seconds, fractions included; if it is not given, or
   * not a number, that of {@link DriverManager}. Zero for no limit, which is what zero and negative
   * numbers mean.
   */
  public static Duration of(Properties properties) {
    String seconds = PGProperty.LOGIN_TIMEOUT.getOrDefault(properties);
    long millis = DriverManager.getLoginTimeout() * 1000L;
    if (seconds != null) {
      try {
        millis = (long) (Float.parseFloat(seconds) * 1000);
      } catch (NumberFormatException unreadable) {
        // As if it were not given.
      }
    }
    return millis <= 0 ? Duration.ZERO : Duration.ofMillis(millis);
  }
}
