package io.baton.jdbc.options;

import io.baton.jdbc.pgjdbc.PgUrl;
import java.io.Serializable;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What was set on a data source, and what it comes to.
 *
 * @param url the URL, if one was set
 * @param hosts the hosts, separated by commas, if any were set; each may bring its own port
 * @param ports the ports, separated by commas, if any were set: one for all hosts or one each
 * @param properties the options of Baton and the properties of pgjdbc by name, without hosts and
 *     ports
 */
public record DataSourceSettings(
    @Nullable String url,
    @Nullable String hosts,
    @Nullable String ports,
    Map<String, String> properties)
    implements Serializable {

  /** The name of the URL among the settings {@link #byName}. */
  public static final String URL = "url";

  private static final String USER = "user";
  private static final String DEFAULT_PORT = "5432";

  /** Makes settings of a copy of the properties. */
  public DataSourceSettings {
    properties = Map.copyOf(properties);
  }

  /** Numbers as a list separated by commas. */
  public static String join(int[] numbers) {
    return IntStream.of(numbers).mapToObj(Integer::toString).collect(Collectors.joining(","));
  }

  /**
   * The URL that the settings come to: what the URL says, with every other setting in place of what
   * it says of the same thing.
   *
   * @throws SQLException if a setting is not valid, or there are not as many ports as hosts
   */
  public BatonUrl compose() throws SQLException {
    Properties all = new Properties();
    if (url != null) {
      all.putAll(BatonUrl.settings(url));
    }
    all.putAll(properties);
    String authority = authority(take(all, PgUrl.HOST), take(all, PgUrl.PORT));
    return BatonUrl.parse(server(authority, take(all, PgUrl.DATABASE)), all);
  }

  /**
   * All that changes set, by name: what they name, and what their URL says of other things.
   *
   * @throws SQLException 22023 if the URL is malformed
   */
  public static Map<String, String> all(Map<String, String> changes) throws SQLException {
    Map<String, String> all = new LinkedHashMap<>();
    String newUrl = changes.get(URL);
    if (newUrl != null) {
      all.putAll(BatonUrl.settings(newUrl));
    }
    all.putAll(changes);
    return all;
  }

  /**
   * The same settings with others in their place.
   *
   * @param changes as {@link #all} returns them: {@code url} in place of the URL, {@code PGHOST}
   *     and {@code PGPORT} in place of hosts and ports
   */
  public DataSourceSettings with(Map<String, String> changes) {
    Map<String, String> left = new LinkedHashMap<>(properties);
    left.putAll(changes);
    String newUrl = left.remove(URL);
    String newHosts = left.remove(PgUrl.HOST);
    String newPorts = left.remove(PgUrl.PORT);
    return new DataSourceSettings(
        newUrl == null ? url : newUrl,
        newHosts == null ? hosts : newHosts,
        newPorts == null && newHosts == null ? ports : newPorts,
        left);
  }

  private static @Nullable String take(Properties all, String name) {
    return (String) all.remove(name);
  }

  private String authority(@Nullable String urlHosts, @Nullable String urlPorts)
      throws SQLException {
    String allHosts = hosts != null ? hosts : urlHosts;
    String allPorts = ports != null ? ports : hosts == null ? urlPorts : null;
    String[] host = (allHosts == null ? "localhost" : allHosts).split(",", 0);
    String[] port = (allPorts == null ? DEFAULT_PORT : allPorts).split(",", 0);
    if (port.length != 1 && port.length != host.length) {
      throw InvalidConfiguration.mistake(
          "There are "
              + host.length
              + " hosts and "
              + port.length
              + " ports; give one port for all hosts, or one each.");
    }
    return IntStream.range(0, host.length)
        .mapToObj(i -> endpoint(host[i].strip(), port[port.length == 1 ? 0 : i].strip()))
        .collect(Collectors.joining(","));
  }

  /** One host with its port; 0 stands for the default, as in pgjdbc's data sources. */
  private static String endpoint(String host, String port) {
    int lastColon = host.lastIndexOf(':');
    boolean address = !host.startsWith("[") && host.indexOf(':') != lastColon;
    if (!address && lastColon > host.lastIndexOf(']')) {
      return host;
    }
    return (address ? "[" + host + "]" : host) + ":" + (port.equals("0") ? DEFAULT_PORT : port);
  }

  private static String server(String authority, @Nullable String database) {
    return UrlSyntax.PREFIX
        + "//"
        + authority
        + "/"
        + (database == null ? "" : URLEncoder.encode(database, StandardCharsets.UTF_8));
  }

  /** A URL that says what the settings say, but for the user and secrets. */
  public String describe() {
    BatonUrl composed;
    try {
      composed = compose();
    } catch (SQLException notValid) {
      return UrlSyntax.PREFIX + " (not valid: " + notValid.getMessage() + ")";
    }
    String parameters =
        properties.keySet().stream()
            .sorted()
            .filter(DataSourceSettings::isShown)
            .map(name -> name + "=" + URLEncoder.encode(value(name), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    return composed.displayText() + (parameters.isEmpty() ? "" : "?" + parameters);
  }

  private String value(String name) {
    return properties.getOrDefault(name, "");
  }

  private static boolean isShown(String name) {
    return !List.of(USER, PgUrl.DATABASE).contains(name)
        && !name.toLowerCase(Locale.ROOT).contains("password");
  }

  /** The settings by name, in the order in which they are best read. */
  public Map<String, String> byName() {
    Map<String, String> byName = new LinkedHashMap<>();
    if (url != null) {
      byName.put(URL, url);
    }
    if (hosts != null) {
      byName.put(PgUrl.HOST, hosts);
    }
    if (ports != null) {
      byName.put(PgUrl.PORT, ports);
    }
    properties.keySet().stream().sorted().forEach(name -> byName.put(name, value(name)));
    return byName;
  }

  /** The settings by name would show the password. */
  @Override
  public String toString() {
    return describe();
  }
}
