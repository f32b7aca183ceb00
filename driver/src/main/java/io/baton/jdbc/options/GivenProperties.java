package io.baton.jdbc.options;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The properties that were given with a URL, parted into Baton's options and the others.
 *
 * @param batonTexts Baton's options by name
 * @param others what goes to pgjdbc
 */
record GivenProperties(Map<String, String> batonTexts, Properties others) {

  /** A setting of the JVM, which those have who hand its system properties on. */
  private static final String OF_THE_JVM = "baton.acceptPostgresUrls";

  static GivenProperties of(@Nullable Properties given) throws SQLException {
    Map<String, String> batonTexts = new LinkedHashMap<>();
    Properties others = new Properties();
    if (given != null) {
      refuseOptionsThatAreNoText(given);
      // Its own defaults included, as pgjdbc takes them; what is no text is ignored, as there.
      for (String name : new TreeSet<>(given.stringPropertyNames())) {
        String value = given.getProperty(name);
        if (name.equals(OF_THE_JVM)) {
          continue;
        }
        if (BatonOptions.isBatonName(name)) {
          batonTexts.put(name, value);
        } else {
          others.setProperty(name, value);
        }
      }
    }
    return new GivenProperties(batonTexts, others);
  }

  private static void refuseOptionsThatAreNoText(Properties given) throws SQLException {
    for (Map.Entry<Object, Object> property : given.entrySet()) {
      if (property.getKey() instanceof String name
          && BatonOptions.isBatonName(name)
          && !(property.getValue() instanceof String)) {
        throw InvalidConfiguration.mistake(
            BatonOptions.require(name)
                + " is given as a "
                + property.getValue().getClass().getName()
                + "; it must be a String, as it would stand in the URL.");
      }
    }
  }
}
