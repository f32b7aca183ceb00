package io.baton.routing.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.Topology;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One node of Patroni that answers badly, or does not, keeps nobody from asking the others. */
@Timeout(60)
class PatroniAddressesTest {

  private static final String GOOD =
      "{\"members\": [{\"name\": \"n1\", \"role\": \"leader\", \"host\": \"h1\", \"port\": 5432}]}";

  private final List<Closeable> nodes = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (Closeable node : nodes) {
      node.close();
    }
  }

  /** What a node does with a request. */
  private interface Answer {
    void to(OutputStream out) throws Exception;
  }

  private static Answer body(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return out -> {
      out.write(text("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "));
      out.write(text(bytes.length + "\r\n\r\n"));
      out.write(bytes);
    };
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private final class Node implements Closeable {

    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Answer answer;

    Node(Answer answer) throws IOException {
      this.answer = answer;
      nodes.add(this);
      start(this::accept);
    }

    private void start(Runnable task) {
      Thread thread = new Thread(task, "patroni-node");
      thread.setDaemon(true);
      thread.start();
    }

    private void accept() {
      try {
        for (; ; ) {
          Socket client = socket.accept();
          start(() -> serve(client));
        }
      } catch (IOException over) {
        closed.countDown();
      }
    }

    private void serve(Socket client) {
      try (client;
          BufferedReader in =
              new BufferedReader(
                  new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII))) {
        String request = in.readLine();
        String line = request;
        while (line != null && !line.isEmpty()) {
          line = in.readLine(); // Headers say nothing that is needed.
        }
        if (request != null && request.contains("/cluster")) {
          asked.incrementAndGet();
          answer.to(client.getOutputStream());
        } else {
          body("{\"ttl\": 30}").to(client.getOutputStream());
        }
      } catch (Exception over) {
        Thread.currentThread().interrupt(); // The client has left, or the test is over.
      }
    }

    void hang(OutputStream out) throws InterruptedException {
      closed.await();
    }

    /** A header each 100 ms: no read ever takes long. */
    void drip(OutputStream out) throws Exception {
      out.write(text("HTTP/1.1 200 OK\r\n"));
      for (int i = 0; !closed.await(100, TimeUnit.MILLISECONDS); i++) {
        out.write(text("X-" + i + ": a\r\n"));
        out.flush();
      }
    }

    URI address() {
      return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static PatroniSource source(Node... nodes) {
    return new PatroniSource(Arrays.stream(nodes).map(Node::address).toList());
  }

  private static List<String> listed(PatroniSource source) throws IOException {
    return source
        .list(
            Topology.unprobed(
                List.of(ListedEndpoint.of(new Endpoint("h1", 5432))),
                Topology.Listing.OF_THE_URL,
                Instant.EPOCH))
        .endpoints()
        .stream()
        .map(each -> each.endpoint().toString())
        .toList();
  }

  private void isPassedOver(Answer bad) throws IOException {
    Node good = new Node(body(GOOD));
    assertThat(listed(source(new Node(bad), good))).containsExactly("h1:5432");
  }

  @Test
  void answer_thatIsNonsense_isPassedOver() throws IOException {
    isPassedOver(body("{\"members\": [null]}"));
    isPassedOver(body("null"));
    isPassedOver(body("{\"members\": [{\"host\": 7, \"name\": [], \"role\": {}}]}"));
  }

  @Test
  void answer_thatIsNestedTooDeep_isPassedOver() throws IOException {
    isPassedOver(body("[".repeat(1_000_000)));
    isPassedOver(body("{\"members\": " + "[".repeat(900_000)));
  }

  @Test
  void bracketsInTexts_areNoNesting() throws IOException {
    String named = GOOD.replace("n1", "\\\"" + "[{".repeat(100));
    assertThat(listed(source(new Node(body(named))))).containsExactly("h1:5432");
  }

  @Test
  void node_thatHangs_isNotWaitedFor_andIsAskedLastFromThenOn() throws IOException {
    Node hung = new Node(body(GOOD));
    Node good = new Node(body(GOOD));
    PatroniSource source = source(hung, good);
    assertThat(listed(source)).hasSize(1);
    assertThat(good.asked).hasValue(0);
    hung.answer = hung::hang;

    assertThat(listed(source)).hasSize(1);
    assertThat(listed(source)).hasSize(1);

    assertThat(good.asked).hasValue(2);
    assertThat(hung.asked).as("once when it was well, and once when it hung").hasValue(2);
  }

  @Test
  void node_thatDrips_endsWithItsTime() throws IOException {
    Node dripping = new Node(body(GOOD));
    PatroniSource source = source(dripping);
    assertThat(listed(source)).hasSize(1);
    dripping.answer = dripping::drip;

    assertThatThrownBy(() -> listed(source))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no answer within");
  }

  /** In a young JVM, TLS alone may take that long to start. */
  @Test
  void firstAnswer_mayTakeLongerThanLaterOnes() throws IOException {
    Node slow = new Node(body(GOOD));
    slow.answer =
        out -> {
          slow.closed.await(PatroniSource.TIMEOUT_MILLIS + 500, TimeUnit.MILLISECONDS);
          body(GOOD).to(out);
        };
    PatroniSource source = source(slow);

    assertThat(listed(source)).hasSize(1);
    assertThatThrownBy(() -> listed(source)).hasMessageContaining("no answer within 2000 ms");
  }

  @Test
  void member_thatMakesNoSense_isPassedOver_unlessItIsTheLeader() throws IOException {
    String other = ", {\"name\": \"n2\", \"role\": \"%s\", \"host\": \"h2\", \"port\": 0}]}";
    String members = GOOD.substring(0, GOOD.length() - 2);
    assertThat(listed(source(new Node(body(members + other.formatted("replica"))))))
        .containsExactly("h1:5432");
    Node odd = new Node(body(members + other.formatted("leader")));
    assertThatThrownBy(() -> listed(source(odd))).isInstanceOf(IOException.class);
  }
}
