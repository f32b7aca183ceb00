package io.baton.routing.topology;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A place where a PostgreSQL server listens: a host, by name or address, and a port.
 *
 * <p>Host names are compared without regard to case. Two names of one server are two endpoints
 * here; {@link TopologyRules} notices that they are the same server.
 *
 * @param host the host in lower case, an IPv6 address without brackets
 * @param port the TCP port
 */
public record Endpoint(String host, int port) {

  /** The port that is meant where none is given. */
  public static final int DEFAULT_PORT = 5432;

  /**
   * Makes an endpoint.
   *
   * @throws IllegalArgumentException if the host is empty or the port is not a TCP port
   */
  public Endpoint {
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    if (host.isBlank()) {
      throw new IllegalArgumentException("an endpoint needs a host");
    }
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("port " + port + " of " + host + " is not in 1..65535");
    }
    host = host.toLowerCase(Locale.ROOT);
  }

  /**
   * Reads {@code host}, {@code host:port}, {@code [address]} or {@code [address]:port}; a bare IPv6
   * address, which has more than one colon, is taken whole as the host.
   *
   * @throws IllegalArgumentException if the text is none of these
   */
  public static Endpoint parse(String text) {
    String trimmed = text.strip();
    int closing = trimmed.startsWith("[") ? trimmed.indexOf(']') : -1;
    if (trimmed.startsWith("[") && closing < 0) {
      throw new IllegalArgumentException("'" + text + "' opens a bracket and does not close it");
    }
    int colon = trimmed.indexOf(':', closing + 1);
    boolean bareAddress = closing < 0 && colon >= 0 && trimmed.indexOf(':', colon + 1) >= 0;
    if (colon < 0 || bareAddress) {
      if (closing >= 0 && closing != trimmed.length() - 1) {
        throw new IllegalArgumentException("'" + text + "' has something after its bracket");
      }
      return new Endpoint(trimmed, DEFAULT_PORT);
    }
    if (closing >= 0 && colon != closing + 1) {
      throw new IllegalArgumentException("'" + text + "' has something after its bracket");
    }
    return new Endpoint(trimmed.substring(0, colon), parsePort(text, trimmed.substring(colon + 1)));
  }

  private static int parsePort(String text, String port) {
    try {
      return Integer.parseInt(port);
    } catch (NumberFormatException notANumber) {
      throw new IllegalArgumentException(
          "'" + text + "' has '" + port + "' where a port should be", notANumber);
    }
  }

  // By hand: what Java makes of a record is linked when it is first used, which takes a young JVM
  // as long as a login.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Endpoint endpoint
        && port == endpoint.port
        && host.equals(endpoint.host);
  }

  @Override
  public int hashCode() {
    return 31 * host.hashCode() + port;
  }

  /** The form that {@link #parse} reads and error messages show: {@code host:port}. */
  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
