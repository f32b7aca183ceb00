package io.baton.jdbc.options;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A list of addresses of a REST interface, separated by commas. A user and password before the host
 * are refused: they would stand in URLs, logs and JMX.
 */
final class HttpUrlsType implements OptionType<List<URI>> {

  @Override
  public List<URI> parse(String text) throws MalformedValueException {
    List<URI> addresses = new ArrayList<>();
    if (text.isBlank()) {
      return List.of();
    }
    for (String entry : text.split(",", -1)) {
      addresses.add(parseOne(entry.strip(), addresses.size() + 1));
    }
    return List.copyOf(addresses);
  }

  private static URI parseOne(String entry, int number) throws MalformedValueException {
    URI address;
    try {
      address = new URI(entry);
    } catch (URISyntaxException e) {
      // The exception repeats its input, which is why it is not passed on.
      throw new MalformedValueException("address " + number + " is not a URL.");
    }
    if (!"http".equals(address.getScheme()) && !"https".equals(address.getScheme())) {
      throw new MalformedValueException(
          "address " + number + " starts with neither http:// nor https://.");
    }
    if (address.getRawAuthority() != null && address.getRawAuthority().contains("@")) {
      throw new MalformedValueException("address " + number + " has a user before its host.");
    }
    if (address.getHost() == null) {
      throw new MalformedValueException("address " + number + " has no host.");
    }
    return address;
  }

  @Override
  public String format(List<URI> value) {
    return value.stream().map(URI::toString).collect(Collectors.joining(","));
  }

  @Override
  public String description() {
    return "addresses separated by commas, such as https://h1:8008,https://h2:8008";
  }
}
