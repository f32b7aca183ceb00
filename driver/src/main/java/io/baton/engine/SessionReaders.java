package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.BatonUrl;
import io.baton.jdbc.options.MaxLag;
import io.baton.jdbc.options.ReaderScope;
import io.baton.routing.Cluster;
import io.baton.routing.select.Needs;
import io.baton.routing.select.ReaderChoice;
import io.baton.routing.select.Reliability;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The readers of a cluster as the sessions of one URL choose among them: those of their group, that
 * are not further behind than they allow.
 *
 * <p>Thread-safe.
 */
final class SessionReaders {

  private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);

  /** Opens a connection to a reader. */
  @FunctionalInterface
  interface Opener {
    /** Opens it within limits. */
    SessionConnection open(Endpoint reader, RecoveryLimits limits) throws SQLException;
  }

  private final Cluster cluster;
  private final Opener opener;
  private final ReaderChoice choice;
  private final MaxLag maxLag;
  private final @Nullable ReaderScope scope;
  private final ReaderNeeds needs;

  SessionReaders(BatonUrl url, Cluster cluster, ReaderChoices choices, Opener opener) {
    this.cluster = cluster;
    this.opener = opener;
    this.choice = choices.of(url);
    this.maxLag = url.option(BatonOption.MAX_LAG);
    this.scope = url.readerScope().orElse(null);
    this.needs = new ReaderNeeds(url, cluster);
  }

  /** To which readers the sessions are restricted, for people; null if to none. */
  @Nullable String scope() {
    String needed = needs.description();
    if (scope == null) {
      return needed;
    }
    return needed == null ? scope.toString() : scope + ", " + needed;
  }

  /** What a server must have that they read from. */
  ReaderNeeds needs() {
    return needs;
  }

  /** Whether the sessions may be on a reader at all. */
  boolean admit(EndpointState reader) {
    return admit(reader, Needs.NONE);
  }

  private boolean admit(EndpointState reader, Needs more) {
    return (scope == null || scope.group().contains(reader.endpoint()))
        && needs.areMetBy(reader, more);
  }

  /** Whether there is any, as far as is known. */
  boolean exist() {
    List<EndpointState> all = cluster.topology().readers();
    for (int i = 0; i < all.size(); i++) {
      if (admit(all.get(i))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Opens a connection to one; empty if there is none that can be reached and would do.
   *
   * @throws RebuildRefused if it is of other data than the session
   */
  Optional<SessionConnection> open(RecoveryLimits limits) throws RebuildRefused {
    return open(limits, Needs.NONE);
  }

  /**
   * Opens a connection to one.
   *
   * @param more what it must have besides
   * @throws RebuildRefused if it is of other data than the session
   */
  Optional<SessionConnection> open(RecoveryLimits limits, Needs more) throws RebuildRefused {
    Set<Endpoint> tried = new HashSet<>();
    for (; ; ) {
      Optional<EndpointState> chosen =
          choice.choose(
              cluster.topology(),
              reader ->
                  admit(reader, more) && isFresh(reader) && !tried.contains(reader.endpoint()));
      if (chosen.isEmpty()) {
        return Optional.empty();
      }
      Endpoint reader = chosen.get().endpoint();
      tried.add(reader);
      Reliability reliability = cluster.load(reader).reliability();
      if (!reliability.admits()) {
        continue;
      }
      try {
        SessionConnection connection = opener.open(reader, limits);
        reliability.opened();
        return Optional.of(connection);
      } catch (RebuildRefused ofOtherData) {
        reliability.opened();
        throw ofOtherData;
      } catch (SQLException failure) {
        reliability.refused(failure);
        cluster.reportFailure(reader, failure);
      } catch (RuntimeException unexpected) {
        reliability.refused(unexpected);
        throw unexpected;
      }
    }
  }

  /**
   * Whether a session may go on with the one it has.
   *
   * @param more what it must have besides
   */
  boolean keep(SessionConnection connection, Needs more) {
    Endpoint present = connection.physical().endpoint();
    return choice.keeps(
        present,
        cluster.topology(),
        reader ->
            isFresh(reader)
                && (reader.endpoint().equals(present)
                    ? needs.areMetBy(reader, more)
                    : admit(reader, more) && isTrusted(reader)));
  }

  private boolean isTrusted(EndpointState reader) {
    return cluster.load(reader.endpoint()).reliability().isTrusted();
  }

  private boolean isFresh(EndpointState reader) {
    if (maxLag == MaxLag.NONE) {
      return true;
    }
    Duration behind = reader.replayLag();
    return maxLag.admits(
        behind == null ? FOR_EVER : behind, reader.lagBytes().orElse(Long.MAX_VALUE));
  }
}
