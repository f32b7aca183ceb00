package io.baton.routing.topology;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An immutable snapshot of a cluster: which endpoint is what, as far as is known.
 *
 * <p>Later snapshots have higher versions. Reading one takes no lock and allocates nothing. {@link
 * TopologyRules} makes them.
 */
public final class Topology {

  private final long version;
  private final Instant takenAt;
  private final List<EndpointState> endpoints;
  private final Optional<EndpointState> writer;
  private final List<EndpointState> readers;
  private final @Nullable Endpoint incumbent;
  private final Set<Instant> refused;
  private final @Nullable WriterOfTimeline writerOfTimeline;
  private final @Nullable Long systemIdentifier;
  private final long timeline;
  private final boolean complete;
  private final boolean settled;
  private final Listing listing;

  /**
   * What is to be known of the list of endpoints.
   *
   * @param isAwaited whether it has not been seen for the first time yet
   * @param account how old it is and why, for people; empty if the endpoints are those of the URL
   */
  public record Listing(boolean isAwaited, String account) {

    /** The endpoints are those of the URL. */
    public static final Listing OF_THE_URL = new Listing(false, "");
  }

  Topology(
      long version,
      Instant takenAt,
      List<EndpointState> endpoints,
      @Nullable EndpointState writer,
      @Nullable Endpoint incumbent,
      Set<Instant> refused,
      @Nullable WriterOfTimeline writerOfTimeline,
      @Nullable Long systemIdentifier,
      long timeline,
      Listing listing,
      boolean wasSettled) {
    this.listing = listing;
    this.version = version;
    this.takenAt = takenAt;
    this.endpoints = List.copyOf(endpoints);
    this.writer = Optional.ofNullable(writer);
    this.readers =
        this.endpoints.stream()
            .filter(state -> state.role() == Role.READER && state.isUsable())
            .toList();
    this.incumbent = incumbent;
    this.refused = Set.copyOf(refused);
    this.writerOfTimeline = writerOfTimeline;
    this.systemIdentifier = systemIdentifier;
    this.timeline = timeline;
    this.complete =
        !listing.isAwaited()
            && this.endpoints.stream()
                .allMatch(state -> state.availability() != Availability.UNPROBED);
    this.settled = complete || wasSettled;
  }

  /** The snapshot before anything was asked. */
  public static Topology unprobed(List<ListedEndpoint> endpoints, Listing listing, Instant now) {
    return new Topology(
        0,
        now,
        endpoints.stream().map(EndpointState::unprobed).toList(),
        null,
        null,
        Set.of(),
        null,
        null,
        0,
        listing,
        false);
  }

  /** The number of this snapshot; the first is 0. */
  public long version() {
    return version;
  }

  /** When this snapshot was made. */
  public Instant takenAt() {
    return takenAt;
  }

  /** All endpoints in the order of their list. */
  public List<EndpointState> endpoints() {
    return endpoints;
  }

  /** The one server to write to, if it is known and answers. */
  public Optional<EndpointState> writer() {
    return writer;
  }

  /** The endpoint that is the writer or was the last one; null if there never was one. */
  @Nullable Endpoint incumbent() {
    return incumbent;
  }

  /** When servers were started that claim to write while the incumbent is in office. */
  Set<Instant> refused() {
    return refused;
  }

  /** Who writes the timeline, as far as is known; null if nothing is. */
  @Nullable WriterOfTimeline writerOfTimeline() {
    return writerOfTimeline;
  }

  /** The standbys that answer and are not being drained. */
  public List<EndpointState> readers() {
    return readers;
  }

  /** What is known of one endpoint; empty if it is not of this cluster. */
  public Optional<EndpointState> state(Endpoint endpoint) {
    for (EndpointState state : endpoints) {
      if (state.endpoint().equals(endpoint)) {
        return Optional.of(state);
      }
    }
    return Optional.empty();
  }

  /** The system identifier that all servers of this cluster share; empty until one has answered. */
  public Optional<Long> systemIdentifier() {
    return Optional.ofNullable(systemIdentifier);
  }

  /**
   * The highest timeline that this cluster is known to have reached, 0 if none is: that of the
   * writer, and of no server that was promoted beside it.
   */
  public long timeline() {
    return timeline;
  }

  /** Whether every endpoint has been asked and has answered or failed at least once. */
  public boolean isComplete() {
    return complete;
  }

  /** Whether this one, or one before it, was complete. */
  public boolean isSettled() {
    return settled;
  }

  /** Whether a writer is known and answers. */
  public boolean hasWriter() {
    return writer.isPresent();
  }

  /** The endpoints that have neither answered nor failed so far. */
  public List<Endpoint> unheard() {
    return endpoints.stream()
        .filter(state -> state.availability() == Availability.UNPROBED)
        .map(EndpointState::endpoint)
        .toList();
  }

  /** Whether the list of endpoints has not been seen for the first time yet. */
  public boolean isListAwaited() {
    return listing.isAwaited();
  }

  boolean differsInSubstance(Topology other) {
    if (endpoints.size() != other.endpoints.size()) {
      return true;
    }
    for (int i = 0; i < endpoints.size(); i++) {
      if (endpoints.get(i).differsInSubstance(other.endpoints.get(i))) {
        return true;
      }
    }
    return !writer.map(EndpointState::endpoint).equals(other.writer.map(EndpointState::endpoint));
  }

  /** One line for each endpoint, for error messages and logs. */
  public String describe() {
    String states =
        endpoints.stream()
            .map(state -> state.describe(takenAt))
            .collect(Collectors.joining(System.lineSeparator()));
    return listing.account().isEmpty()
        ? states
        : states + System.lineSeparator() + listing.account();
  }

  @Override
  public String toString() {
    return "Topology " + version + ": " + describe().replace(System.lineSeparator(), "; ");
  }
}
