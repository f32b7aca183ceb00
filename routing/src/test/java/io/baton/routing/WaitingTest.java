package io.baton.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.Topology;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls that wait for a server while there is none. */
class WaitingTest {

  private static final Duration LONG = Duration.ofMinutes(10);

  private final ClusterSettings settings =
      ClusterSettings.of(List.of(new Endpoint("a", 5432), new Endpoint("b", 5432)));
  private final ClusterLease lease =
      new ClusterRegistry(Environment.system())
          .acquire(new ClusterKey(settings.endpoints(), Map.of()), settings, new NoServer(), null);
  private final Cluster cluster = lease.cluster();
  private final AtomicBoolean stopped = new AtomicBoolean();

  @AfterEach
  void close() {
    lease.close();
  }

  /** A call on a thread of its own. */
  private static final class Call<T> extends FutureTask<T> {

    private final Thread thread = new Thread(this, "call");

    Call(Callable<T> call) {
      super(call);
      thread.start();
    }

    Call<T> untilItWaits() {
      Awaitility.await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
      return this;
    }

    T result() throws Exception {
      return get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void wait_ofACallThatIsStopped_endsAtOnce() throws Exception {
    Call<Optional<EndpointState>> writer =
        new Call<>(() -> cluster.awaitWriter(null, LONG, stopped::get)).untilItWaits();
    Call<Optional<Topology>> topology =
        new Call<>(() -> cluster.awaitTopology(Topology::hasWriter, LONG, stopped::get))
            .untilItWaits();

    stopped.set(true);
    cluster.wakeWaiters();

    assertThat(writer.result()).isEmpty();
    assertThat(topology.result()).isEmpty();
  }

  @Test
  void wait_ofACallThatWasStoppedBefore_endsAtOnce() throws Exception {
    stopped.set(true);

    assertThat(cluster.awaitWriter(null, LONG, stopped::get)).isEmpty();
    assertThat(cluster.awaitFirstRound(LONG, stopped::get).hasWriter()).isFalse();
  }

  @Test
  void wait_ofAnotherCall_goesOn_andEndsWithItsTime() throws Exception {
    Call<Optional<EndpointState>> stoppedCall =
        new Call<>(() -> cluster.awaitWriter(null, LONG, stopped::get)).untilItWaits();
    Call<Optional<EndpointState>> other =
        new Call<>(() -> cluster.awaitWriter(LONG)).untilItWaits();
    Call<Optional<EndpointState>> shorter =
        new Call<>(() -> cluster.awaitWriter(Duration.ofMillis(200)));

    stopped.set(true);
    cluster.wakeWaiters();

    assertThat(stoppedCall.result()).isEmpty();
    assertThat(shorter.result()).isEmpty();
    assertThat(other).isNotDone();

    lease.close();
    assertThat(other.result()).as("the cluster is closed").isEmpty();
  }
}
