package io.baton.jdbc.options;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.Endpoint;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class BatonUrlTest {

  @Test
  void url_withHostsDatabaseAndParameters_isParted() throws SQLException {
    BatonUrl url =
        BatonUrl.parse(
            "jdbc:baton:postgresql://h1:5433,h2/shop?user=app&baton.failoverTimeout=5s&ssl=true",
            null);

    assertThat(url.endpoints()).containsExactly(new Endpoint("h1", 5433), new Endpoint("h2", 5432));
    assertThat(url.database()).isEqualTo("shop");
    assertThat(url.user()).isEqualTo("app");
    assertThat(url.option(BatonOption.FAILOVER_TIMEOUT)).isEqualTo(Duration.ofSeconds(5));
    Properties expected = new Properties();
    expected.setProperty("user", "app");
    expected.setProperty("ssl", "true");
    assertThat(url.pgProperties()).isEqualTo(expected);
    assertThat(url.pgUrl(url.endpoints().get(0))).isEqualTo("jdbc:postgresql://h1:5433/shop");
  }
}
