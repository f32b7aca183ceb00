package io.baton.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.examples.demo.Terminal.Abilities;
import io.baton.examples.demo.Terminal.Colour;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TerminalTest {
  private static final String ESCAPE = "\033";

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  @Test
  void abilities_terminal_isLiveAndColoured() {
    assertThat(abilities(true, Map.of("TERM", "xterm"))).isEqualTo(new Abilities(true, true, true));
  }

  @Test
  void abilities_noColorSet_isLiveWithoutColour() {
    assertThat(abilities(true, Map.of("TERM", "xterm", "NO_COLOR", "1")))
        .isEqualTo(new Abilities(true, false, true));
  }

  @Test
  void abilities_noColorEmpty_isColoured() {
    assertThat(abilities(true, Map.of("TERM", "xterm", "NO_COLOR", "")).colour()).isTrue();
  }

  @Test
  void abilities_dumbOrUnknownOrNoTerminal_isPlain() {
    Abilities plain = new Abilities(false, false, true);

    assertThat(abilities(true, Map.of("TERM", "dumb"))).isEqualTo(plain);
    assertThat(abilities(true, Map.of())).isEqualTo(plain);
    assertThat(abilities(false, Map.of("TERM", "xterm"))).isEqualTo(plain);
  }

  @Test
  void abilities_charsetWithoutBlocks_isNotUnicode() {
    assertThat(Abilities.of(true, Map.of(), StandardCharsets.ISO_8859_1).unicode()).isFalse();
  }

  @Test
  void terminal_plain_writesLinesWithoutAnyControl() {
    Terminal terminal = terminal(new Abilities(false, false, false));

    terminal.status("status");
    terminal.line(terminal.paint(Colour.BAD, "bad"));
    terminal.endStatus();

    assertThat(written()).isEqualTo("status%nbad%n".formatted()).doesNotContain(ESCAPE, "\r");
  }

  @Test
  void terminal_live_drawsTheStatusAgainBelowALine() {
    Terminal terminal = terminal(new Abilities(true, false, true));

    terminal.status("status");
    terminal.line("line");

    assertThat(written().replaceAll("\r?" + ESCAPE + "\\[[?0-9]*[a-zA-Z]", ""))
        .isEqualTo("statusline%nstatus".formatted());
  }

  @Test
  void terminal_statusEnded_isNotDrawnAgain() {
    Terminal terminal = terminal(new Abilities(true, false, true));
    terminal.status("status");
    terminal.endStatus();
    bytes.reset();

    terminal.line("line");

    assertThat(written()).isEqualTo("line%n".formatted());
  }

  private static Abilities abilities(boolean isTerminal, Map<String, String> environment) {
    return Abilities.of(isTerminal, environment, StandardCharsets.UTF_8);
  }

  private Terminal terminal(Abilities abilities) {
    return new Terminal(new PrintStream(bytes, true, StandardCharsets.UTF_8), abilities);
  }

  private String written() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
