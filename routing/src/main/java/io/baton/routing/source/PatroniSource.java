package io.baton.routing.source;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import io.baton.routing.monitor.EndpointSource;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointListing;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.ScheduledSwitchover;
import io.baton.routing.topology.Topology;
import io.baton.routing.topology.WriterLease;
import io.baton.routing.topology.WriterLease.AtItsEnd;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
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
 * #TIMEOUT_MILLIS} ms (the first one within {@value PatroniRequests#FIRST_TIMEOUT_MILLIS} ms) and
 * may have {@value #MOST_BYTES} bytes; redirections are not followed. The address that answered
 * last is asked first, and the others beside it if it does not answer at once ({@link
 * PatroniRequests}).
 */
public final class PatroniSource implements EndpointSource {

  static final int TIMEOUT_MILLIS = 2000;
  static final int MOST_BYTES = 1 << 20;
  static final int DEEPEST = 32;
  static final int DEFAULT_TTL_SECONDS = 30;

  private static final String CLUSTER = "/cluster";

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

  /** The members that were passed over last. */
  private Set<String> told = Set.of();

  /** Who gave the last good answer; null if nobody did. */
  private @Nullable URI answered;

  private final PatroniRequests requests;

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
    this.requests = new PatroniRequests(nanoTime, Environment.system().threads());
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
    Set<URI> addresses = new LinkedHashSet<>();
    learnt.forEach(address -> addresses.add(address.resolve(CLUSTER)));
    given.forEach(address -> addresses.add(address.resolve(CLUSTER)));
    List<URI> inOrder = new ArrayList<>(addresses);
    inOrder.sort(Comparator.comparing(address -> !address.equals(answered)));
    return requests.first(inOrder, this::read);
  }

  /** The parser calls itself for each level, and its stack has an end. */
  private static String requireShallow(String json) {
    int depth = 0;
    boolean quoted = false;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (quoted) {
        i += c == '\\' ? 1 : 0;
        quoted = c != '"';
      } else if (c == '"') {
        quoted = true;
      } else if (c == '[' || c == '{') {
        depth++;
      } else if (c == ']' || c == '}') {
        depth--;
      }
      if (depth > DEEPEST) {
        throw new IllegalArgumentException("it is nested more than " + DEEPEST + " deep");
      }
    }
    return json;
  }

  private EndpointListing read(String answer, URI address, long askedAt) throws IOException {
    List<ListedEndpoint> endpoints = new ArrayList<>();
    Set<URI> interfaces = new LinkedHashSet<>();
    Map<String, Endpoint> byName = new HashMap<>();
    ScheduledSwitchover planned;
    Endpoint named = null;
    boolean paused;
    Set<String> passedOver = new LinkedHashSet<>();
    try {
      JsonObject cluster = JsonParser.object().from(requireShallow(answer));
      paused = cluster.getBoolean("pause", false);
      JsonArray members = cluster.getArray("members", new JsonArray());
      for (int i = 0; i < members.size(); i++) {
        JsonObject member = members.getObject(i);
        String host = member.getString("host");
        ListedEndpoint listed = host == null ? null : sensible(member, host, passedOver);
        if (listed != null) {
          endpoints.add(listed);
          byName.put(member.getString("name", ""), listed.endpoint());
          if (isLeader(member)) {
            named = listed.endpoint();
          }
          interfaceOf(member, address, interfaces);
        }
      }
      planned = planned(cluster.getObject("scheduled_switchover"), byName);
    } catch (JsonParserException | RuntimeException malformed) {
      throw new IOException(address + " does not answer as Patroni does: " + malformed, malformed);
    }
    if (endpoints.isEmpty()) {
      throw new IOException(address + " lists no member with an address");
    }
    tell(passedOver);
    learnt = interfaces;
    answered = address;
    if (named != null) {
      leader = named;
      namedAt = askedAt;
    }
    return new EndpointListing(
        endpoints, lease(named, paused, endpoints, address), Map.of(), planned);
  }

  /** One member that makes no sense must not hide the others, unless it is the leader. */
  private static @Nullable ListedEndpoint sensible(
      JsonObject member, String host, Set<String> passedOver) {
    try {
      return listed(member, host);
    } catch (IllegalArgumentException malformed) {
      if (isLeader(member)) {
        throw malformed;
      }
      passedOver.add(member.getString("name", "") + ": " + malformed.getMessage());
      return null;
    }
  }

  private void tell(Set<String> passedOver) {
    if (!passedOver.equals(told)) {
      told = Set.copyOf(passedOver);
      if (!passedOver.isEmpty()) {
        log.warn("Members that Patroni lists are passed over: {}", String.join("; ", passedOver));
      }
    }
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
      seconds =
          requests.first(List.of(address.resolve("/config")), (text, from, at) -> seconds(text));
    } catch (IOException unread) {
      log.debug("{} does not say how long a leader key lives", address, unread);
    }
    return Duration.ofSeconds(seconds > 0 ? seconds : DEFAULT_TTL_SECONDS);
  }

  private static int seconds(String config) throws IOException {
    try {
      return JsonParser.object().from(requireShallow(config)).getInt("ttl", DEFAULT_TTL_SECONDS);
    } catch (JsonParserException malformed) {
      throw new IOException(malformed);
    }
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

  /** Ends requests that wait for an answer; while one is connected, its own time limit ends it. */
  @Override
  public void close() {
    requests.close();
  }
}
