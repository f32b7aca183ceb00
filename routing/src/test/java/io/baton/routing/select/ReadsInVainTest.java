package io.baton.routing.select;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.ListedEndpoint;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A reader that is behind is not read from, and so has neither calls nor latency. */
class ReadsInVainTest {

  private static final Endpoint PAUSED = new Endpoint("paused", 1);
  private static final Endpoint WELL = new Endpoint("well", 1);

  private long now;
  private final EndpointLoads loads = new EndpointLoads(() -> now);
  private final EndpointState paused = EndpointState.unprobed(ListedEndpoint.of(PAUSED));
  private final EndpointState well = EndpointState.unprobed(ListedEndpoint.of(WELL));
  private final ReaderPreference preference =
      ReaderPreference.byUse(loads::of, ReaderPreference.byLoad(loads::of));

  private void sessions(Endpoint endpoint, int count) {
    for (int i = 0; i < count; i++) {
      loads.of(endpoint).join();
    }
  }

  private void pass(long millis) {
    now += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  @Test
  void pausedReader_isLeft_andNotGoneTo() {
    sessions(PAUSED, 2);
    sessions(WELL, 20);
    loads.of(WELL).begin();
    loads.of(WELL).end(9_000_000);
    assertThat(preference.isBetter(paused, well)).as("it looks idle").isTrue();

    loads.of(PAUSED).inVain();

    assertThat(preference.isBetter(paused, well)).isFalse();
    assertThat(preference.isBetter(well, paused)).isTrue();
    Selector selector =
        Selector.useful(loads::of, Selector.leastLoaded(loads::of, () -> new Random(1)));
    for (int i = 0; i < 20; i++) {
      assertThat(selector.select(List.of(paused, well))).contains(well);
    }
    assertThat(selector.select(List.of(paused))).as("there is no other").contains(paused);
  }

  @Test
  void readerThatWasBehind_isTriedAgainLater_andKeptIfItIsNot() {
    loads.of(PAUSED).inVain();
    loads.of(PAUSED).inVain();
    sessions(WELL, 4);
    assertThat(preference.isBetter(paused, well)).isFalse();

    pass(3000);
    assertThat(preference.isBetter(paused, well)).isTrue();
    for (int i = 0; i < 60; i++) {
      loads.of(PAUSED).enough();
    }
    assertThat(loads.of(PAUSED).cost()).isLessThan(loads.of(WELL).cost());
  }

  @Test
  void readsInVain_addToTheCost() {
    for (int i = 0; i < 8; i++) {
      loads.of(PAUSED).enough();
      loads.of(WELL).enough();
    }
    loads.of(WELL).cost();
    double before = loads.of(PAUSED).cost();
    loads.of(PAUSED).inVain();

    assertThat(loads.of(PAUSED).cost()).isGreaterThan(3 * before);
  }

  @Test
  void twoReadersThatAreBehind_areChosenByLoad() {
    loads.of(PAUSED).inVain();
    loads.of(WELL).inVain();
    sessions(WELL, 4);

    assertThat(preference.isBetter(paused, well)).isTrue();
    assertThat(preference.isBetter(well, paused)).isFalse();
  }
}
