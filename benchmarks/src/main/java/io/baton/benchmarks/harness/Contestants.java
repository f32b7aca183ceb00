package io.baton.benchmarks.harness;

import io.baton.benchmarks.harness.Contestant.Reach;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** All that take part. */
public final class Contestants {
  private static final String PGJDBC_PREFIX = "jdbc:postgresql:";
  static final String BATON_PREFIX = "jdbc:baton:postgresql:";
  static final String AWS_PREFIX = "jdbc:aws-wrapper:postgresql:";

  /** The measure of all others. */
  public static final Contestant PGJDBC =
      new Contestant("pgjdbc", "pgjdbc", PGJDBC_PREFIX, Reach.ALL_NODES, Map.of());

  /** As users of a cluster without a wrapper have it. */
  public static final Contestant PGJDBC_MULTI_HOST =
      new Contestant(
          "pgjdbc-multi-host",
          "pgjdbc, all hosts",
          PGJDBC_PREFIX,
          Reach.ALL_NODES,
          Map.of("targetServerType", "primary"));

  /** The same, and a silent server is given up after five seconds. */
  public static final Contestant PGJDBC_SOCKET_TIMEOUT =
      new Contestant(
          "pgjdbc-socket-timeout",
          "pgjdbc, socketTimeout=5",
          PGJDBC_PREFIX,
          Reach.ALL_NODES,
          Map.of("targetServerType", "primary", "socketTimeout", "5"));

  /** Spread over the readers, and only there. */
  public static final Contestant PGJDBC_READERS =
      new Contestant(
          "pgjdbc-readers",
          "pgjdbc, secondaries by chance",
          PGJDBC_PREFIX,
          Reach.ALL_NODES,
          Map.of("targetServerType", "secondary", "loadBalanceHosts", "true"));

  public static final Contestant BATON = baton("baton", "Baton", Map.of());

  /** None waits there: each session logs in. */
  public static final Contestant BATON_COLD =
      baton("baton-cold", "warm=0", Map.of("baton.warm", "0"));

  /** With the plugins that it has unless told otherwise, on an emulated Aurora. */
  public static final Contestant AWS =
      new Contestant(
          "aws",
          "AWS wrapper",
          AWS_PREFIX,
          Reach.FIRST_NODE,
          Map.of(
              "wrapperDialect", "aurora-pg",
              "clusterInstanceHostPattern", "{host-pattern}",
              "clusterId", "benchmark"));

  /** Without any plugin: what its frame alone costs. */
  public static final Contestant AWS_WITHOUT_PLUGINS =
      new Contestant(
          "aws-without-plugins",
          "AWS wrapper without plugins",
          AWS_PREFIX,
          Reach.FIRST_NODE,
          Map.of("wrapperPlugins", ""));

  /** With a journal that holds transactions of a hundred thousand statements. */
  public static final Contestant BATON_LARGE_JOURNAL =
      baton(
          "baton-large-journal",
          "journal.maxBytes=512MiB",
          Map.of("baton.journal.maxBytes", "512MiB"));

  private Contestants() {}

  /** Those whose cost per operation is compared with {@link #PGJDBC}. */
  public static List<Contestant> forOverhead() {
    return List.of(
        BATON,
        baton("baton-replay-none", "replay=none", Map.of("baton.replay", "none")),
        baton("baton-replay-session", "replay=session", Map.of("baton.replay", "session")),
        baton(
            "baton-outcome-none",
            "replay=transaction, commitOutcome=none",
            Map.of("baton.replay", "transaction", "baton.commitOutcome", "none")),
        baton(
            "baton-outcome-ledger",
            "commitOutcome=ledger",
            Map.of("baton.commitOutcome", "ledger")),
        baton("baton-reads-auto", "reads=auto", Map.of("baton.reads", "auto")),
        AWS,
        AWS_WITHOUT_PLUGINS);
  }

  /** One of those, or pgjdbc itself, by its name. */
  public static Contestant forOverhead(String name) {
    return Stream.concat(Stream.of(PGJDBC), forOverhead().stream())
        .filter(contestant -> contestant.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No contestant " + name));
  }

  /** Those that are led through the faults. */
  public static List<Contestant> forFailover() {
    return List.of(BATON, BATON_COLD, PGJDBC_MULTI_HOST, PGJDBC_SOCKET_TIMEOUT, AWS);
  }

  /** One of those, by its name. */
  public static Contestant forFailover(String name) {
    return forFailover().stream()
        .filter(contestant -> contestant.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No contestant " + name));
  }

  private static Contestant baton(String name, String label, Map<String, String> options) {
    return new Contestant(
        name,
        label.startsWith("Baton") ? label : "Baton, " + label,
        BATON_PREFIX,
        Reach.ALL_NODES,
        options);
  }
}
