package io.baton.routing.source;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import io.baton.routing.monitor.EndpointSource;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointListing;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.ScheduledSwitchover;
import io.baton.routing.topology.Topology;
import io.baton.routing.topology.WriterLease;
import io.baton.routing.topology.WriterLease.AtItsEnd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Patroni's REST interface: {@code GET /cluster} of any node that answers lists the members, with
 * their connection addresses (Patroni's manual, "REST API").
 *
 * <p>The addresses of the members' own interfaces are learnt from the answer, so that it is enough
 * if one of those that are given answers at the start. A member that is tagged {@code
 * noloadbalance} is not read from; one that Patroni does not call running is listed all the same,
 * since its own monitor sees better how it is.
 *
 * <p>The leader that it names is the only one that may be written to: {@link WriterLease}, for as
 * long as Patroni's own leader key lives ({@code ttl} of {@code GET /config}, {@value
 * #DEFAULT_TTL_SECONDS} s if that cannot be read).
 *
 * <ul>
 *   <li>An answer that names nobody leaves the leader that was named before until its key has run
 *       out, or for as long as Patroni is paused, since it demotes nobody then.
 *   <li>No answer at all leaves the leader that was named last, however long: the interface may be
 *       gone while the database is well. If that leader is lost, too, and its time is over, servers
 *       say who is the writer.
 * </ul>
 *
 * <p>A switchover that is scheduled ({@code scheduled_switchover}) is announced to the cluster.
 *
 * <p>HTTPS is verified as everywhere in the JVM. An answer has to come within {@value
 * #TIMEOUT_MILLIS} ms and may have {@value #MOST_BYTES} bytes; redirections are not followed.
 */
public final class PatroniSource implements EndpointSource {

  static final int TIMEOUT_MILLIS = 2000;
  static final int MOST_BYTES = 1 << 20;
  static final int DEFAULT_TTL_SECONDS = 30;

  private static final Logger log = LoggerFactory.getLogger(PatroniSource.class);

  private final List<URI> given;
  private final LongSupplier nanoTime;
  private Set<URI> learnt = Set.of();

  /** How long the leader key lives; null if it was not asked for yet. */
  private @Nullable Duration ttl;

  /** The leader that was named last; null if none was. */
  private @Nullable Endpoint leader;

  /** The nanosecond clock before it was. */
  private long namedAt;

  /** The scheduled switchover that was last found to make no sense; empty if none was. */
  private String senseless = "";

  /** The request that is under way; null if there is none. */
  private volatile @Nullable HttpURLConnection request;

  private volatile boolean closed;

  /**
   * Makes a source.
   *
   * @param addresses where the interface is, at one node or several: {@code http://host:8008}
   */
  public PatroniSource(List<URI> addresses) {
    this(addresses, System::nanoTime);
  }

  /** Makes a source that measures by a clock. */
  PatroniSource(List<URI> addresses, LongSupplier nanoTime) {
    this.given = List.copyOf(addresses);
    this.nanoTime = nanoTime;
  }

  @Override
  public String description() {
    return "Patroni at " + given.stream().map(URI::toString).collect(Collectors.joining(", "));
  }

  @Override
  public boolean grantsLeases() {
    return true;
  }

  @Override
  public boolean isDispensable() {
    return true;
  }

  @Override
  public EndpointListing list(Topology known) throws IOException {
    Set<URI> addresses = new LinkedHashSet<>(learnt);
    addresses.addAll(given);
    IOException first = null;
    for (URI address : addresses) {
      refuseIfClosed();
      try {
        long askedAt = nanoTime.getAsLong();
        return read(get(address.resolve("/cluster")), address, askedAt);
      } catch (IOException failure) {
        if (first == null) {
          first = failure;
        } else {
          first.addSuppressed(failure);
        }
      }
    }
    throw first == null ? new IOException("there is no address to ask") : first;
  }

  private String get(URI address) throws IOException {
    long deadline = System.nanoTime() + Duration.ofMillis(TIMEOUT_MILLIS).toNanos();
    URLConnection connection = address.toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    connection.setUseCaches(false);
    if (!(connection instanceof HttpURLConnection http)) {
      throw new IOException(address + " is not an HTTP address");
    }
    http.setInstanceFollowRedirects(false);
    request = http;
    try {
      refuseIfClosed();
      int status = http.getResponseCode();
      if (status != HttpURLConnection.HTTP_OK) {
        throw new IOException(address + " answers with status " + status);
      }
      try (InputStream in = http.getInputStream()) {
        return text(in, address, deadline);
      }
    } finally {
      request = null;
      http.disconnect();
    }
  }

  private void refuseIfClosed() throws IOException {
    if (closed) {
      throw new IOException("the cluster is closed");
    }
  }

  private static String text(InputStream in, URI address, long deadline) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      bytes.write(buffer, 0, read);
      if (bytes.size() > MOST_BYTES) {
        throw new IOException(address + " answers with more than " + MOST_BYTES + " bytes");
      }
      if (System.nanoTime() - deadline > 0) {
        throw new IOException(address + " has not answered within " + TIMEOUT_MILLIS + " ms");
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private EndpointListing read(String answer, URI address, long askedAt) throws IOException {
    List<ListedEndpoint> endpoints = new ArrayList<>();
    Set<URI> interfaces = new LinkedHashSet<>();
    Map<String, Endpoint> byName = new HashMap<>();
    ScheduledSwitchover planned;
    Endpoint named = null;
    boolean paused;
    try {
      JsonObject cluster = JsonParser.object().from(answer);
      paused = cluster.getBoolean("pause", false);
      JsonArray members = cluster.getArray("members", new JsonArray());
      for (int i = 0; i < members.size(); i++) {
        JsonObject member = members.getObject(i);
        String host = member.getString("host");
        if (host != null) {
          ListedEndpoint listed = listed(member, host);
          endpoints.add(listed);
          byName.put(member.getString("name", ""), listed.endpoint());
          if (isLeader(member)) {
            named = listed.endpoint();
          }
          interfaceOf(member, address, interfaces);
        }
      }
      planned = planned(cluster.getObject("scheduled_switchover"), byName);
    } catch (JsonParserException | IllegalArgumentException | ClassCastException malformed) {
      throw new IOException(
          address + " does not answer as Patroni does: " + malformed.getMessage(), malformed);
    }
    if (endpoints.isEmpty()) {
      throw new IOException(address + " lists no member with an address");
    }
    learnt = interfaces;
    if (named != null) {
      leader = named;
      namedAt = askedAt;
    }
    return new EndpointListing(
        endpoints, lease(named, paused, endpoints, address), Map.of(), planned);
  }

  /** The switchover that is scheduled; null if there is none, or what is said makes no sense. */
  private @Nullable ScheduledSwitchover planned(
      @Nullable JsonObject scheduled, Map<String, Endpoint> byName) {
    if (scheduled == null) {
      return null;
    }
    String to = scheduled.getString("to");
    try {
      Endpoint candidate = to == null ? null : byName.get(to);
      if (to != null && candidate == null) {
        throw new IllegalArgumentException("no member is named " + to);
      }
      return ScheduledSwitchover.at(candidate, scheduled.getString("at", ""));
    } catch (IllegalArgumentException makesNoSense) {
      if (!senseless.equals(scheduled.toString())) {
        senseless = scheduled.toString();
        log.warn(
            "Patroni's scheduled switchover {} is ignored: {}",
            senseless,
            makesNoSense.getMessage());
      }
      return null;
    }
  }

  private WriterLease lease(
      @Nullable Endpoint named, boolean paused, List<ListedEndpoint> endpoints, URI address) {
    if (named != null) {
      return new WriterLease(named, ttl(address), AtItsEnd.HOLDER_GOES_ON);
    }
    Endpoint before = leader;
    if (before == null) {
      return new WriterLease(endpoints.get(0).endpoint(), Duration.ZERO); // Nobody holds it.
    }
    return paused
        ? WriterLease.untilAnotherIsNamed(before)
        : new WriterLease(before, ttl(address).minusNanos(nanoTime.getAsLong() - namedAt));
  }

  private Duration ttl(URI address) {
    Duration known = ttl;
    if (known == null) {
      known = askForTtl(address);
      ttl = known;
    }
    return known;
  }

  private Duration askForTtl(URI address) {
    int seconds = DEFAULT_TTL_SECONDS;
    try {
      JsonObject config = JsonParser.object().from(get(address.resolve("/config")));
      seconds = config.getInt("ttl", DEFAULT_TTL_SECONDS);
    } catch (IOException | JsonParserException unread) {
      log.debug("{} does not say how long a leader key lives", address, unread);
    }
    return Duration.ofSeconds(seconds > 0 ? seconds : DEFAULT_TTL_SECONDS);
  }

  private static boolean isLeader(JsonObject member) {
    return "leader".equals(member.getString("role"));
  }

  private static ListedEndpoint listed(JsonObject member, String host) {
    JsonObject tags = member.getObject("tags", new JsonObject());
    boolean shunned = !isLeader(member) && tags.getBoolean("noloadbalance", false);
    return new ListedEndpoint(
        new Endpoint(host, member.getInt("port", Endpoint.DEFAULT_PORT)),
        ListedEndpoint.DEFAULT_WEIGHT,
        tags.getString("zone"),
        shunned,
        texts(tags));
  }

  private static Map<String, String> texts(JsonObject tags) {
    Map<String, String> texts = new HashMap<>();
    tags.forEach(
        (name, value) -> {
          if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            texts.put(name, value.toString());
          }
        });
    return texts;
  }

  /** Learns only what is asked as safely as the one who told it. */
  private static void interfaceOf(JsonObject member, URI teller, Set<URI> interfaces) {
    String address = member.getString("api_url");
    if (address != null) {
      try {
        URI uri = new URI(address);
        if (teller.getScheme().equals(uri.getScheme())
            && uri.getHost() != null
            && uri.getUserInfo() == null) {
          interfaces.add(uri);
        }
      } catch (URISyntaxException ignored) {
        return; // The addresses that were given are left.
      }
    }
  }

  /**
   * Ends a request that waits for its answer; while it is connected, its own time limit ends it.
   */
  @Override
  public void close() {
    closed = true;
    HttpURLConnection present = request;
    if (present != null) {
      present.disconnect();
    }
  }
}
