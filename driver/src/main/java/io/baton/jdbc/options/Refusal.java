package io.baton.jdbc.options;

import io.baton.jdbc.pgjdbc.PgUrl;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Properties;

/**
 * Why pgjdbc does not accept a well-formed URL together with its properties, which it does not say:
 * a service that is not there, or ports that do not fit the hosts. Both may come from parameters
 * and properties, not only from the part of the URL that {@link UrlSyntax} checks.
 */
final class Refusal {

  private static final String SERVICE = "service";

  private final Properties settings = new Properties();

  private Refusal() {}

  static SQLException explain(String pgUrl, Properties given) {
    Refusal refusal = new Refusal();
    refusal.read(pgUrl, given);
    return InvalidConfiguration.mistake(refusal.reason());
  }

  private void read(String pgUrl, Properties given) {
    settings.putAll(given);
    int question = pgUrl.indexOf('?');
    String server = question < 0 ? pgUrl : pgUrl.substring(0, question);
    // Where the URL names no host, the properties may.
    if (server.startsWith("jdbc:postgresql://") && !server.endsWith("//")) {
      PgUrl.parseAlone(server).ifPresent(settings::putAll);
    }
    String parameters = question < 0 ? "" : pgUrl.substring(question + 1);
    for (String parameter : parameters.split("&", -1)) {
      int equals = parameter.indexOf('=');
      if (equals > 0) {
        settings.setProperty(
            PgUrl.propertyOfParameter(parameter.substring(0, equals)),
            URLDecoder.decode(parameter.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
  }

  private String reason() {
    String service = settings.getProperty(SERVICE);
    if (service != null && !PgUrl.isService(service)) {
      return "service="
          + InvalidConfiguration.shown(service)
          + " names no section of the service file, or one with a mistake in it. The file is the"
          + " first of: the system property org.postgresql.pgservicefile, the environment variable"
          + " PGSERVICEFILE, .pg_service.conf in the home directory, pg_service.conf in the"
          + " directory PGSYSCONFDIR.";
    }
    String[] ports = settings.getProperty(PgUrl.PORT, "5432").split(",", 0);
    for (int i = 0; i < ports.length; i++) {
      if (!UrlSyntax.isPort(ports[i])) {
        return "Port "
            + (i + 1)
            + " of the parameter port= or the property PGPORT is no number from 1 to 65535: "
            + InvalidConfiguration.shown(ports[i])
            + ".";
      }
    }
    int hosts = settings.getProperty(PgUrl.HOST, "localhost").split(",", 0).length;
    if (hosts != ports.length) {
      return "There are "
          + hosts
          + " hosts and "
          + ports.length
          + " ports; parameters (host=, port=) and properties (PGHOST, PGPORT) must name as many"
          + " ports as hosts, separated by commas.";
    }
    return "pgjdbc does not accept the URL or the properties given with it; its log says why.";
  }
}
