package io.baton.session.written;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.session.Baseline;
import io.baton.session.Making;
import io.baton.session.ServerState;
import io.baton.session.SessionSnapshot;
import io.baton.session.SessionState;
import io.baton.session.SessionState.Prepared;
import io.baton.session.SessionState.Temporary;
import io.baton.session.sql.Effect.OnCommit;
import io.baton.session.sql.Effect.TemporaryKind;
import io.baton.testkit.TestLength;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WrittenSessionTest {

  private static final List<String> ODD =
      List.of(
          "",
          " ",
          "-",
          "\"",
          "\\",
          "\\u0041",
          "it's \"quoted\" \\ and\nbroken\r\n\tby lines",
          "sha256 0000",
          "baton-session 1",
          "z\u00fcrich \u6771\u4eac",
          "\ud83d\ude00",
          "\ud83d",
          "\u0001\u007f\u0085\u2028",
          "$$ $1 ; -- /* ",
          "x".repeat(100_000));

  @Test
  void session_ofAnyContent_isReadAsItWasWritten() throws SQLException {
    int sessions = TestLength.of("baton.test.writtenSessions", 100, 300);
    for (int seed = 0; seed < sessions; seed++) {
      WrittenSession written = new Made(seed).session();

      String text = written.text();

      assertThat(WrittenSession.parse(text)).as("seed %d", seed).isEqualTo(written);
      assertThat(WrittenSession.parse(text).text()).as("seed %d", seed).isEqualTo(text);
    }
  }

  @Test
  void text_isPrintableAscii() {
    for (int seed = 0; seed < 50; seed++) {
      assertThat(new Made(seed).session().text()).matches("[\\x20-\\x7e\\n]*");
    }
  }

  @Test
  void text_thatWasCarriedWithOtherLineEnds_isRead() throws SQLException {
    WrittenSession written = new Made(1).session();

    assertThat(WrittenSession.parse("\n " + written.text().replace("\n", "\r\n") + "\r\n "))
        .isEqualTo(written);
  }

  @Test
  void text_cutOffAnywhere_isRefused() {
    String text = small().text();
    for (int length = 0; length < text.length() - 1; length++) {
      String cut = text.substring(0, length);
      assertThatThrownBy(() -> WrittenSession.parse(cut))
          .as("%d characters", length)
          .isInstanceOf(SQLException.class)
          .extracting(refusal -> ((SQLException) refusal).getSQLState())
          .isEqualTo("22023");
    }
  }

  @Test
  void text_withAnyOtherCharacter_isRefused() {
    String text = small().text();
    for (int i = 0; i < text.length() - 1; i++) {
      StringBuilder changed = new StringBuilder(text);
      changed.setCharAt(i, text.charAt(i) == 'x' ? 'y' : 'x');
      assertThatThrownBy(() -> WrittenSession.parse(changed.toString()))
          .as("character %d", i)
          .isInstanceOf(SQLException.class);
    }
  }

  @Test
  void text_ofAnotherVersion_isRefused_withBothVersions() {
    String newer = small().text().replaceFirst("baton-session 1", "baton-session 2");

    assertThatThrownBy(() -> WrittenSession.parse(newer))
        .isInstanceOf(SQLFeatureNotSupportedException.class)
        .hasMessageContaining("of version 2")
        .hasMessageContaining("reads version 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "hello", "baton-session", "baton-session x", "{}"})
  void text_thatIsNone_isRefused(String text) {
    assertThatThrownBy(() -> WrittenSession.parse(text))
        .isInstanceOf(SQLException.class)
        .extracting(refusal -> ((SQLException) refusal).getSQLState())
        .isEqualTo("22023");
  }

  /** Texts whose check sum is right, since somebody has written one anew. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "surprise \"1\"",
        "user \"b\"",
        "user",
        "setting \"a\"",
        "setting \"a\" \"b\" ",
        "setting \"a\" \"b",
        "setting \"a\" \"b\\q\"",
        "setting \"a\" \"b\\u12\"",
        "setting \"a\" \"b\\u12g4\"",
        "setting - \"b\"",
        "setting  \"a\" -",
        "prepared \"p\" \"1\" \"9\" - - \"select 1\"",
        "prepared \"p\" \"one\" \"1\" - - \"select 1\"",
        "settings \"7\"",
        "under \"a\" \"b\"",
        "made \"1\" \"1\" - - \"create temp table t()\"",
        "temporary \"t\" \"TABLEAU\" \"false\" \"DROP\"",
        "temporary \"t\" \"TABLE\" \"no\" \"DROP\"",
        "held-temporary \"t\" \"r\" \"false\"",
        "client \"autoCommit\" -"
      })
  void line_thatSaysNothingKnown_isRefused_withItsNumber(String line) throws SQLException {
    List<SnapshotLine> lines = new ArrayList<>(SnapshotText.lines(small().text()));
    int number = lines.size() + 2;
    lines.add(new SnapshotLine(line, List.of()));

    assertThatThrownBy(() -> WrittenSession.parse(SnapshotText.of(lines)))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("Line " + number + " of the snapshot");
  }

  @Test
  void text_withoutItsUser_isRefused() throws SQLException {
    List<SnapshotLine> lines = new ArrayList<>(SnapshotText.lines(small().text()));
    lines.removeIf(line -> line.keyword().equals("user"));

    assertThatThrownBy(() -> WrittenSession.parse(SnapshotText.of(lines)))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("no line \"user\"");
  }

  private static WrittenSession small() {
    return new WrittenSession(
        "app",
        "shop",
        Map.of(),
        new SessionSnapshot(new Baseline("none", Map.of()), SessionState.FRESH),
        new ServerState(
            Map.of("work_mem", "9MB"),
            "app",
            "none",
            Map.of(),
            Set.of(),
            Set.of(),
            Map.of(),
            Set.of(),
            Set.of()));
  }

  /** Makes sessions up, of a seed. */
  private static final class Made {
    private final Random random;

    Made(long seed) {
      random = new Random(seed);
    }

    WrittenSession session() {
      return new WrittenSession(
          text(),
          text(),
          texts(),
          new SessionSnapshot(new Baseline(text(), baseline()), state()),
          new ServerState(
              texts(),
              text(),
              text(),
              heldPrepared(),
              names(),
              Set.of(),
              held(),
              Set.of(),
              Set.of()));
    }

    private String text() {
      return random.nextBoolean()
          ? "name" + random.nextInt(1000)
          : ODD.get(random.nextInt(ODD.size())) + (random.nextInt(4) == 0 ? "'" : "");
    }

    private @Nullable String optional() {
      return random.nextInt(3) == 0 ? null : text();
    }

    private int few() {
      return random.nextInt(4);
    }

    private Map<String, String> texts() {
      Map<String, String> texts = new LinkedHashMap<>();
      for (int i = few(); i > 0; i--) {
        texts.put(text(), text());
      }
      return texts;
    }

    private Map<String, @Nullable String> settings() {
      Map<String, @Nullable String> settings = new LinkedHashMap<>();
      for (int i = few(); i > 0; i--) {
        settings.put(text(), optional());
      }
      return settings;
    }

    private Set<String> names() {
      return new LinkedHashSet<>(texts().keySet());
    }

    private Map<String, Baseline.Value> baseline() {
      Map<String, Baseline.Value> values = new LinkedHashMap<>();
      for (int i = few(); i > 0; i--) {
        values.put(text(), new Baseline.Value(text(), optional()));
      }
      return values;
    }

    private Making making(String sql) {
      return new Making(random.nextLong(), sql, settings(), optional(), optional());
    }

    private SessionState state() {
      Map<String, Prepared> prepared = new LinkedHashMap<>();
      for (int i = few(); i > 0; i--) {
        String sql = random.nextBoolean() ? "prepare p" + i + " as select " + i : text();
        prepared.put(text(), Prepared.readFrom(making(sql)));
      }
      Map<String, Temporary> temporaries = new LinkedHashMap<>();
      for (int i = few(); i > 0; i--) {
        List<Making> makings = new ArrayList<>();
        for (int j = few(); j > 0; j--) {
          makings.add(making(text()));
        }
        temporaries.put(
            text(),
            new Temporary(
                one(TemporaryKind.values()),
                makings,
                random.nextBoolean(),
                one(OnCommit.values())));
      }
      return new SessionState(
          random.nextBoolean(),
          settings(),
          names(),
          false,
          optional(),
          optional(),
          prepared,
          names(),
          Map.of(),
          temporaries,
          Set.of(),
          names(),
          Set.of());
    }

    private <T> T one(T[] values) {
      return values[random.nextInt(values.length)];
    }

    private Map<String, ServerState.Prepared> heldPrepared() {
      Map<String, ServerState.Prepared> prepared = new LinkedHashMap<>();
      for (int i = few(); i > 0; i--) {
        prepared.put(text(), new ServerState.Prepared(text(), text()));
      }
      return prepared;
    }

    private Map<String, ServerState.Temporary> held() {
      Map<String, ServerState.Temporary> held = new LinkedHashMap<>();
      for (int i = few(); i > 0; i--) {
        held.put(text(), new ServerState.Temporary(text(), random.nextBoolean(), text()));
      }
      return held;
    }
  }
}
