package io.baton.jdbc.options;

import java.util.regex.Pattern;

/** A host, with a port or without, in which a question mark stands for the name of an instance. */
final class HostPatternType implements OptionType<HostPattern> {

  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]*\\?[A-Za-z0-9._-]*");

  @Override
  public HostPattern parse(String text) throws MalformedValueException {
    if (text.isEmpty()) {
      return HostPattern.OF_THE_URL;
    }
    int colon = text.indexOf(':');
    String host = colon < 0 ? text : text.substring(0, colon);
    if (host.indexOf('?') < 0) {
      throw new MalformedValueException("no ? stands where the name of an instance is to be.");
    }
    if (!HOST.matcher(host).matches()) {
      throw new MalformedValueException("it is no host with one ? in it.");
    }
    if (colon < 0) {
      return new HostPattern(host, 0);
    }
    String port = text.substring(colon + 1);
    if (!UrlSyntax.isPort(port)) {
      throw new MalformedValueException("its port is no number from 1 to 65535.");
    }
    return new HostPattern(host, Integer.parseInt(port));
  }

  @Override
  public String format(HostPattern value) {
    return value.port() == 0 ? value.host() : value.host() + ":" + value.port();
  }

  @Override
  public String description() {
    return "a host with ? in place of the instance's name, such as ?.example.org:5432";
  }
}
