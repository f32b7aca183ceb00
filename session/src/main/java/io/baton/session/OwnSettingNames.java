package io.baton.session;

import io.baton.session.sql.SettingNames;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of settings of the application's own ({@code app.tenant}) that any session of a cluster
 * has come across in this JVM. The server lists none of them: it can only be asked by name.
 *
 * <p>Thread-safe. It keeps a limited number of names; beyond it, a session still knows its own.
 */
public final class OwnSettingNames {

  private static final int MOST = 1_000;

  private static final int LONGEST_TEXT = 100_000;

  private static final Pattern DOTTED =
      Pattern.compile("(?<![\\w.$])[A-Za-z_]\\w*+(?:\\.[A-Za-z_]\\w*+)++(?![\\w$.(])");

  /** Behind the dot of a sentence there is a space. */
  private static final Pattern DOT_IN_A_NAME = Pattern.compile("\\.\\S");

  private static final Pattern NUMBER = Pattern.compile("[-+]?\\d*\\.\\d+");

  private final Set<String> names = ConcurrentHashMap.newKeySet();

  void met(Collection<String> met) {
    if (names.size() < MOST) {
      names.addAll(met);
    }
  }

  Set<String> names() {
    return names;
  }

  /**
   * Returns whether a value is no name of a setting of one's own, or one that {@link #in} finds. It
   * finds none with a character such as {@code $}, or {@code -} where the server allows that.
   */
  static boolean isFound(String value) {
    return value.length() <= LONGEST_TEXT
        && (!DOT_IN_A_NAME.matcher(value).find()
            || DOTTED.matcher(value).matches()
            || NUMBER.matcher(value).matches());
  }

  /** Returns what looks like the name of a setting of one's own in a text of any kind. */
  static Set<String> in(String text) {
    Set<String> found = new LinkedHashSet<>();
    if (text.indexOf('.') >= 0) {
      Matcher matcher =
          DOTTED.matcher(text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) : text);
      while (matcher.find()) {
        found.add(SettingNames.normalize(matcher.group()));
      }
    }
    return found;
  }
}
