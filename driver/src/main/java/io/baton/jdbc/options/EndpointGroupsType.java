package io.baton.jdbc.options;

import io.baton.routing.select.EndpointGroup;
import io.baton.routing.topology.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Groups of endpoints: {@code reports=h3:5432,h4:5432;batch=h4:5432}. */
final class EndpointGroupsType implements OptionType<List<EndpointGroup>> {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]+");

  @Override
  public List<EndpointGroup> parse(String text) throws MalformedValueException {
    List<EndpointGroup> groups = new ArrayList<>();
    if (text.isBlank()) {
      return List.of();
    }
    for (String entry : text.split(";", -1)) {
      EndpointGroup group = parseOne(entry.strip(), "group " + (groups.size() + 1));
      for (int i = 0; i < groups.size(); i++) {
        if (groups.get(i).name().equals(group.name())) {
          throw new MalformedValueException(
              "group " + (groups.size() + 1) + " has the name of group " + (i + 1) + ".");
        }
      }
      groups.add(group);
    }
    return List.copyOf(groups);
  }

  private static EndpointGroup parseOne(String entry, String which) throws MalformedValueException {
    int equals = entry.indexOf('=');
    if (equals < 0) {
      throw new MalformedValueException(which + " has no = between its name and its endpoints.");
    }
    String name = entry.substring(0, equals).strip();
    if (!NAME.matcher(name).matches()) {
      throw new MalformedValueException(
          "the name of " + which + " is not made of letters, digits, and the signs _ . -");
    }
    List<Endpoint> endpoints = new ArrayList<>();
    for (String endpoint : entry.substring(equals + 1).split(",", -1)) {
      try {
        endpoints.add(Endpoint.parse(endpoint));
      } catch (IllegalArgumentException malformed) {
        throw new MalformedValueException(
            "endpoint " + (endpoints.size() + 1) + " of " + which + " is none, such as h3:5432.");
      }
    }
    return new EndpointGroup(name, endpoints.stream().distinct().toList());
  }

  @Override
  public String format(List<EndpointGroup> value) {
    return value.stream().map(EndpointGroupsType::format).collect(Collectors.joining(";"));
  }

  private static String format(EndpointGroup group) {
    return group.endpoints().stream()
        .map(Endpoint::toString)
        .collect(Collectors.joining(",", group.name() + "=", ""));
  }

  @Override
  public String description() {
    return "names with endpoints, such as reports=h3:5432,h4:5432;batch=h4:5432";
  }
}
