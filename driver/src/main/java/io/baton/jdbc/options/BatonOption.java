package io.baton.jdbc.options;

import static io.baton.jdbc.options.ByteSizeType.bytes;
import static io.baton.jdbc.options.ChoiceType.choice;
import static io.baton.jdbc.options.DurationType.duration;
import static io.baton.jdbc.options.IntegerType.integer;

import io.baton.routing.select.EndpointGroup;
import io.baton.routing.select.Needs;
import io.baton.routing.topology.Endpoint;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An option of Baton: its name, its default, the values it can have, and one line of help. The
 * reference page, the {@code DriverPropertyInfo} of the driver and the bean properties of the
 * {@code DataSource} are made from these constants, or held to them by a test.
 *
 * <p>Immutable.
 *
 * @param <T> the Java type of a value
 */
public final class BatonOption<T> {

  /** What the names of all options start with. */
  public static final String PREFIX = "baton.";

  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration MILLISECOND = Duration.ofMillis(1);

  /** Where the list of servers comes from. */
  public static final BatonOption<TopologySource> TOPOLOGY =
      option("topology", choice(TopologySource.class), TopologySource.PROBE)
          .help("Where the list of servers comes from; probe asks the hosts of the URL.");

  /** How often the list of servers is looked at again. */
  public static final BatonOption<Duration> TOPOLOGY_REFRESH =
      option("topologyRefresh", duration(Duration.ofMillis(10), HOUR, "5s"), Duration.ofSeconds(5))
          .help("How often the list of servers is looked at again; more often while recovering.");

  /** Where Patroni's REST interface is. */
  public static final BatonOption<List<URI>> PATRONI_URLS =
      option("patroniUrls", new HttpUrlsType(), List.<URI>of())
          .help("Where the REST interface of Patroni is, with baton.topology=patroni.")
          .defaultShownAs("the hosts of the URL, port 8008");

  /** How the instances of an Aurora cluster are reached. */
  public static final BatonOption<HostPattern> AURORA_HOST_PATTERN =
      option("auroraHostPattern", new HostPatternType(), HostPattern.OF_THE_URL)
          .help("How the instances are reached by their names, with baton.topology=aurora.")
          .defaultShownAs("as the hosts of the URL show");

  /** The kind of server a session starts on. */
  public static final BatonOption<SessionTarget> TARGET =
      option("target", choice(SessionTarget.class), SessionTarget.WRITER)
          .help(
              "The kind of server that a session is on: the writer, a reader while there is one, or"
                  + " the writer and, while there is none, a reader.");

  /** Which statements may run on a reader. */
  public static final BatonOption<Reads> READS =
      option("reads", choice(Reads.class), Reads.DECLARED)
          .help(
              "Which statements may run on a reader: those of a connection set to read-only, also"
                  + " those proved to read only, or none.");

  /** What a read on a reader is sure to see. */
  public static final BatonOption<Consistency> CONSISTENCY =
      option("consistency", choice(Consistency.class), Consistency.PROCESS)
          .help(
              "What a read on a reader is sure to see: every write acknowledged in this JVM, those"
                  + " of its own session, or whatever the reader has reached.");

  /** How long a read waits for a reader that is behind. */
  public static final BatonOption<Duration> CONSISTENCY_WAIT =
      option(
              "consistencyWait",
              duration(MILLISECOND, HOUR, "50ms").orZero("does not wait"),
              Duration.ofMillis(50))
          .help("How long a read waits for a reader that is behind before it goes to the writer.");

  /** How far a reader may be behind. */
  public static final BatonOption<MaxLag> MAX_LAG =
      option("maxLag", new MaxLagType(), MaxLag.NONE)
          .help("How far a reader may be behind and still be read from.");

  /** What a server must have to be read from. */
  public static final BatonOption<Needs> NEEDS =
      option("needs", new NeedsType(), Needs.NONE)
          .help(
              "What a server must have to answer reads that go to readers; the writer answers if"
                  + " none has it, and must have it as well.")
          .defaultShownAs("nothing");

  /** How one of several readers is chosen. */
  public static final BatonOption<Selection> SELECT =
      option("select", choice(Selection.class), Selection.LEAST_LOADED)
          .help("How one of several readers is chosen.");

  /** Where the application runs. */
  public static final BatonOption<String> ZONE =
      option("zone", new TextType(), "")
          .help("The zone that the application runs in, for baton.select=nearest.")
          .defaultShownAs("not known");

  /** Sets of endpoints that rules name. */
  public static final BatonOption<List<EndpointGroup>> GROUPS =
      option("groups", new EndpointGroupsType(), List.<EndpointGroup>of())
          .help("Groups of servers, for baton.rules.")
          .defaultShownAs("no groups");

  /** Which sessions read from which group. */
  public static final BatonOption<List<SourceRule>> RULES =
      option("rules", new SourceRulesType(), List.<SourceRule>of())
          .help(
              "Which sessions read from one group of servers only, by application name, user or"
                  + " database; the first rule that fits counts.")
          .defaultShownAs("no rules");

  /** What is rebuilt when a session moves. */
  public static final BatonOption<Replay> REPLAY =
      option("replay", choice(Replay.class), Replay.TRANSACTION)
          .help(
              "What is rebuilt when a session moves to another server: also the transaction that"
                  + " was under way, the session alone, or nothing.");

  /** Whether a replay compares what was written as well as what was seen. */
  public static final BatonOption<Boolean> REPLAY_STRICT =
      option("replayStrict", new BooleanType(), false)
          .help(
              "Whether a replay also compares the rows that each write has written, and not only"
                  + " what the application has seen; where that cannot be had, the transaction is"
                  + " not replayed.");

  /** The settings of one's own that are followed whatever code sets them. */
  public static final BatonOption<List<String>> SETTINGS =
      option("settings", new SettingNamesType(), List.<String>of())
          .help(
              "Names of settings of one's own, such as app.tenant, that are read back whenever code"
                  + " may have set them; where any are given, code that builds names of settings is"
                  + " taken to build these only.")
          .defaultShownAs("none");

  /** How much of a transaction is kept for its replay. */
  public static final BatonOption<Long> JOURNAL_MAX_BYTES =
      option("journal.maxBytes", bytes(1L << 10, 1L << 30), 1L << 20)
          .help("How much of a transaction a session keeps in memory for its replay.");

  /** How a commit cut off in flight is resolved. */
  public static final BatonOption<CommitOutcome> COMMIT_OUTCOME =
      option("commitOutcome", choice(CommitOutcome.class), CommitOutcome.XID)
          .help(
              "How it is found out whether a commit that was cut off in flight took place; with"
                  + " none it ends as unknown, SQLState 08007.");

  /** How a write outside a transaction is run. */
  public static final BatonOption<AutocommitWrites> AUTOCOMMIT_WRITES =
      option("autocommitWrites", choice(AutocommitWrites.class), AutocommitWrites.PLAIN)
          .help(
              "How a write outside a transaction is run: as it is, or with the evidence that"
                  + " resolves it when it is cut off in flight.");

  /** How often a transaction that the server refused is replayed. */
  public static final BatonOption<Integer> RETRY_CONFLICTS =
      option("retryConflicts", integer(0, 100), 0)
          .help(
              "How many times a transaction that the server ended with 40001 or 40P01 is"
                  + " replayed.");

  /** How long a session waits for a server. */
  public static final BatonOption<Duration> FAILOVER_TIMEOUT =
      option("failoverTimeout", duration(MILLISECOND, DAY, "60s"), Duration.ofSeconds(60))
          .help("How long a session waits for a suitable server before it gives up with 08001.");

  /** How often a server is asked whether it lives. */
  public static final BatonOption<Duration> HEARTBEAT =
      option(
              "heartbeat",
              duration(Duration.ofMillis(10), HOUR, "1s").orZero("switches it off"),
              Duration.ofSeconds(1))
          .help(
              "How often each server is asked whether it lives, which is how a hung one is found.");

  /** How long a standby that answers nothing is waited for. */
  public static final BatonOption<Duration> SILENCE =
      option("silence", duration(MILLISECOND, DAY, "10s"), Duration.ofSeconds(10))
          .help(
              "How long a standby that answers nothing is waited for before the calls that run"
                  + " there are aborted and made elsewhere; new ones leave it at once.");

  /** How long a transaction may hold up a planned move. */
  public static final BatonOption<Duration> DRAIN_TIMEOUT =
      option(
              "drainTimeout",
              duration(MILLISECOND, DAY, "30s").orZero("does not wait"),
              Duration.ofSeconds(30))
          .help("How long a transaction may go on when its session is to leave the server.");

  /** The servers of the cluster that sessions may be cut over to. */
  public static final BatonOption<List<Endpoint>> SUCCESSOR =
      option("successor", new EndpointsType(), List.<Endpoint>of())
          .help(
              "The servers of the cluster that sessions may be moved to by a cut over, and of no"
                  + " other; also asked when the servers of the URL are gone.")
          .defaultShownAs("where the owner of the database sends them");

  /** The database of the successor. */
  public static final BatonOption<String> SUCCESSOR_DATABASE =
      option("successorDatabase", new TextType(), "")
          .help("The database that sessions go to at the servers of baton.successor.")
          .defaultShownAs("that of the URL");

  /** The user at the successor. */
  public static final BatonOption<String> SUCCESSOR_USER =
      option("successorUser", new TextType(), "")
          .help("The user that sessions log in as at the servers of baton.successor.")
          .defaultShownAs("that of the URL");

  /** How long a cut over may hold transactions back. */
  public static final BatonOption<Duration> CUTOVER_PAUSE =
      option("cutoverPause", duration(Duration.ofMillis(10), HOUR, "2s"), Duration.ofSeconds(2))
          .help(
              "How long a cut over may hold the transactions of this program back before it is"
                  + " refused, and so taken back for everybody.");

  /** What waits for its turn at a server. */
  public static final BatonOption<AdmissionOf> ADMISSION =
      option("admission", choice(AdmissionOf.class), AdmissionOf.LOGINS)
          .help(
              "What waits for its turn while a server has to be spared, and counts for the"
                  + " capacity: logins; or the statements that begin a transaction as well.");

  /** How many logins the cluster bears. */
  public static final BatonOption<Integer> CAPACITY =
      option("capacity", new CapacityType(), CapacityType.ADAPTIVE)
          .help(
              "How many connections this program may open in a second at all servers together,"
                  + " divided among them by weight; adaptive finds out what a server bears. With"
                  + " admission=statements, how many it may open and begin.");

  /** How many connections wait at each standby. */
  public static final BatonOption<Integer> WARM =
      option("warm", integer(0, 100), 8)
          .help(
              "How many connections are kept at each standby, logged in and idle, for the sessions"
                  + " that move there when it is promoted: no more than sessions that make calls.");

  /** What supplies the password of each connection to a server. */
  public static final BatonOption<String> PASSWORD_SUPPLIER =
      option("passwordSupplier", new TextType(), "")
          .help(
              "The class that is asked for the password of each connection to a server: an"
                  + " io.baton.PasswordSupplier or a java.util.function.Supplier.")
          .defaultShownAs("the password that is given");

  /** What becomes of state that a request has left behind. */
  public static final BatonOption<RequestEnd> REQUEST_END =
      option("requestEnd", choice(RequestEnd.class), RequestEnd.REPORT)
          .help(
              "What becomes of state that a request (Connection.beginRequest, endRequest) has left"
                  + " behind: it is logged, or logged and removed.");

  private static final List<BatonOption<?>> ALL =
      List.of(
          TOPOLOGY,
          TOPOLOGY_REFRESH,
          PATRONI_URLS,
          AURORA_HOST_PATTERN,
          TARGET,
          READS,
          CONSISTENCY,
          CONSISTENCY_WAIT,
          MAX_LAG,
          NEEDS,
          SELECT,
          ZONE,
          GROUPS,
          RULES,
          REPLAY,
          REPLAY_STRICT,
          SETTINGS,
          JOURNAL_MAX_BYTES,
          COMMIT_OUTCOME,
          AUTOCOMMIT_WRITES,
          RETRY_CONFLICTS,
          FAILOVER_TIMEOUT,
          HEARTBEAT,
          SILENCE,
          DRAIN_TIMEOUT,
          SUCCESSOR,
          SUCCESSOR_DATABASE,
          SUCCESSOR_USER,
          CUTOVER_PAUSE,
          ADMISSION,
          CAPACITY,
          WARM,
          PASSWORD_SUPPLIER,
          REQUEST_END);

  private final String name;
  private final OptionType<T> type;
  private final T defaultValue;
  private final String defaultDescription;
  private final String help;

  private BatonOption(
      String name, OptionType<T> type, T defaultValue, String defaultDescription, String help) {
    this.name = name;
    this.type = type;
    this.defaultValue = defaultValue;
    this.defaultDescription = defaultDescription;
    this.help = help;
  }

  private static <T> BatonOption<T> option(String name, OptionType<T> type, T defaultValue) {
    return new BatonOption<>(PREFIX + name, type, defaultValue, type.format(defaultValue), "");
  }

  private BatonOption<T> help(String line) {
    return new BatonOption<>(name, type, defaultValue, defaultDescription, line);
  }

  private BatonOption<T> defaultShownAs(String text) {
    return new BatonOption<>(name, type, defaultValue, text, help);
  }

  /** All options, in the order of the documentation. */
  public static List<BatonOption<?>> all() {
    return ALL;
  }

  /** The option of this name, which is spelt exactly. */
  public static Optional<BatonOption<?>> named(String name) {
    for (BatonOption<?> option : ALL) {
      if (option.name.equals(name)) {
        return Optional.of(option);
      }
    }
    return Optional.empty();
  }

  /** The name, {@code baton.} included. */
  public String name() {
    return name;
  }

  /** The name as a bean property: {@code baton.journal.maxBytes} is {@code journalMaxBytes}. */
  public String beanName() {
    StringBuilder bean = new StringBuilder();
    boolean atStartOfWord = false;
    for (char c : name.substring(PREFIX.length()).toCharArray()) {
      if (c == '.') {
        atStartOfWord = true;
      } else {
        bean.append(atStartOfWord ? Character.toUpperCase(c) : c);
        atStartOfWord = false;
      }
    }
    return bean.toString();
  }

  /** One line that says what the option does. */
  public String help() {
    return help;
  }

  /** What a user may write. */
  public String description() {
    return type.description();
  }

  /** The value that holds where none is given. */
  public T defaultValue() {
    return defaultValue;
  }

  /** The text of {@link #defaultValue}, which {@link #parse} reads. */
  public String defaultText() {
    return type.format(defaultValue);
  }

  /** The default for people: its text, or what it means where the text says nothing. */
  public String defaultDescription() {
    return defaultDescription;
  }

  /** The texts of the values to choose from; empty where they are not few. */
  public List<String> choices() {
    return type.choices();
  }

  /**
   * The value that the text stands for.
   *
   * @throws SQLException if it is malformed or out of range (22023)
   */
  public T parse(String text) throws SQLException {
    try {
      return type.parse(text);
    } catch (MalformedValueException e) {
      throw InvalidConfiguration.mistake(
          name
              + "="
              + InvalidConfiguration.shown(text)
              + " is not valid: "
              + e.getMessage()
              + " Allowed: "
              + allowed()
              + ".");
    }
  }

  /** The text that stands for the value. */
  public String format(T value) {
    return type.format(value);
  }

  private String allowed() {
    List<String> choices = choices();
    return choices.isEmpty() ? type.description() : String.join(", ", choices);
  }

  @Override
  public String toString() {
    return name;
  }
}
