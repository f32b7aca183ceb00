package io.baton.jdbc.options;

import io.baton.routing.topology.Endpoint;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the instances of an Aurora cluster are reached ({@code baton.auroraHostPattern}): a host in
 * which {@value #PLACE} stands for the name of the instance, and a port.
 *
 * @param host the host; empty if the hosts of the URL tell
 * @param port the port; 0 if it is that of the URL
 */
public record HostPattern(String host, int port) {

  /** The hosts of the URL tell. */
  public static final HostPattern OF_THE_URL = new HostPattern("", 0);

  static final String PLACE = "?";

  /**
   * The endpoints that Aurora gives out: of a cluster ({@code name.cluster-abc.region.rds...}), its
   * readers ({@code cluster-ro-}), a part of it ({@code cluster-custom-}), or an instance. In China
   * the region stands before or behind {@code rds}. Those of proxies and of global databases are of
   * other forms, and lead to no instance.
   */
  private static final Pattern OF_AURORA =
      Pattern.compile(
          "[a-z0-9-]+\\.(?:cluster-(?:ro-|custom-)?)?([a-z0-9]+"
              + "\\.(?:[a-z0-9-]+\\.rds|rds\\.[a-z0-9-]+)\\.amazonaws\\.(?:com\\.cn|com|eu))");

  private static final Pattern INSTANCE = Pattern.compile("[A-Za-z0-9-]+");

  /** The pattern that endpoints of Aurora's own show; empty if none is one. */
  static Optional<HostPattern> shownBy(List<Endpoint> endpoints) {
    for (Endpoint endpoint : endpoints) {
      Matcher ofAurora = OF_AURORA.matcher(endpoint.host());
      if (ofAurora.matches()) {
        return Optional.of(new HostPattern(PLACE + "." + ofAurora.group(1), endpoint.port()));
      }
    }
    return Optional.empty();
  }

  /**
   * Where an instance is reached.
   *
   * @param otherwise the port, where the pattern says none
   * @throws IllegalArgumentException if the name is none of an instance
   */
  Endpoint of(String instance, int otherwise) {
    if (!INSTANCE.matcher(instance).matches()) {
      throw new IllegalArgumentException("'" + instance + "' is no name of an instance");
    }
    return new Endpoint(host.replace(PLACE, instance), port == 0 ? otherwise : port);
  }
}
