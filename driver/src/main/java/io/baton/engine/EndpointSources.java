package io.baton.engine;

import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.BatonUrl;
import io.baton.jdbc.options.TopologySource;
import io.baton.routing.monitor.Connector;
import io.baton.routing.monitor.EndpointSource;
import io.baton.routing.source.AuroraFunction;
import io.baton.routing.source.DnsSource;
import io.baton.routing.source.EndpointTable;
import io.baton.routing.source.PatroniSource;
import io.baton.routing.source.QuerySource;
import io.baton.routing.source.RdsMultiAzFunction;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.ServerKind;
import java.net.URI;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Where the endpoints of a URL's cluster are listed ({@code baton.topology}). */
final class EndpointSources {

  private static final int PATRONI_PORT = 8008;

  private EndpointSources() {}

  /** Makes the source when it is needed; null if the URL itself is the list. */
  static @Nullable Function<Connector, EndpointSource> of(BatonUrl url) {
    List<Endpoint> seeds = url.endpoints();
    return switch (url.option(BatonOption.TOPOLOGY)) {
      case PROBE -> null;
      case PATRONI -> connector -> new PatroniSource(patroniUrls(url));
      case DNS -> connector -> new DnsSource(seeds);
      case TABLE -> connector -> new QuerySource(new EndpointTable(), connector, seeds);
      case RDS_MULTI_AZ -> connector -> new QuerySource(new RdsMultiAzFunction(), connector, seeds);
      case AURORA ->
          connector -> new QuerySource(new AuroraFunction(url::auroraInstance), connector, seeds);
    };
  }

  private static List<URI> patroniUrls(BatonUrl url) {
    List<URI> given = url.option(BatonOption.PATRONI_URLS);
    return given.isEmpty()
        ? url.endpoints().stream().map(EndpointSources::patroniUrl).distinct().toList()
        : given;
  }

  private static URI patroniUrl(Endpoint endpoint) {
    return URI.create("http://" + new Endpoint(endpoint.host(), PATRONI_PORT));
  }

  /** What tells one list from another. */
  static String identity(BatonUrl url) {
    return url.option(BatonOption.TOPOLOGY)
        + " "
        + url.option(BatonOption.PATRONI_URLS)
        + " "
        + url.option(BatonOption.AURORA_HOST_PATTERN).host()
        + ":"
        + url.option(BatonOption.AURORA_HOST_PATTERN).port();
  }

  /** What the servers are. */
  static ServerKind kind(BatonUrl url) {
    return url.option(BatonOption.TOPOLOGY) == TopologySource.AURORA
        ? ServerKind.AURORA
        : ServerKind.POSTGRESQL;
  }
}
