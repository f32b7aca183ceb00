package io.baton.routing;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.baton.routing.monitor.Connector;
import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.Environment;
import java.lang.reflect.Proxy;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/**
 * Connections of one cluster are opened and closed side by side: each has the cluster that is
 * registered, and with the last one it is gone. No thread is started, no server is asked.
 */
@JCStressTest
@Outcome(id = "true, true, 0", expect = ACCEPTABLE, desc = "registered while it was held")
@State
public class ClusterRegistryStress {

  private static final ClusterSettings SETTINGS =
      ClusterSettings.of(List.of(new Endpoint("a", 5432)));
  private static final ClusterKey KEY = new ClusterKey(SETTINGS.endpoints(), Map.of("user", "app"));
  private static final Connector NO_SERVER =
      (Connector)
          Proxy.newProxyInstance(
              Connector.class.getClassLoader(),
              new Class<?>[] {Connector.class},
              (proxy, method, arguments) -> {
                if (method.getName().equals("credentials")) {
                  return "the same";
                }
                throw new UnsupportedOperationException(method.getName());
              });

  private final ClusterRegistry registry =
      new ClusterRegistry(
          new Environment(
              InstantSource.system(),
              () -> 1,
              ThreadLocalRandom::current,
              (name, task) -> new NeverBegun()));

  /** A thread that does nothing when it is started. */
  private static final class NeverBegun extends Thread {

    @Override
    public void start() {
      // There is nobody to monitor.
    }
  }

  private boolean isRegisteredWhileHeld() {
    try (ClusterLease lease = registry.acquire(KEY, SETTINGS, NO_SERVER, null)) {
      return registry.clusters().equals(List.of(lease.cluster()));
    }
  }

  /** A connection is opened and closed. */
  @Actor
  public void one(ZZI_Result result) {
    result.r1 = isRegisteredWhileHeld();
  }

  /** Another one is. */
  @Actor
  public void other(ZZI_Result result) {
    result.r2 = isRegisteredWhileHeld();
  }

  /** All are closed. */
  @Arbiter
  public void end(ZZI_Result result) {
    result.r3 = registry.clusters().size();
  }
}
