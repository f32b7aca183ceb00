package io.baton.session.written;

import io.baton.session.Baseline;
import io.baton.session.Making;
import io.baton.session.ServerState;
import io.baton.session.SessionSnapshot;
import io.baton.session.SessionState;
import io.baton.session.SessionState.Prepared;
import io.baton.session.SessionState.Temporary;
import io.baton.session.sql.Effect.OnCommit;
import io.baton.session.sql.Effect.TemporaryKind;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines of one session. A line that is not known is refused, and so is one that comes
 * twice: nothing of a session is left out in silence.
 *
 * <p>Not thread-safe.
 */
final class SnapshotReader {

  /** Lines that there is one of at most. */
  private final Map<String, String> single = new LinkedHashMap<>();

  private final Map<String, String> client = new LinkedHashMap<>();
  private final Map<String, Baseline.Value> began = new LinkedHashMap<>();
  private final Map<String, @Nullable String> settings = new LinkedHashMap<>();
  private final Set<String> ownNames = new LinkedHashSet<>();
  private final Set<String> channels = new LinkedHashSet<>();
  private final Set<String> libraries = new LinkedHashSet<>();
  private final Map<String, Prepared> prepared = new LinkedHashMap<>();
  private final Map<String, Temporary> temporaries = new LinkedHashMap<>();

  /** The settings that something was made under, by their numbers. */
  private final List<Map<String, @Nullable String>> under = new ArrayList<>();

  private final Map<String, String> heldSettings = new LinkedHashMap<>();
  private final Map<String, ServerState.Prepared> heldPrepared = new LinkedHashMap<>();
  private final Set<String> heldChannels = new LinkedHashSet<>();
  private final Map<String, ServerState.Temporary> heldTemporaries = new LinkedHashMap<>();

  private boolean reset;

  /** The temporary thing of which definitions follow. */
  private @Nullable String temporary;

  WrittenSession read(List<SnapshotLine> lines) throws SQLException {
    for (int i = 0; i < lines.size(); i++) {
      try {
        take(lines.get(i));
      } catch (SQLException malformed) {
        throw SnapshotText.inLine(i + 2, malformed);
      }
    }
    SessionState state =
        new SessionState(
            reset,
            settings,
            ownNames,
            false,
            single.get("authorization"),
            single.get("role"),
            prepared,
            channels,
            Map.of(),
            temporaries,
            Set.of(),
            libraries,
            Set.of());
    return new WrittenSession(
        one("user"),
        one("database"),
        client,
        new SessionSnapshot(new Baseline(one("began-role"), began), state),
        new ServerState(
            heldSettings,
            one("held-user"),
            one("held-role"),
            heldPrepared,
            heldChannels,
            Set.of(),
            heldTemporaries,
            Set.of(),
            Set.of()));
  }

  private String one(String keyword) throws SQLException {
    String value = single.get(keyword);
    if (value == null) {
      throw SnapshotText.refused("has no line \"" + keyword + "\"");
    }
    return value;
  }

  private void take(SnapshotLine line) throws SQLException {
    switch (line.keyword()) {
      case "user", "database", "began-role", "authorization", "role", "held-user", "held-role" -> {
        line.mustHave(1);
        put(single, line.keyword(), line.field(0));
      }
      case "client" -> {
        line.mustHave(2);
        put(client, line.field(0), line.field(1));
      }
      case "began" -> {
        line.mustHave(3);
        put(began, line.field(0), new Baseline.Value(line.field(1), line.optional(2)));
      }
      case "reset" -> {
        line.mustHave(0);
        reset = true;
      }
      case "setting" -> {
        line.mustHave(2);
        putOptional(settings, line.field(0), line.optional(1));
      }
      case "own-name" -> add(ownNames, line);
      case "channel" -> add(channels, line);
      case "library" -> add(libraries, line);
      case "settings" -> {
        line.mustHave(1);
        under.add(new LinkedHashMap<>());
        if (line.number(0) != under.size()) {
          throw new SQLException("has another number than " + under.size(), "22023");
        }
      }
      case "under" -> {
        line.mustHave(2);
        putOptional(settings(under.size()), line.field(0), line.optional(1));
      }
      case "prepared" -> {
        line.mustHave(6);
        put(prepared, line.field(0), Prepared.readFrom(making(line, 1)));
      }
      case "temporary" -> temporary(line);
      case "made" -> {
        line.mustHave(5);
        made(making(line, 0));
      }
      default -> held(line);
    }
  }

  private void held(SnapshotLine line) throws SQLException {
    switch (line.keyword()) {
      case "held-setting" -> {
        line.mustHave(2);
        put(heldSettings, line.field(0), line.field(1));
      }
      case "held-prepared" -> {
        line.mustHave(3);
        put(heldPrepared, line.field(0), new ServerState.Prepared(line.field(1), line.field(2)));
      }
      case "held-channel" -> add(heldChannels, line);
      case "held-temporary" -> {
        line.mustHave(4);
        put(
            heldTemporaries,
            line.field(0),
            new ServerState.Temporary(line.field(1), line.flag(2), line.field(3)));
      }
      default ->
          throw new SQLException(
              "begins with \"" + line.keyword() + "\", which this release does not know", "22023");
    }
  }

  private void temporary(SnapshotLine line) throws SQLException {
    line.mustHave(4);
    temporary = line.field(0);
    put(
        temporaries,
        temporary,
        new Temporary(
            constant(TemporaryKind.class, line.field(1)),
            List.of(),
            line.flag(2),
            constant(OnCommit.class, line.field(3))));
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String name) throws SQLException {
    try {
      return Enum.valueOf(type, name);
    } catch (IllegalArgumentException none) {
      throw new SQLException("has the unknown word \"" + name + "\"", "22023", none);
    }
  }

  private void made(Making making) throws SQLException {
    Temporary known = temporary == null ? null : temporaries.get(temporary);
    if (temporary == null || known == null) {
      throw new SQLException("belongs to nothing that is temporary", "22023");
    }
    List<Making> definitions = new ArrayList<>(known.definitions());
    definitions.add(making);
    temporaries.put(
        temporary, new Temporary(known.kind(), definitions, known.holdsRows(), known.onCommit()));
  }

  private Making making(SnapshotLine line, int from) throws SQLException {
    return new Making(
        line.number(from),
        line.field(from + 4),
        settings(line.number(from + 1)),
        line.optional(from + 2),
        line.optional(from + 3));
  }

  private Map<String, @Nullable String> settings(long number) throws SQLException {
    if (number < 1 || number > under.size()) {
      throw new SQLException("names settings that are not there", "22023");
    }
    return under.get((int) number - 1);
  }

  private static void add(Set<String> all, SnapshotLine line) throws SQLException {
    line.mustHave(1);
    if (!all.add(line.field(0))) {
      throw again();
    }
  }

  private static <V> void put(Map<String, V> all, String name, V value) throws SQLException {
    if (all.putIfAbsent(name, value) != null) {
      throw again();
    }
  }

  private static void putOptional(
      Map<String, @Nullable String> all, String name, @Nullable String value) throws SQLException {
    if (all.containsKey(name)) {
      throw again();
    }
    all.put(name, value);
  }

  private static SQLException again() {
    return new SQLException("says again what another line has said", "22023");
  }
}
