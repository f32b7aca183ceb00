package io.baton.jdbc.options;

import io.baton.jdbc.pgjdbc.PgUrl;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The form of a URL, {@code jdbc:baton:postgresql://host:port,host:port/database?name=value&...}:
 * parts the options of Baton from what pgjdbc is to read, and says exactly what is wrong where
 * something is.
 *
 * <p>pgjdbc answers a malformed URL with nothing, and writes the whole of it, passwords included,
 * into its log. So whatever it would not accept is found here first. No message shows a part of the
 * URL that a slip could have put a secret into: names of hosts and parameters are not repeated
 * where the URL contains an {@code @}, and values of parameters never.
 */
final class UrlSyntax {

  static final String SCHEME = "jdbc:baton:";
  static final String PREFIX = "jdbc:baton:postgresql:";
  private static final String PG_PREFIX = "jdbc:postgresql:";
  private static final String FORM =
      PREFIX + "//host1:5432,host2:5432/database?option=value&option=value";

  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

  private final String url;
  private final Map<String, String> batonTexts = new LinkedHashMap<>();

  private UrlSyntax(String url) {
    this.url = url;
  }

  /**
   * The two halves of a URL.
   *
   * @param pgUrl the URL for pgjdbc to parse, without Baton's options
   * @param batonTexts Baton's options by name, decoded; of an option given twice the last, as
   *     pgjdbc has it
   */
  record Halves(String pgUrl, Map<String, String> batonTexts) {}

  static Halves part(String url) throws SQLException {
    return new UrlSyntax(url).part();
  }

  private Halves part() throws SQLException {
    if (!url.startsWith(SCHEME)) {
      throw malformed(0, "it does not start with " + PREFIX);
    }
    if (!url.startsWith(PREFIX)) {
      throw malformed(SCHEME.length(), "after jdbc:baton: comes postgresql: and nothing else");
    }
    int question = url.indexOf('?');
    int end = question < 0 ? url.length() : question;
    String server = checkedServer(end);
    String parameters = question < 0 ? "" : checkedParameters(question + 1);
    String pgUrl = PG_PREFIX + server + (parameters.isEmpty() ? "" : "?" + parameters);
    return new Halves(pgUrl, batonTexts);
  }

  /** The part between the prefix and the parameters, as pgjdbc reads it. */
  private String checkedServer(int end) throws SQLException {
    int start = PREFIX.length();
    String server = url.substring(start, end);
    if (server.equals("/")) {
      // pgjdbc documents this form and does not accept it; it means what "//" means.
      return "//";
    }
    if (server.startsWith("//")) {
      if (server.length() > 2 && !server.equals("///")) {
        checkHostsAndDatabase(start + 2, end);
      }
      return server;
    }
    if (server.startsWith("/")) {
      throw malformed(start, "one slash stands where two should: //host/database");
    }
    checkEncoding(start, end, "the name of the database");
    return server;
  }

  private void checkHostsAndDatabase(int start, int end) throws SQLException {
    int slash = indexOf('/', start, end);
    int at = indexOf('@', start, slash < 0 ? end : slash);
    if (at >= 0) {
      throw malformed(
          start,
          "user and password do not stand before the host; give them as the parameters user= and"
              + " password=, or as properties");
    }
    if (slash < 0) {
      throw malformed(end, "a / is missing after the hosts, even where no database is named");
    }
    int secondSlash = indexOf('/', slash + 1, end);
    if (secondSlash >= 0) {
      throw malformed(
          secondSlash, "a second / after the hosts; in the name of a database it is written %2F");
    }
    checkEncoding(slash + 1, end, "the name of the database");
    int number = 1;
    int entry = start;
    while (entry <= slash) {
      int comma = indexOf(',', entry, slash);
      int entryEnd = comma < 0 ? slash : comma;
      checkHost(entry, entryEnd, number);
      entry = entryEnd + 1;
      number++;
    }
  }

  private void checkHost(int start, int end, int number) throws SQLException {
    int portFrom = start;
    for (int i = start; i < end; i++) {
      if (Character.isWhitespace(url.charAt(i))) {
        throw malformed(i, "a blank in host " + number);
      }
    }
    if (start < end && url.charAt(start) == '[') {
      int bracket = indexOf(']', start, end);
      if (bracket < 0) {
        throw malformed(start, "the [ of host " + number + " is not closed");
      }
      if (bracket + 1 < end && url.charAt(bracket + 1) != ':') {
        throw malformed(bracket + 1, "after the ] of host " + number + " comes a : and the port");
      }
      portFrom = bracket + 1;
    }
    int colon = indexOf(':', portFrom, end);
    if (colon < 0) {
      return;
    }
    if (indexOf(':', colon + 1, end) >= 0) {
      throw malformed(
          start,
          "host " + number + " has several colons; an IPv6 address stands in brackets, [::1]");
    }
    checkPort(colon + 1, end, number);
  }

  private void checkPort(int start, int end, int number) throws SQLException {
    String port = url.substring(start, end);
    if (!isPort(port)) {
      String which = port.isEmpty() ? "the port" : "the port " + shownPart(port);
      throw malformed(start, which + " of host " + number + " is no number from 1 to 65535");
    }
  }

  static boolean isPort(String text) {
    if (!PORT.matcher(text).matches()) {
      return false;
    }
    int port = Integer.parseInt(text);
    return port >= 1 && port <= 65_535;
  }

  /** The parameters without those of Baton, which are decoded and kept. */
  private String checkedParameters(int start) throws SQLException {
    StringBuilder others = new StringBuilder();
    int token = start;
    while (token <= url.length()) {
      int ampersand = url.indexOf('&', token);
      int tokenEnd = ampersand < 0 ? url.length() : ampersand;
      if (token < tokenEnd && !takeOption(token, tokenEnd)) {
        others.append(others.isEmpty() ? "" : "&").append(url, token, tokenEnd);
      }
      token = tokenEnd + 1;
    }
    return others.toString();
  }

  private boolean takeOption(int start, int end) throws SQLException {
    int equals = indexOf('=', start, end);
    String name = url.substring(start, equals < 0 ? end : equals);
    boolean ofBaton = BatonOptions.isBatonName(name);
    int valueStart = equals < 0 ? end : equals + 1;
    checkEncoding(valueStart, end, ofBaton || PgUrl.isProperty(name) ? name : "a parameter");
    String value = url.substring(valueStart, end);
    if (ofBaton) {
      batonTexts.put(name, URLDecoder.decode(value, StandardCharsets.UTF_8));
      return true;
    }
    int swallowed = value.indexOf("?" + BatonOption.PREFIX);
    if (swallowed >= 0) {
      throw malformed(valueStart + swallowed, "parameters are separated by &, not by ?");
    }
    return false;
  }

  private void checkEncoding(int start, int end, String where) throws SQLException {
    for (int i = indexOf('%', start, end); i >= 0; i = indexOf('%', i + 1, end)) {
      boolean encoded =
          i + 2 < end
              && Character.digit(url.charAt(i + 1), 16) >= 0
              && Character.digit(url.charAt(i + 2), 16) >= 0;
      if (!encoded) {
        throw malformed(
            i, "a % in " + where + " without two hexadecimal digits; a % itself is written %25");
      }
    }
  }

  private int indexOf(char wanted, int start, int end) {
    int index = url.indexOf(wanted, start);
    return index < end ? index : -1;
  }

  /** A part of the URL, where it is certain that no password is in it. */
  private String shownPart(String part) {
    return url.indexOf('@') < 0 ? InvalidConfiguration.shown(part) : "(not shown)";
  }

  private static SQLException malformed(int index, String what) {
    return InvalidConfiguration.mistake(
        "The URL is malformed at character " + (index + 1) + ": " + what + ". Its form is " + FORM);
  }
}
