package io.baton.routing.topology;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoints a cluster has, as its URL or its source lists them. Immutable.
 *
 * @param members the endpoints
 * @param listing what is to be known of the list
 * @param lease who may be written to; null where no lease is granted, and then none is needed
 * @param leaseUnknown whether a lease may have been granted, and the source has not said so yet
 * @param lags how far behind readers were when the source was asked, if it says so
 * @param askedAt the nanosecond clock when the source was asked
 */
record MemberList(
    List<ListedEndpoint> members,
    Topology.Listing listing,
    @Nullable WriterLease lease,
    boolean leaseUnknown,
    Map<Endpoint, Duration> lags,
    long askedAt) {

  /** The list before a source was asked. */
  static MemberList ofUrl(
      List<Endpoint> endpoints, Topology.Listing listing, boolean leaseUnknown) {
    List<ListedEndpoint> members = endpoints.stream().map(ListedEndpoint::of).toList();
    return new MemberList(members, listing, null, leaseUnknown, Map.of(), 0);
  }

  /** The list that a source gave. */
  static MemberList of(EndpointListing given, long askedAt, String account) {
    return new MemberList(
        given.endpoints(),
        new Topology.Listing(false, account),
        given.lease(),
        false,
        given.lags(),
        askedAt);
  }

  /**
   * The same, as the source could not be asked again.
   *
   * @param leaseIsNeeded whether nobody may be written to before it has answered for the first time
   */
  MemberList withAccount(String account, boolean leaseIsNeeded) {
    return new MemberList(
        members,
        new Topology.Listing(false, account),
        lease,
        leaseUnknown && leaseIsNeeded,
        lags,
        askedAt);
  }

  /**
   * The same with other endpoints.
   *
   * @param leaves whether the cluster is left that the source lists: then its leases do not count
   */
  MemberList succeeded(List<ListedEndpoint> endpoints, boolean leaves) {
    return leaves
        ? new MemberList(endpoints, Topology.Listing.OF_THE_URL, null, false, Map.of(), 0)
        : new MemberList(endpoints, listing, lease, leaseUnknown, lags, askedAt);
  }

  /** Whether a source gave the list. */
  boolean isOfSource() {
    return !listing.account().isEmpty();
  }

  boolean contains(Endpoint endpoint) {
    return members.stream().anyMatch(member -> member.endpoint().equals(endpoint));
  }

  /** How long the lease holds from now on; null if none was granted. */
  @Nullable Duration leaseLeft(long now) {
    return lease == null ? null : lease.left().minusNanos(now - askedAt);
  }

  /** Whether a lease was granted and has run out, so that nobody may be written to. */
  boolean isLeaseOver(long now) {
    return lease != null && lease.endsTheWriter() && isTimeOver(lease, now);
  }

  private boolean isTimeOver(WriterLease granted, long now) {
    return now - (askedAt + granted.left().toNanos()) >= 0;
  }

  /**
   * Whether an endpoint holds the lease of the writer, or none is needed.
   *
   * @param holderIsLost whether the holder does not answer
   */
  boolean isLeased(Endpoint endpoint, long now, boolean holderIsLost) {
    if (lease == null) {
      return !leaseUnknown;
    }
    return isWithoutWord(now, holderIsLost)
        || (!isLeaseOver(now) && lease.holder().equals(endpoint));
  }

  /**
   * Whether the source is silent and whom it named last is lost, so that servers say who writes.
   */
  boolean isWithoutWord(long now, boolean holderIsLost) {
    return lease != null && !lease.endsTheWriter() && holderIsLost && isTimeOver(lease, now);
  }

  /** Whom the source named last as the writer; null if it did not. */
  @Nullable Endpoint holder() {
    return lease == null ? null : lease.holder();
  }

  /** What was so far behind then cannot be further behind now than that and the time since. */
  Health withListedLag(Endpoint endpoint, Health health, long now) {
    Duration lag = lags.get(endpoint);
    return lag == null ? health : health.withReplayLag(lag.plusNanos(now - askedAt));
  }
}
