package io.baton.routing.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointListing;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.ScheduledSwitchover;
import io.baton.routing.topology.Topology;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Patroni says of a switchover that is scheduled; the texts are those of a real one. */
class PatroniScheduleTest {

  private static final String MEMBERS =
      "{\"members\": [{\"name\": \"n1\", \"role\": \"leader\", \"state\": \"running\","
          + " \"api_url\": \"http://127.0.0.11:42045/patroni\", \"host\": \"127.0.0.11\","
          + " \"port\": 41905, \"timeline\": 1}, {\"name\": \"n2\", \"role\": \"sync_standby\","
          + " \"state\": \"running\", \"api_url\": \"http://127.0.0.12:42369/patroni\","
          + " \"host\": \"127.0.0.12\", \"port\": 55047, \"timeline\": 1, \"lag\": 0},"
          + " {\"name\": \"n3\", \"role\": \"replica\", \"state\": \"running\","
          + " \"api_url\": \"http://127.0.0.13:60851/patroni\", \"host\": \"127.0.0.13\","
          + " \"port\": 60765, \"timeline\": 1, \"lag\": 0}]";

  private final AtomicReference<String> scheduled = new AtomicReference<>("");
  private HttpServer server;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String text =
              exchange.getRequestURI().getPath().equals("/cluster")
                  ? MEMBERS + scheduled.get() + "}"
                  : "{\"ttl\": 30}";
          byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private @Nullable ScheduledSwitchover planned(String said) throws IOException {
    scheduled.set(said);
    // A new one each time: it would go on to ask the members that it has learnt of.
    PatroniSource source =
        new PatroniSource(List.of(URI.create("http://127.0.0.1:" + server.getAddress().getPort())));
    EndpointListing listing =
        source.list(
            Topology.unprobed(
                List.of(ListedEndpoint.of(new Endpoint("127.0.0.11", 41905))),
                Topology.Listing.OF_THE_URL,
                Instant.EPOCH));
    assertThat(listing.endpoints()).hasSize(3);
    return listing.withEndpoints(listing.endpoints()).planned();
  }

  @Test
  void scheduledSwitchover_isAnnouncedByTheAddressOfItsCandidate() throws Exception {
    assertThat(planned("")).isNull();
    assertThat(
            planned(
                ", \"scheduled_switchover\": {\"at\": \"2026-11-28T21:01:44+00:00\","
                    + " \"from\": \"n1\", \"to\": \"n2\"}"))
        .isEqualTo(
            new ScheduledSwitchover(
                new Endpoint("127.0.0.12", 55047), Instant.parse("2026-11-28T21:01:44Z")));
  }

  @Test
  void scheduledSwitchover_toAnyCandidate_namesNone() throws Exception {
    assertThat(
            planned(
                ", \"scheduled_switchover\": {\"at\": \"2026-11-28T23:01:44.123456+02:00\","
                    + " \"from\": \"n1\"}"))
        .isEqualTo(new ScheduledSwitchover(null, Instant.parse("2026-11-28T21:01:44.123456Z")));
  }

  /** The list of the members counts all the same. */
  @Test
  void scheduledSwitchover_thatMakesNoSense_isIgnored() throws Exception {
    assertThat(planned(", \"scheduled_switchover\": {\"at\": \"soon\", \"to\": \"n2\"}")).isNull();
    assertThat(planned(", \"scheduled_switchover\": {}")).isNull();
    assertThat(planned(", \"scheduled_switchover\": []")).isNull();
    assertThat(planned(", \"scheduled_switchover\": null")).isNull();
    assertThat(
            planned(
                ", \"scheduled_switchover\": {\"at\": \"2026-11-28T21:01:44+00:00\","
                    + " \"from\": \"n1\", \"to\": \"n9\"}"))
        .isNull();
  }
}
