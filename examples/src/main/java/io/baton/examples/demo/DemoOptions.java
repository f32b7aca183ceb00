package io.baton.examples.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;

/**
 * What the demo is asked to do, from system properties that begin with {@code demo.}
 *
 * @param kind what is done to the servers
 * @param workers threads of the application, and connections of its pool
 * @param crashes how often the primary is crashed
 * @param switchovers how often it is switched over
 * @param urlPrefix the beginning of the JDBC URL, which chooses the driver
 * @param calm how long the load runs undisturbed before each event and after the last
 * @param folder where the report and the log go
 */
record DemoOptions(
    Kind kind,
    int workers,
    int crashes,
    int switchovers,
    String urlPrefix,
    Duration calm,
    Path folder) {

  static final String PLAIN_PREFIX = "jdbc:postgresql:";

  /** What is done to the servers. */
  enum Kind {
    /** The primary is crashed and switched over. */
    FAILOVER,
    /** The application moves to a cluster of another major version. */
    UPGRADE;

    static Kind of(String text) {
      for (Kind kind : values()) {
        if (kind.name().equalsIgnoreCase(text)) {
          return kind;
        }
      }
      throw new IllegalArgumentException("-Ddemo=" + text + ": must be failover or upgrade");
    }
  }

  static DemoOptions from(Properties properties) {
    Kind kind = Kind.of(text(properties, "demo", "failover"));
    String prefix = text(properties, "demo.url-prefix", "jdbc:baton:postgresql:");
    if (kind == Kind.UPGRADE && prefix.equals(PLAIN_PREFIX)) {
      throw new IllegalArgumentException(
          "-Ddemo=upgrade: sessions of plain pgjdbc cannot be moved, so there is no comparison");
    }
    return new DemoOptions(
        kind,
        count(properties, "demo.workers", 8, 1),
        count(properties, "demo.crashes", 3, 0),
        count(properties, "demo.switchovers", 3, 0),
        prefix,
        Duration.ofMillis(count(properties, "demo.calm-millis", 1500, 100)),
        Path.of(text(properties, "demo.folder", "target/demo")));
  }

  /**
   * The URL of the application for these hosts. Plain pgjdbc needs to be told to look for the
   * primary, or it would stay with the first host that answers.
   */
  String url(String hosts, String database) {
    String url = urlPrefix + "//" + hosts + "/" + database;
    return urlPrefix.equals(PLAIN_PREFIX) ? url + "?targetServerType=primary" : url;
  }

  private static String text(Properties properties, String name, String preset) {
    String value = properties.getProperty(name, "").strip();
    return value.isEmpty() ? preset : value;
  }

  private static int count(Properties properties, String name, int preset, int least) {
    String value = text(properties, name, Integer.toString(preset));
    try {
      int count = Integer.parseInt(value);
      if (count >= least) {
        return count;
      }
    } catch (NumberFormatException e) {
      // Said below, with the name of the option.
    }
    throw new IllegalArgumentException(
        "-D" + name + "=" + value + ": must be a whole number, at least " + least);
  }
}
