package io.baton.jdbc.options;

import io.baton.PasswordSupplier;
import io.baton.jdbc.pgjdbc.LoginTimeout;
import io.baton.jdbc.pgjdbc.PgUrl;
import io.baton.jdbc.pgjdbc.SuppliedPassword;
import io.baton.routing.topology.Endpoint;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a connection, from a URL and the properties given with it: the endpoints,
 * the database, the user, the options of Baton, and the properties for pgjdbc.
 *
 * <p>Everything that pgjdbc accepts after {@code jdbc:postgresql:} is accepted after {@code
 * jdbc:baton:postgresql:} and means the same, with one exception: pgjdbc's own choice among several
 * hosts. Baton opens connections to single hosts, so {@code targetServerType} is translated to
 * {@code baton.target}, and {@code loadBalanceHosts} and {@code hostRecheckSeconds} are left out.
 *
 * <p>Immutable. Equal to another of the same configuration, however it was written.
 */
public final class BatonUrl {

  private static final String USER = "user";
  private static final String PASSWORD = "password";
  private static final String REPLICATION = "replication";
  private static final String TARGET_SERVER_TYPE = "targetServerType";
  private static final List<String> CHOICE_AMONG_HOSTS =
      List.of(TARGET_SERVER_TYPE, "loadBalanceHosts", "hostRecheckSeconds");

  private final String text;
  private final String ownText;
  private final List<Endpoint> endpoints;
  private final @Nullable String namedDatabase;
  private final BatonOptions options;
  private final Map<String, String> pgProperties;

  /** What supplies the password; null if it is given. */
  private final @Nullable SuppliedPassword suppliedPassword;

  private BatonUrl(
      String text,
      String ownText,
      List<Endpoint> endpoints,
      @Nullable String namedDatabase,
      BatonOptions options,
      Map<String, String> pgProperties,
      @Nullable SuppliedPassword suppliedPassword) {
    this.text = text;
    this.ownText = ownText;
    this.endpoints = endpoints;
    this.namedDatabase = namedDatabase;
    this.options = options;
    this.pgProperties = pgProperties;
    this.suppliedPassword = suppliedPassword;
  }

  /** Returns true for a URL with Baton's prefix, even if the rest is malformed. */
  public static boolean accepts(String url) {
    return url.startsWith(UrlSyntax.SCHEME);
  }

  /**
   * Reads a URL and the properties given with it; the URL takes precedence.
   *
   * @throws SQLException if the URL is malformed, or an option of Baton is unknown or malformed, or
   *     lacks another one that it needs (22023)
   */
  public static BatonUrl parse(String url, @Nullable Properties given) throws SQLException {
    UrlSyntax.Halves halves = UrlSyntax.part(url);
    GivenProperties properties = GivenProperties.of(given);
    Properties settings =
        PgUrl.parse(halves.pgUrl(), properties.others())
            .orElseThrow(() -> Refusal.explain(halves.pgUrl(), properties.others()));
    // What is left of Baton's options there stood in pgjdbc's defaults on the class path.
    Map<String, String> batonTexts = new LinkedHashMap<>(GivenProperties.of(settings).batonTexts());
    batonTexts.putAll(properties.batonTexts());
    batonTexts.putAll(halves.batonTexts());
    BatonOptions options = BatonOptions.parse(batonTexts);
    return of(url, halves.pgUrl(), settings, options);
  }

  /**
   * Returns what a URL itself sets, by name: the properties of pgjdbc, hosts, ports and database
   * among them, and the options of Baton.
   *
   * @throws SQLException if the URL is malformed
   */
  static Map<String, String> settings(String url) throws SQLException {
    UrlSyntax.Halves halves = UrlSyntax.part(url);
    Properties parsed =
        PgUrl.parseAlone(halves.pgUrl())
            .orElseThrow(() -> Refusal.explain(halves.pgUrl(), new Properties()));
    Map<String, String> settings = new LinkedHashMap<>();
    for (String name : parsed.stringPropertyNames()) {
      settings.put(name, parsed.getProperty(name));
    }
    settings.putAll(halves.batonTexts());
    return settings;
  }

  private static BatonUrl of(String url, String ownText, Properties settings, BatonOptions options)
      throws SQLException {
    Map<String, String> pgProperties = new LinkedHashMap<>();
    for (String name : settings.stringPropertyNames()) {
      if (!BatonOptions.isBatonName(name)) {
        pgProperties.put(name, settings.getProperty(name));
      }
    }
    List<Endpoint> endpoints =
        endpoints(
            Objects.requireNonNull(pgProperties.remove(PgUrl.HOST)),
            Objects.requireNonNull(pgProperties.remove(PgUrl.PORT)));
    String database = pgProperties.remove(PgUrl.DATABASE);
    BatonOptions translated =
        TargetServerType.translate(pgProperties.get(TARGET_SERVER_TYPE), options);
    CHOICE_AMONG_HOSTS.forEach(pgProperties::remove);
    if (pgProperties.containsKey(REPLICATION)) {
      // Such a connection takes commands that are no SQL, and has no session to be rebuilt.
      translated = translated.with(BatonOption.REPLAY, Replay.NONE);
    }
    if (translated.get(BatonOption.TOPOLOGY) == TopologySource.AURORA) {
      requireHostPattern(endpoints, translated);
    }
    SourceRules.check(endpoints, translated);
    requireSuccessor(BatonOption.SUCCESSOR_DATABASE, translated);
    requireSuccessor(BatonOption.SUCCESSOR_USER, translated);
    String supplier = translated.get(BatonOption.PASSWORD_SUPPLIER);
    return new BatonUrl(
        url,
        ownText,
        endpoints,
        database,
        translated,
        Map.copyOf(pgProperties),
        supplier.isEmpty() ? null : SuppliedPassword.byClass(supplier));
  }

  /** What holds at the servers of a successor needs to know which they are. */
  private static void requireSuccessor(BatonOption<String> option, BatonOptions options)
      throws SQLException {
    if (!options.get(option).isEmpty() && options.get(BatonOption.SUCCESSOR).isEmpty()) {
      throw InvalidConfiguration.mistake(
          option
              + " says what holds at the servers of "
              + BatonOption.SUCCESSOR
              + ", which names none. Give it: "
              + BatonOption.SUCCESSOR.description()
              + ".");
    }
  }

  private static void requireHostPattern(List<Endpoint> endpoints, BatonOptions options)
      throws SQLException {
    if (hostPattern(endpoints, options).isEmpty()) {
      throw InvalidConfiguration.mistake(
          BatonOption.TOPOLOGY
              + "=aurora needs to know how instances are reached, and "
              + endpoints.get(0)
              + " is no endpoint of Aurora's own, such as"
              + " name.cluster-abc.region.rds.amazonaws.com. Give "
              + BatonOption.AURORA_HOST_PATTERN
              + ": "
              + BatonOption.AURORA_HOST_PATTERN.description()
              + ".");
    }
  }

  private static Optional<HostPattern> hostPattern(List<Endpoint> endpoints, BatonOptions options) {
    HostPattern given = options.get(BatonOption.AURORA_HOST_PATTERN);
    return given.equals(HostPattern.OF_THE_URL)
        ? HostPattern.shownBy(endpoints)
        : Optional.of(given);
  }

  private static List<Endpoint> endpoints(String hosts, String ports) throws SQLException {
    // Split as pgjdbc splits them: what is empty at the end does not count.
    String[] host = hosts.split(",", 0);
    String[] port = ports.split(",", 0);
    List<Endpoint> endpoints = new ArrayList<>();
    for (int i = 0; i < host.length; i++) {
      String name = host[i].strip();
      try {
        Endpoint endpoint =
            new Endpoint(name.isEmpty() ? "localhost" : name, Integer.parseInt(port[i]));
        if (!endpoints.contains(endpoint)) {
          endpoints.add(endpoint);
        }
      } catch (IllegalArgumentException e) {
        throw InvalidConfiguration.mistake("Host " + (i + 1) + " is not valid: " + e.getMessage());
      }
    }
    return List.copyOf(endpoints);
  }

  /** Returns the URL as it was given; it may contain a password. */
  public String text() {
    return text;
  }

  /**
   * Returns the URL as it was given, for pgjdbc: with its prefix, and without Baton's options. It
   * may contain a password.
   */
  public String ownText() {
    return ownText;
  }

  /** Returns the endpoints in the order of the URL, each once; at least one. */
  public List<Endpoint> endpoints() {
    return endpoints;
  }

  /**
   * Returns the endpoint of the Aurora instance of this name.
   *
   * @throws IllegalArgumentException if it is not a valid name of an instance
   */
  public Endpoint auroraInstance(String name) {
    HostPattern pattern =
        hostPattern(endpoints, options)
            .orElseThrow(() -> new IllegalStateException("was refused when it was read"));
    return pattern.of(name, endpoints.get(0).port());
  }

  /** Returns the database; by default it has the user's name. */
  public String database() {
    return namedDatabase == null || namedDatabase.isEmpty() ? user() : namedDatabase;
  }

  /** The user. */
  public String user() {
    return pgProperties.getOrDefault(USER, "");
  }

  /** Returns the database at an endpoint, which may be a successor's. */
  public String databaseAt(Endpoint endpoint) {
    return at(endpoint, BatonOption.SUCCESSOR_DATABASE, database());
  }

  /** Returns the user at an endpoint, which may be a successor's. */
  public String userAt(Endpoint endpoint) {
    return at(endpoint, BatonOption.SUCCESSOR_USER, user());
  }

  private String at(Endpoint endpoint, BatonOption<String> ofSuccessor, String otherwise) {
    String given = options.get(ofSuccessor);
    return given.isEmpty() || !options.get(BatonOption.SUCCESSOR).contains(endpoint)
        ? otherwise
        : given;
  }

  /** Returns the application name that is sent to the server. */
  String applicationName() {
    return PgUrl.applicationName(pgProperties());
  }

  /** Returns the readers that its sessions may use; empty if there is no restriction. */
  public Optional<ReaderScope> readerScope() {
    return SourceRules.scope(this);
  }

  /** Baton's options. */
  public BatonOptions options() {
    return options;
  }

  /** The value of an option of Baton. */
  public <T> T option(BatonOption<T> option) {
    return options.get(option);
  }

  /**
   * Returns how long opening a connection may take; zero for no limit. See {@link LoginTimeout}.
   */
  public Duration loginTimeout() {
    return LoginTimeout.of(pgProperties());
  }

  /**
   * Returns a new copy of the properties for pgjdbc, user and password among them; without hosts,
   * database, and the properties that make pgjdbc choose among hosts.
   */
  public Properties pgProperties() {
    Properties properties = new Properties();
    properties.putAll(pgProperties);
    return properties;
  }

  /**
   * Returns the URL that makes pgjdbc connect to this endpoint alone, with {@link #pgProperties()}.
   */
  public String pgUrl(Endpoint endpoint) {
    return "jdbc:postgresql://"
        + endpoint
        + "/"
        + URLEncoder.encode(databaseAt(endpoint), StandardCharsets.UTF_8);
  }

  /** Returns what supplies the password; null if it is given. */
  public @Nullable SuppliedPassword suppliedPassword() {
    return suppliedPassword;
  }

  /** Returns the same configuration with a password that an instance supplies. */
  public BatonUrl withPasswordSupplier(PasswordSupplier instance) {
    return new BatonUrl(
        text,
        ownText,
        endpoints,
        namedDatabase,
        options,
        pgProperties,
        SuppliedPassword.by(instance));
  }

  /**
   * Returns the same configuration for another user; null keeps the present value. A password that
   * is given takes the place of one that is supplied.
   */
  public BatonUrl withCredentials(@Nullable String user, @Nullable String password) {
    Map<String, String> changed = new LinkedHashMap<>(pgProperties);
    if (user != null) {
      changed.put(USER, user);
    }
    if (password != null) {
      changed.put(PASSWORD, password);
    }
    return new BatonUrl(
        text,
        ownText,
        endpoints,
        namedDatabase,
        options,
        Map.copyOf(changed),
        password == null ? suppliedPassword : null);
  }

  /**
   * Returns the URL with its hosts, ports and database and without parameters: it contains no
   * secret.
   */
  public String displayText() {
    return endpoints.stream()
        .map(Endpoint::toString)
        .collect(
            Collectors.joining(
                ",",
                UrlSyntax.PREFIX + "//",
                "/" + URLEncoder.encode(database(), StandardCharsets.UTF_8)));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof BatonUrl url
        && endpoints.equals(url.endpoints)
        && database().equals(url.database())
        && options.equals(url.options)
        && Objects.equals(suppliedPassword, url.suppliedPassword)
        && pgProperties.equals(url.pgProperties);
  }

  @Override
  public int hashCode() {
    return Objects.hash(endpoints, database(), options, pgProperties, suppliedPassword);
  }

  /** Returns {@link #displayText} and the options of Baton, none of which can contain a secret. */
  @Override
  public String toString() {
    return displayText() + " " + options;
  }
}
