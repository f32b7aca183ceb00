package io.baton;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.baton.jdbc.ConnectionFactory;
import io.baton.jdbc.options.BatonUrl;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class ClusterShareTest {

  private final RecordingSource source = new RecordingSource();
  private final ClusterShare share = new ClusterShare(source);

  @Test
  void share_ofTheFirstConnection_isKeptAndNotTakenAgain() throws SQLException {
    share.open(this, url("a"));
    share.open(this, url("a"));

    assertThat(source.events).containsExactly("lease a", "open a", "open a");
  }

  @Test
  void share_whenTheUrlChanges_isExchangedAfterTheConnectionIsOpen() throws SQLException {
    share.open(this, url("a"));
    share.open(this, url("b"));

    assertThat(source.events)
        .containsExactly("lease a", "open a", "lease b", "open b", "release a");
  }

  @Test
  void share_whenNoConnectionCanBeOpened_isNotKept() throws SQLException {
    source.refuses = true;

    assertThatThrownBy(() -> share.open(this, url("a"))).isInstanceOf(SQLException.class);

    assertThat(source.events).containsExactly("lease a", "open a", "release a");
  }

  @Test
  void share_onceClosed_isGivenUpOnceAndForGood() throws SQLException {
    share.open(this, url("a"));

    share.close();
    share.close();

    assertThat(source.events).containsExactly("lease a", "open a", "release a");
    assertThatThrownBy(() -> share.open(this, url("a"))).hasMessage("The data source is closed");
  }

  @Test
  void share_closedWhileAConnectionIsBeingOpened_isNotKept() throws SQLException {
    source.whileOpening = share::close;

    share.open(this, url("a"));

    assertThat(source.events).containsExactly("lease a", "open a", "release a");
  }

  @Test
  void share_whoseOwnerIsCollected_isGivenUp() throws SQLException {
    share.open(new Object(), url("a"));

    await()
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(source.events).containsExactly("lease a", "open a", "release a");
            });
  }

  private static BatonUrl url(String host) throws SQLException {
    return BatonUrl.parse("jdbc:baton:postgresql://" + host + "/db", null);
  }

  /** Writes down what is asked of it; its connections are never used. */
  private static final class RecordingSource implements ClusterShare.Source {

    private final List<String> events = new CopyOnWriteArrayList<>();
    private boolean refuses;
    private Runnable whileOpening = () -> {};

    @Override
    public Connection open(BatonUrl url) throws SQLException {
      events.add("open " + url.endpoints().get(0).host());
      whileOpening.run();
      if (refuses) {
        throw new SQLException("refused", "28P01");
      }
      return (Connection)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {Connection.class},
              (proxy, method, arguments) -> {
                throw new AssertionError(method);
              });
    }

    @Override
    public ConnectionFactory.Lease lease(BatonUrl url) {
      String host = url.endpoints().get(0).host();
      events.add("lease " + host);
      return () -> events.add("release " + host);
    }
  }
}
