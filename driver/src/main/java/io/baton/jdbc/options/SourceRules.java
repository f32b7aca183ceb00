package io.baton.jdbc.options;

import io.baton.routing.select.EndpointGroup;
import io.baton.routing.topology.Endpoint;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** What {@code baton.groups} and {@code baton.rules} come to together. */
final class SourceRules {

  private SourceRules() {}

  /**
   * Refuses rules of groups that there are not, and groups of servers that cannot be there.
   *
   * @throws SQLException 22023
   */
  static void check(List<Endpoint> endpoints, BatonOptions options) throws SQLException {
    List<EndpointGroup> groups = options.get(BatonOption.GROUPS);
    if (options.get(BatonOption.TOPOLOGY) == TopologySource.PROBE) {
      for (EndpointGroup group : groups) {
        checkEndpoints(group, endpoints);
      }
    }
    List<String> names = groups.stream().map(EndpointGroup::name).toList();
    List<SourceRule> rules = options.get(BatonOption.RULES);
    for (int i = 0; i < rules.size(); i++) {
      String named = rules.get(i).group();
      if (!names.contains(named)) {
        throw InvalidConfiguration.mistake(
            "Rule "
                + (i + 1)
                + " of "
                + BatonOption.RULES
                + " names the group "
                + InvalidConfiguration.shown(named)
                + ", and "
                + BatonOption.GROUPS
                + (names.isEmpty()
                    ? " has none."
                    : " has none of this name. Did you mean " + Nearest.of(named, names) + "?"));
      }
    }
  }

  private static void checkEndpoints(EndpointGroup group, List<Endpoint> endpoints)
      throws SQLException {
    for (Endpoint endpoint : group.endpoints()) {
      if (!endpoints.contains(endpoint)) {
        throw InvalidConfiguration.mistake(
            "The group "
                + group.name()
                + " of "
                + BatonOption.GROUPS
                + " has "
                + InvalidConfiguration.shown(endpoint.toString())
                + ", which is none of the hosts of the URL. Did you mean "
                + nearest(endpoint, endpoints)
                + "?");
      }
    }
  }

  /** One of the same host rather than one whose port is the same. */
  private static String nearest(Endpoint meant, List<Endpoint> endpoints) {
    List<Endpoint> sameHost =
        endpoints.stream().filter(endpoint -> endpoint.host().equals(meant.host())).toList();
    List<Endpoint> candidates = sameHost.isEmpty() ? endpoints : sameHost;
    return Nearest.of(meant.toString(), candidates.stream().map(Endpoint::toString).toList());
  }

  /** Where sessions of this URL read, by the first rule that fits; empty if none does. */
  static Optional<ReaderScope> scope(BatonUrl url) {
    for (SourceRule rule : url.option(BatonOption.RULES)) {
      String actual =
          switch (rule.source()) {
            case APPLICATION -> url.applicationName();
            case USER -> url.user();
            case DATABASE -> url.database();
          };
      if (rule.matches(actual)) {
        return url.option(BatonOption.GROUPS).stream()
            .filter(group -> group.name().equals(rule.group()))
            .findFirst()
            .map(group -> new ReaderScope(rule, group));
      }
    }
    return Optional.empty();
  }
}
