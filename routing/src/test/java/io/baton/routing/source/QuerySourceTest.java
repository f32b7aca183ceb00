package io.baton.routing.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.monitor.ConnectionAttempt;
import io.baton.routing.monitor.Connector;
import io.baton.routing.monitor.ServerNotification;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointListing;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.Topology;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Whom a source asks that asks by SQL; the servers are made up. */
class QuerySourceTest {

  private static final Endpoint A = new Endpoint("a", 5432);
  private static final Endpoint B = new Endpoint("b", 5432);

  /** No server has answered. */
  private static final Topology UNKNOWN =
      Topology.unprobed(
          List.of(ListedEndpoint.of(A), ListedEndpoint.of(B)),
          Topology.Listing.OF_THE_URL,
          Instant.EPOCH);

  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final CountDownLatch hanging = new CountDownLatch(1);
  private final CountDownLatch aborted = new CountDownLatch(1);
  private volatile boolean hangs;
  private volatile boolean locked;
  private boolean grantsLeases;
  private boolean replicated;
  private int positionsAsked;

  private final class Servers implements Connector {

    @Override
    public ConnectionAttempt attempt(Endpoint endpoint, Duration timeout) {
      return new ConnectionAttempt() {
        @Override
        public Connection open() {
          return connection(endpoint);
        }

        @Override
        public void abort(String reason) {
          aborted.countDown();
        }
      };
    }

    @Override
    public List<ServerNotification> await(Connection connection, Duration timeout) {
      return List.of();
    }
  }

  private Connection connection(Endpoint endpoint) {
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (self, method, arguments) -> {
              if (method.getName().equals("abort")) {
                aborted.countDown();
              }
              if (method.getName().equals("createStatement")) {
                positionsAsked++;
                throw new SQLException("permission denied for function pg_walfile_name", "42501");
              }
              if (method.getName().equals("isClosed")) {
                return false;
              }
              return method.getName().equals("toString") ? endpoint.host() : null;
            });
  }

  private final class Question implements QuerySource.Query {

    @Override
    public String description() {
      return "a question";
    }

    @Override
    public boolean grantsLeases() {
      return grantsLeases;
    }

    @Override
    public boolean isReplicated() {
      return replicated;
    }

    @Override
    public EndpointListing ask(Connection connection) throws SQLException {
      String host = connection.toString();
      asked.add(host);
      if (locked && host.equals("a")) {
        throw new SQLException("canceling statement due to lock timeout", "55P03");
      }
      if (hangs && host.equals("a")) {
        hanging.countDown();
        try {
          aborted.await();
        } catch (InterruptedException interrupted) {
          throw new SQLException(interrupted);
        }
        throw new SQLException("the connection was aborted", "08006");
      }
      return EndpointListing.of(List.of(A, B));
    }
  }

  private final QuerySource source = new QuerySource(new Question(), new Servers(), List.of(A, B));

  @Test
  void questionToAServerThatIsLost_isGivenUp_andAnotherServerIsAsked() throws Exception {
    source.list(UNKNOWN);
    hangs = true;
    CompletableFuture<EndpointListing> listing =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return source.list(UNKNOWN);
              } catch (SQLException failure) {
                throw new CompletionException(failure);
              }
            });
    assertThat(hanging.await(30, TimeUnit.SECONDS)).isTrue();

    source.noticed(UNKNOWN);

    assertThat(listing.get(30, TimeUnit.SECONDS).endpoints()).hasSize(2);
    assertThat(asked).containsExactly("a", "a", "b");
  }

  @Test
  void tableThatIsLocked_isNotWaitedForOnAnotherConnection_beforeOthersWereAsked()
      throws SQLException {
    source.list(UNKNOWN);
    locked = true;
    source.list(UNKNOWN);
    assertThat(asked).containsExactly("a", "a", "b");
  }

  @Test
  void answerThatIsNotReplicated_isBelievedWithoutPositions() throws SQLException {
    grantsLeases = true;
    source.list(UNKNOWN);
    assertThat(positionsAsked).isZero();
  }

  @Test
  void serverThatRefusesItsPosition_isNotAskedForItAgain() throws SQLException {
    grantsLeases = true;
    replicated = true;
    source.list(UNKNOWN);
    source.list(UNKNOWN);
    assertThat(asked).containsExactly("a", "a");
    assertThat(positionsAsked).isEqualTo(1);
  }
}
