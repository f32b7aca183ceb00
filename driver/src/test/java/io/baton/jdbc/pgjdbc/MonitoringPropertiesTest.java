package io.baton.jdbc.pgjdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.postgresql.PGProperty;

/** Which properties make a difference to a monitor, and which it connects with. */
class MonitoringPropertiesTest {

  private static Properties properties(Map<String, String> values) {
    Properties properties = new Properties();
    properties.putAll(values);
    return properties;
  }

  @Test
  void identity_isOfTheUserAndTheWayToConnect_notOfThePasswordOrTheSession() {
    assertThat(
            MonitoringProperties.identity(
                properties(
                    Map.of(
                        "user", "app",
                        "password", "secret",
                        "sslmode", "verify-full",
                        "options", "-c app.tenant=7",
                        "ofAPlugin", "kept",
                        "prepareThreshold", "0",
                        "currentSchema", "shop",
                        "ApplicationName", "shop",
                        "socketTimeout", "10"))))
        .isEqualTo(
            Map.of(
                "user",
                "app",
                "sslmode",
                "verify-full",
                "options",
                "-c app.tenant=7",
                "ofAPlugin",
                "kept"));
  }

  @Test
  void monitor_setsNothingInTheSession_onceItIsConnected() {
    Properties monitoring =
        MonitoringProperties.of(
            properties(
                Map.of(
                    "user", "app",
                    "readOnly", "true",
                    "currentSchema", "shop",
                    "preferQueryMode", "extended",
                    "ApplicationName", "shop")));

    assertThat(PGProperty.READ_ONLY.getBoolean(monitoring)).isFalse();
    assertThat(PGProperty.CURRENT_SCHEMA.getOrDefault(monitoring)).isNull();
    assertThat(PGProperty.PREFER_QUERY_MODE.getOrDefault(monitoring)).isEqualTo("simple");
    assertThat(PGProperty.APPLICATION_NAME.getOrDefault(monitoring)).isEqualTo("Baton monitor");
    assertThat(PGProperty.ASSUME_MIN_SERVER_VERSION.getOrDefault(monitoring)).isEqualTo("14");
    assertThat(PGProperty.USER.getOrDefault(monitoring)).isEqualTo("app");
  }
}
