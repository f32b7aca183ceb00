package io.baton.routing.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.baton.routing.monitor.EndpointSource;
import io.baton.routing.source.NameServer.Service;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointListing;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.Topology;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class DnsSourceTest {

  private static final Endpoint SERVICE = new Endpoint("_postgresql._tcp.db.example", 5432);

  private static final Topology NOTHING =
      Topology.unprobed(List.of(), Topology.Listing.OF_THE_URL, Instant.EPOCH);

  private static EndpointListing list(NameServer server) throws Exception {
    try (EndpointSource source = new DnsSource(List.of(SERVICE), server.address())) {
      return source.list(NOTHING);
    }
  }

  @Test
  void services_giveHostsPortsAndWeights_ofTheBestPriority() throws Exception {
    try (NameServer server =
        new NameServer(
            List.of(
                new Service(10, 60, 5433, "a.db.example"),
                new Service(20, 10, 5434, "spare.db.example"),
                new Service(10, 40, 5432, "b.db.example")))) {
      assertThat(list(server).endpoints())
          .extracting(ListedEndpoint::endpoint, ListedEndpoint::weight)
          .containsExactlyInAnyOrder(
              tuple(new Endpoint("a.db.example", 5433), 60),
              tuple(new Endpoint("b.db.example", 5432), 40));
    }
  }

  @Test
  void name_thatThereIsNot_isAFailure_andNotAnEmptyList() throws Exception {
    try (NameServer server = new NameServer(List.of())) {
      assertThatThrownBy(() -> list(server))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("_postgresql._tcp.db.example");

      server.serve(List.of(new Service(0, 0, 5432, "only.db.example")));
      assertThat(list(server).endpoints())
          .extracting(ListedEndpoint::endpoint)
          .containsExactly(new Endpoint("only.db.example", 5432));
    }
  }
}
