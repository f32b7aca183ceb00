package io.baton.engine;

import io.baton.jdbc.pgjdbc.PgConnector;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.topology.Endpoint;
import io.baton.session.Baseline;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One way to log in, with the sessions that do so and the connections that wait for them: see
 * {@link WarmConnections}.
 *
 * <p>Guarded by the lock of those; sessions join and leave without it.
 */
final class WarmLogin {

  /** A session that has made no call for longer than this may wait for a login. */
  private static final Duration IN_USE = Duration.ofSeconds(30);

  private static final Duration FIRST_BACKOFF = Duration.ofSeconds(10);
  private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(5);

  /**
   * Few connections, a password or role that is refused, a database that is not there, a pooler:
   * what a server says of these, it says again for a while.
   */
  private static final Set<String> FOR_LONG =
      Set.of(
          "53300",
          "28000",
          "28P01",
          "3D000",
          "42501",
          WarmConnection.POOLER,
          WarmConnection.TRIGGER);

  /**
   * A way to log in.
   *
   * @param most how many may wait at each standby
   * @param properties what a connection is opened with, besides the credentials
   * @param beginning what asks a connection to an address what it began with
   */
  record Way(
      int most,
      Properties properties,
      PgConnector connector,
      Function<Endpoint, PhysicalConnection.Work<Baseline>> beginning) {

    /** What makes one connection as good as another. */
    Key key() {
      Properties copy = new Properties();
      copy.putAll(properties);
      return new Key(copy, connector.credentials());
    }
  }

  /** Ways to log in with equal keys lead to connections that are alike. */
  record Key(Properties properties, Object credentials) {

    // By hand: what Java makes of a record is linked when it is first used, which takes a young JVM
    // long.

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key that
          && properties.equals(that.properties)
          && credentials.equals(that.credentials);
    }

    @Override
    public int hashCode() {
      return properties.hashCode();
    }

    @Override
    public String toString() {
      return "login"; // Its properties hold a password.
    }
  }

  /** A session, as far as it is known here. */
  @FunctionalInterface
  interface Caller {

    /** Whether its last call was made within this time. */
    boolean hasCalledWithin(Duration time);
  }

  /** Until when, by {@link System#nanoTime}, none is opened, and for how long that was. */
  private record Backoff(long until, Duration length) {

    static Backoff after(@Nullable Backoff before) {
      Duration length = before == null ? FIRST_BACKOFF : before.length().multipliedBy(2);
      return of(length.compareTo(LONGEST_BACKOFF) > 0 ? LONGEST_BACKOFF : length);
    }

    static Backoff of(Duration length) {
      return new Backoff(System.nanoTime() + length.toNanos(), length);
    }
  }

  private final Way way;
  private final List<WarmConnection> connections = new ArrayList<>();
  private final Map<Endpoint, Backoff> backoffs = new HashMap<>();

  /** How many each of those who share it wants at the most. */
  private final List<Integer> shares = new ArrayList<>();

  private final Set<Caller> callers = ConcurrentHashMap.newKeySet();

  WarmLogin(Way way) {
    this.way = way;
  }

  Way way() {
    return way;
  }

  /** The connections that wait. */
  List<WarmConnection> connections() {
    return connections;
  }

  /** One more logs in so. */
  void shared(Integer most) {
    shares.add(most);
  }

  /** One of them is done; returns whether it was the last. */
  boolean isLastShare(Integer most) {
    return shares.remove(most) && shares.isEmpty();
  }

  boolean isShared() {
    return !shares.isEmpty();
  }

  /** A session begins. */
  void join(Caller caller) {
    callers.add(caller);
  }

  /** A session has ended. */
  void leave(Caller caller) {
    callers.remove(caller);
  }

  /** How many may wait at each standby, those of other logins of the program included. */
  int most() {
    return shares.stream().mapToInt(Integer::intValue).max().orElse(0);
  }

  /** How many are wanted at each standby: for the sessions that make calls. */
  int wanted() {
    int most = most();
    long inUse = callers.stream().filter(caller -> caller.hasCalledWithin(IN_USE)).count();
    return (int) Math.min(most, inUse);
  }

  long count(Endpoint endpoint) {
    return connections.stream().filter(one -> one.endpoint().equals(endpoint)).count();
  }

  /** The server ended it: where {@code idle_session_timeout} does, not every one is replaced. */
  void ended(WarmConnection one) {
    Backoff before = backoffs.get(one.endpoint());
    boolean isYoung = one.age().compareTo(LONGEST_BACKOFF) < 0;
    backoffs.put(one.endpoint(), Backoff.after(isYoung ? before : null));
  }

  /**
   * None is to be opened there for a while.
   *
   * @param refused why; null if a session needs the place
   */
  void backOff(Endpoint endpoint, @Nullable SQLException refused) {
    String state = refused == null ? null : refused.getSQLState();
    boolean isForLong = state != null && FOR_LONG.contains(state);
    Backoff next = isForLong ? Backoff.of(LONGEST_BACKOFF) : Backoff.after(backoffs.get(endpoint));
    backoffs.put(endpoint, next);
  }

  boolean isPaused(Endpoint endpoint) {
    Backoff backoff = backoffs.get(endpoint);
    return backoff != null && System.nanoTime() - backoff.until() < 0;
  }
}
