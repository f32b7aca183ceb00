package io.baton.jdbc.options;

import io.baton.jdbc.pgjdbc.PgUrl;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The descriptions of the options of Baton and the properties of pgjdbc, for tools. A tool asks for
 * them while the user still types the URL, so nothing is refused here; invalid parts are skipped.
 */
public final class PropertyDescriptions {

  private static final String EMPTY_PG_URL = "jdbc:postgresql://";

  private PropertyDescriptions() {}

  /** Returns the descriptions, Baton's first, with the values from the URL and the properties. */
  public static List<DriverPropertyInfo> of(@Nullable String url, @Nullable Properties given) {
    Map<String, String> batonTexts = new LinkedHashMap<>();
    Properties others = new Properties();
    String pgUrl = EMPTY_PG_URL;
    try {
      GivenProperties properties = GivenProperties.of(given);
      batonTexts.putAll(properties.batonTexts());
      others = properties.others();
      if (url != null && BatonUrl.accepts(url)) {
        UrlSyntax.Halves halves = UrlSyntax.part(url);
        batonTexts.putAll(halves.batonTexts());
        pgUrl = halves.pgUrl();
      }
    } catch (SQLException unfinished) {
      // Connecting with it reports the error.
    }
    List<DriverPropertyInfo> descriptions = new ArrayList<>();
    for (BatonOption<?> option : BatonOption.all()) {
      descriptions.add(describe(option, batonTexts));
    }
    descriptions.addAll(PgUrl.describe(pgUrl, others));
    return descriptions;
  }

  private static DriverPropertyInfo describe(BatonOption<?> option, Map<String, String> texts) {
    String value = texts.getOrDefault(option.name(), option.defaultText());
    DriverPropertyInfo description = new DriverPropertyInfo(option.name(), value);
    List<String> choices = option.choices();
    if (!choices.isEmpty()) {
      description.choices = choices.toArray(String[]::new);
    }
    description.description = option.help() + " Values: " + option.description() + ".";
    return description;
  }
}
