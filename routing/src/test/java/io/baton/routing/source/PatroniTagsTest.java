package io.baton.routing.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.Topology;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The tags of a member of Patroni. */
class PatroniTagsTest {

  private static final String MEMBERS =
      "{\"members\": [{\"name\": \"n1\", \"role\": \"leader\", \"host\": \"h1\", \"port\": 5432},"
          + " {\"name\": \"n2\", \"role\": \"replica\", \"host\": \"h2\", \"port\": 5432,"
          + " \"tags\": {\"size\": \"large\", \"rank\": 3, \"nofailover\": true, \"zone\": \"a\","
          + " \"noloadbalance\": false, \"nothing\": null, \"nested\": {\"a\": 1}}}]}";

  @Test
  void tags_thatAreTextsNumbersOrBooleans_areListed() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] bytes = MEMBERS.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    try {
      URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
      List<ListedEndpoint> listed =
          new PatroniSource(List.of(address))
              .list(
                  Topology.unprobed(
                      List.of(ListedEndpoint.of(new Endpoint("h1", 5432))),
                      Topology.Listing.OF_THE_URL,
                      Instant.EPOCH))
              .endpoints();

      assertThat(listed.get(0).tags()).isEmpty();
      assertThat(listed.get(1).draining()).isFalse();
      assertThat(listed.get(1).tags())
          .isEqualTo(
              Map.of(
                  "size", "large",
                  "rank", "3",
                  "nofailover", "true",
                  "zone", "a",
                  "noloadbalance", "false"));
    } finally {
      server.stop(0);
    }
  }
}
