package io.baton.examples.demo;

import java.io.Console;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The screen: lines that stay and, on a terminal, one status line below them that is drawn again
 * and again. Where the output is not a terminal there are only plain lines. Thread-safe.
 */
final class Terminal {
  private static final String CLEAR_LINE = "\r\033[2K";
  private static final String NO_WRAP = "\033[?7l";
  private static final String WRAP = "\033[?7h";
  private static final String RESET = "\033[0m";

  private final PrintStream out;
  private final Abilities abilities;
  private String status = "";

  /**
   * What the output is capable of.
   *
   * @param live whether a line can be drawn again
   * @param colour whether colours are shown, and wanted
   * @param unicode whether block characters can be shown
   */
  record Abilities(boolean live, boolean colour, boolean unicode) {

    /**
     * By the usual rules: a terminal that is not {@code dumb} is live, and coloured unless {@code
     * NO_COLOR} has a value.
     */
    static Abilities of(boolean isTerminal, Map<String, String> environment, Charset charset) {
      String term = environment.getOrDefault("TERM", "");
      boolean live = isTerminal && !term.isEmpty() && !term.equals("dumb");
      boolean colour = live && environment.getOrDefault("NO_COLOR", "").isEmpty();
      return new Abilities(live, colour, charset.newEncoder().canEncode('\u2588'));
    }
  }

  /** The few colours that are used, each for one meaning. */
  enum Colour {
    NONE(""),
    GOOD("\033[32m"),
    BAD("\033[31m"),
    EVENT("\033[36m"),
    QUIET("\033[2m"),
    STRONG("\033[1m");

    private final String sequence;

    Colour(String sequence) {
      this.sequence = sequence;
    }
  }

  Terminal(PrintStream out, Abilities abilities) {
    this.out = out;
    this.abilities = abilities;
  }

  /** The terminal, or whatever it is, that this JVM writes to. */
  static Terminal ofSystem() {
    Charset charset = Charset.forName(System.getProperty("stdout.encoding", nativeEncoding()));
    return new Terminal(
        System.out, Abilities.of(isTerminal(System.console()), System.getenv(), charset));
  }

  Abilities abilities() {
    return abilities;
  }

  /** The text in that colour, where colours are shown. */
  String paint(Colour colour, String text) {
    return abilities.colour() && colour != Colour.NONE ? colour.sequence + text + RESET : text;
  }

  /** Adds a line that stays. */
  synchronized void line(String text) {
    if (status.isEmpty()) {
      out.println(text);
    } else {
      out.println(CLEAR_LINE + text);
      draw();
    }
    out.flush();
  }

  /** Adds a line about a moment of the run. */
  void line(long nanos, Colour colour, String what, String detail) {
    line(
        paint(Colour.QUIET, moment(nanos))
            + "  "
            + paint(colour, String.format(Locale.ROOT, "%-13s", what))
            + " "
            + detail);
  }

  /** Draws the status line, or adds it as a plain line. */
  synchronized void status(String text) {
    if (abilities.live()) {
      status = text;
      draw();
      out.flush();
    } else {
      line(text);
    }
  }

  /** Takes the status line away. */
  synchronized void endStatus() {
    if (!status.isEmpty()) {
      status = "";
      out.print(CLEAR_LINE);
      out.flush();
    }
  }

  static String moment(long nanos) {
    return String.format(Locale.ROOT, "%7.2f s", Units.seconds(nanos));
  }

  private void draw() {
    out.print(CLEAR_LINE + NO_WRAP + status + WRAP);
  }

  /** From JDK 22 on there may be a console where there is no terminal; only it can tell. */
  private static boolean isTerminal(@Nullable Console console) {
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }

  private static String nativeEncoding() {
    return System.getProperty("native.encoding", Charset.defaultCharset().name());
  }
}
