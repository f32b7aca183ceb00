package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.BatonUrl;
import io.baton.jdbc.options.MaxLag;
import io.baton.jdbc.options.ReaderScope;
import io.baton.routing.Cluster;
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

  SessionReaders(BatonUrl url, Cluster cluster, ReaderChoices choices, Opener opener) {
    this.cluster = cluster;
    this.opener = opener;
    this.choice = choices.of(url);
    this.maxLag = url.option(BatonOption.MAX_LAG);
    this.scope = url.readerScope().orElse(null);
  }

  /** To which readers the sessions are restricted, for people; null if to none. */
  @Nullable String scope() {
    return scope == null ? null : scope.toString();
  }

  /** Whether the sessions may be on a reader at all. */
  boolean admit(EndpointState reader) {
    return scope == null || scope.group().contains(reader.endpoint());
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

  /** Opens a connection to one; empty if there is none that can be reached and would do. */
  Optional<SessionConnection> open(RecoveryLimits limits) {
    Set<Endpoint> tried = new HashSet<>();
    for (; ; ) {
      Optional<EndpointState> chosen =
          choice.choose(
              cluster.topology(),
              reader -> admit(reader) && isFresh(reader) && !tried.contains(reader.endpoint()));
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
      } catch (SQLException failure) {
        reliability.refused(failure);
        cluster.reportFailure(reader, failure);
      } catch (RuntimeException unexpected) {
        reliability.refused(unexpected);
        throw unexpected;
      }
    }
  }

  /** Whether a session may go on with the one it has. */
  boolean keep(SessionConnection connection) {
    Endpoint present = connection.physical().endpoint();
    return choice.keeps(
        present,
        cluster.topology(),
        reader ->
            isFresh(reader)
                && (reader.endpoint().equals(present) || (admit(reader) && isTrusted(reader))));
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
