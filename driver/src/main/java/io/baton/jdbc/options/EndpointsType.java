package io.baton.jdbc.options;

import io.baton.routing.topology.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Servers, separated by commas. A user or a database of their own are other options. */
final class EndpointsType implements OptionType<List<Endpoint>> {

  @Override
  public List<Endpoint> parse(String text) throws MalformedValueException {
    if (text.isBlank()) {
      return List.of();
    }
    List<Endpoint> servers = new ArrayList<>();
    for (String entry : text.split(",", -1)) {
      if (entry.strip().chars().anyMatch(c -> "/?@;&= ".indexOf(c) >= 0)) {
        throw new MalformedValueException(
            "server "
                + (servers.size() + 1)
                + " is more than a host and a port. The database and the user are those of the URL,"
                + " or those of "
                + BatonOption.SUCCESSOR_DATABASE
                + " and "
                + BatonOption.SUCCESSOR_USER
                + "; all else is as in the URL.");
      }
      try {
        servers.add(Endpoint.parse(entry));
      } catch (IllegalArgumentException malformed) {
        throw new MalformedValueException(
            "server " + (servers.size() + 1) + ": " + malformed.getMessage() + ".");
      }
    }
    return List.copyOf(servers);
  }

  @Override
  public String format(List<Endpoint> value) {
    return value.stream().map(Endpoint::toString).collect(Collectors.joining(","));
  }

  @Override
  public String description() {
    return "hosts with their ports, separated by commas, such as h4:5432,h5:5432";
  }
}
