package io.baton.routing.select;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.ListedEndpoint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NearnessTest {

  private static final long MICROSECOND = 1_000;

  private final Map<Endpoint, EndpointLoad> loads = new HashMap<>();

  private EndpointLoad load(Endpoint endpoint) {
    return loads.computeIfAbsent(
        endpoint,
        any -> new EndpointLoad(Reliability.ofNewcomer(any, new double[0], () -> 0), () -> 0));
  }

  private EndpointState reader(String host, @Nullable String zone, long distanceMicros) {
    Endpoint endpoint = new Endpoint(host, 5432);
    if (distanceMicros > 0) {
      load(endpoint).measured(distanceMicros * MICROSECOND);
    }
    return EndpointState.unprobed(
        new ListedEndpoint(endpoint, ListedEndpoint.DEFAULT_WEIGHT, zone, false));
  }

  @Test
  void zone_countsBeforeDistance() {
    EndpointState here = reader("here", "b", 5_000);
    EndpointState there = reader("there", "a", 100);
    EndpointState nowhere = reader("nowhere", null, 100);

    assertThat(new Nearness("b", this::load).nearest(List.of(there, here, nowhere)))
        .containsExactly(here);
    assertThat(new Nearness("", this::load).nearest(List.of(there, here, nowhere)))
        .containsExactly(there, nowhere);
  }

  @Test
  void zone_withoutReaders_leavesTheNearest() {
    EndpointState far = reader("far", "a", 9_000);
    EndpointState near = reader("near", "c", 1_000);

    assertThat(new Nearness("b", this::load).nearest(List.of(far, near))).containsExactly(near);
  }

  @Test
  void distances_thatDifferByLittleOrAreNotKnown_areTheSame() {
    EndpointState one = reader("one", null, 300);
    EndpointState other = reader("other", null, 600);
    EndpointState unknown = reader("unknown", null, 0);

    assertThat(new Nearness("", this::load).nearest(List.of(one, other, unknown)))
        .containsExactly(one, other, unknown);
  }

  @Test
  void distance_ofABusyMoment_isForgotten_andAWayThatStaysLongerIsNot() {
    EndpointState reader = reader("busy", null, 300);
    EndpointLoad load = load(reader.endpoint());

    load.measured(900 * MICROSECOND);
    load.measured(300 * MICROSECOND);
    assertThat(load.distanceNanos()).isEqualTo(300 * MICROSECOND);

    for (int i = 0; i < 40; i++) {
      load.measured(5_000 * MICROSECOND);
    }
    assertThat(load.distanceNanos()).isGreaterThan(4_900 * MICROSECOND);
  }

  @Test
  void session_changesToANearerReader_andNeverToOneFartherAway() {
    EndpointState near = reader("near", "b", 0);
    EndpointState far = reader("far", "a", 0);
    for (int i = 0; i < 10; i++) {
      load(near.endpoint()).join();
    }
    ReaderPreference preference =
        ReaderPreference.byNearness(new Nearness("b", this::load), this::load);

    assertThat(preference.isBetter(near, far)).isTrue();
    assertThat(preference.isBetter(far, near)).isFalse();
    EndpointState alsoNear = reader("alsoNear", "b", 0);
    assertThat(preference.isBetter(alsoNear, near)).isTrue();
    assertThat(preference.isBetter(near, alsoNear)).isFalse();
  }
}
